"""The people of a batch and the vault: storing them, listing their files, noticing erasures.

The vault is on the machine that runs the batch; no worker has one.
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
from .work import WorkResult

_LOOK_SECONDS = 1.0  # between two checks of the vault


class ErasedPeople:
    """The people whom another program erases while the batch runs.

    From now on the vault refuses, in this process, sitters who are stored and then erased.

    folders: of the people who are known to be erased.
    versions: by folder, the version that was stored at the start; see `Identity.version`.

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
        """The folders of erased people; the vault is checked again after a while, or `at_once`."""
        if at_once or monotonic() - self._looked > _LOOK_SECONDS:
            self._last, erased = open_vault().forgotten(self._keys, self._last)
            self._looked = monotonic()
            for key in erased:
                self.folders |= self._keys[key]
        return self.folders


def deliver(result: WorkResult, saving: Saving, results: Results, *, version: str) -> Outcome:
    """Store the person if `saving` says so, write their folder, and return their outcome.

    Args:
        version: that was stored of them when the batch began.

    Raises:
        SitterForgotten: they were erased meanwhile; nothing is stored or written.
        WriteFailed: the folder can't be written.
    """
    outcome = result.outcome
    if saving and result.identity:
        try:
            enrolled = replace(from_bytes(result.identity), version=version)
            store(enrolled, replace=saving == "replace")
        except SitterForgotten:
            raise
        except HeadshotsError as error:
            failure = failed(replace(outcome, files=()), error.code, error.what, error.remedy)
            return put(failure, {}, results)
    return put(outcome, result.files, results)


def put(outcome: Outcome, files: Mapping[str, bytes], results: Results) -> Outcome:
    """Write a person's folder; erasing the person removes it. No sitter is erased meanwhile.

    Raises:
        SitterForgotten: they were erased meanwhile; nothing is written.
        WriteFailed: the folder can't be written.
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
    """See `Vault.showing`; invalid names are skipped, as nobody can be stored under them."""
    return shown.showing(_sitters(names), files, handed, parts)


def withdrawn(outcome: Outcome) -> Outcome:
    """`outcome` as a failure: the person was erased while the batch ran."""
    error = ConsentWithheld(
        f"{outcome.name!r} was forgotten while the batch ran",
        "Nothing is kept of them here. Remove their folder, too.",
    )
    return failed(outcome, error.code, error.what, error.remedy)


def _sitters(names: Iterable[str]) -> Iterator[str]:
    """The valid names among `names`."""
    for name in names:
        with suppress(InputError):
            yield check_name(name)
