"""The people of a batch and the vault: who is stored, what shows them, and who was forgotten.

The vault lies on the machine that runs the batch, and no worker has one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic

from ..errors import ConsentWithheld, HeadshotsError, InputError, SitterForgotten
from ..identity.codec import from_bytes
from ..recipes.actions.sitters import KIND, store
from ..vault import check_name, key_of, open_vault
from ..vault import shown_files as shown
from ..vault.vault import Handed
from .outcome import Outcome, Results, failed
from .people import Person
from .plan import Saving
from .work import Made

_LOOK_SECONDS = 1.0  # between two looks into the vault


class Forgotten:
    """Whom another program forgets while the batch runs. folders: theirs, as far as is known.

    From now on the vault refuses whoever is stored and then forgotten, in this process.

    versions: by folder, what was stored of them when it began; see `Identity.version`.

    Raises:
        VaultLocked, VaultDamaged, StorageFailed: the vault can't be read.
    """

    def __init__(self, people: Sequence[Person]) -> None:
        self.folders: set[str] = set()
        self.versions: dict[str, str] = {}
        self._keys: dict[str, set[str]] = {}
        vault = open_vault()
        self._last, _ = vault.forgotten((), 0)
        self._looked = monotonic()
        for person in people:
            for name in _sitters([person.name]):
                self._keys.setdefault(key_of(name), set()).add(person.folder)
                self.versions[person.folder] = shown.begin_anew(name, KIND)
        with showing(person.name for person in people):
            pass

    def now(self, *, at_once: bool = False) -> Collection[str]:
        """The same folders, looked for anew where that is a while ago, or `at_once`."""
        if at_once or monotonic() - self._looked > _LOOK_SECONDS:
            self._last, gone = open_vault().forgotten(self._keys, self._last)
            self._looked = monotonic()
            for key in gone:
                self.folders |= self._keys[key]
        return self.folders


def deliver(made: Made, saving: Saving, results: Results, *, version: str) -> Outcome:
    """What became of a person who is stored, if they are to be, and whose folder is written.

    Args:
        version: of what was stored of them when the batch began.

    Raises:
        SitterForgotten: they were forgotten meanwhile, and nothing is stored or written.
        WriteFailed: the folder can't be written.
    """
    outcome = made.outcome
    if saving and made.identity:
        try:
            enrolled = replace(from_bytes(made.identity), version=version)
            store(enrolled, replace=saving == "replace")
        except SitterForgotten:
            raise
        except HeadshotsError as error:
            told = failed(replace(outcome, files=()), error.code, error.what, error.remedy)
            return put(told, {}, results)
    return put(outcome, made.files, results)


def put(outcome: Outcome, files: Mapping[str, bytes], results: Results) -> Outcome:
    """Write a person's folder, which goes with them; nobody is forgotten amid it.

    Raises:
        SitterForgotten: they were forgotten meanwhile; nothing is written. WriteFailed.
    """
    with showing([outcome.name], results.places(outcome.folder, files)):
        pass
    delivered = [results.place(outcome.folder) / each for each in outcome.files]
    parts = results.parts(outcome.folder, files)
    with showing([outcome.name], delivered, handed="delivered", parts=parts):
        return results.put(outcome, files)


def showing(
    names: Iterable[str],
    files: Collection[Path] = (),
    *,
    handed: Handed = "",
    parts: Collection[Path] = (),
) -> AbstractContextManager[None]:
    """See `Vault.showing`; what is no name is nobody's who is stored."""
    return shown.showing(_sitters(names), files, handed, parts)


def withdrawn(outcome: Outcome) -> Outcome:
    """`outcome` of somebody who was forgotten amid the batch."""
    error = ConsentWithheld(
        f"{outcome.name!r} was forgotten while the batch ran",
        "Nothing is kept of them here. Remove their folder, too.",
    )
    return failed(outcome, error.code, error.what, error.remedy)


def _sitters(names: Iterable[str]) -> Iterator[str]:
    """Those of `names` that a sitter can have."""
    for name in names:
        with suppress(InputError):
            yield check_name(name)
