"""The people of a batch and the vault: who is stored, what shows them, and who was forgotten.

The vault lies on the machine that runs the batch, and no worker has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

from ..errors import ConsentWithheld, HeadshotsError, InputError, SitterForgotten
from ..identity.serialisation import from_bytes
from ..progress import SILENT
from ..recipes.actions.sitters import save_sitter
from ..vault import key_of, open_vault
from ..vault.vault import Handed
from .outcome import FILE, Outcome, failed
from .people import Person
from .plan import Saving
from .work import Made

_LOOK_SECONDS = 1.0  # between two looks into the vault


class Forgotten:
    """Whom another program forgets while the batch runs. folders: theirs, as far as is known.

    Raises:
        VaultLocked, VaultDamaged, StorageFailed: the vault can't be read.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        self.folders: set[str] = set()
        self._keys: dict[str, set[str]] = {}
        for person in people:
            if person.name.strip():
                self._keys.setdefault(key_of(person.name), set()).add(person.folder)
        self._last, _ = open_vault().forgotten((), 0)
        self._looked = monotonic()

    def now(self, *, at_once: bool = False) -> Collection[str]:
        """The same folders, looked for anew where that is a while ago, or `at_once`."""
        if at_once or monotonic() - self._looked > _LOOK_SECONDS:
            self._last, gone = open_vault().forgotten(self._keys, self._last)
            self._looked = monotonic()
            for key in gone:
                self.folders |= self._keys[key]
        return self.folders


def keep(made: Made, saving: Saving, place: Path) -> Made:
    """`made`, its person stored if they are to be, and what will show them in `place` noted."""
    outcome = made.outcome
    if saving and made.identity:
        try:
            save_sitter(SILENT, from_bytes(made.identity), saving == "replace")
        except HeadshotsError as error:
            outcome = replace(outcome, files=())
            return Made(failed(outcome, error.code, error.what, error.remedy), {})
    note([place / FILE, *(place / each for each in made.files)], [outcome.name])
    note([place / each for each in outcome.files], [outcome.name], handed="delivered")
    return made


def note(files: Sequence[Path], names: Iterable[str], *, handed: Handed = "") -> None:
    """Have `files` go with whoever of `names` is stored and then forgotten."""
    for name in names:
        # Whoever is forgotten is told by `Forgotten`; what is no name is nobody's who is stored.
        with (
            suppress(SitterForgotten, InputError),
            open_vault().showing([name], files, handed=handed),
        ):
            pass


def withdrawn(outcome: Outcome) -> Outcome:
    """`outcome` of somebody who was forgotten amid the batch."""
    error = ConsentWithheld(
        f"{outcome.name!r} was forgotten while the batch ran",
        "Nothing is kept of them here. Remove their folder, too.",
    )
    return failed(outcome, error.code, error.what, error.remedy)
