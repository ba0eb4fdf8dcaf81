"""The sealed vault: each sitter's data under their own key, each such key under the master key."""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import NoReturn

from ..errors import (
    ClockDoubtful,
    InputError,
    SitterForgotten,
    StorageFailed,
    VaultBusy,
    VaultDamaged,
    VaultLocked,
)
from ..master_key import Master
from . import audit, clock, erasure_log, erasure_notices, files, versions
from .administration import VaultAdministration
from .days import last_day, until_of
from .entries import add_sitter, damaged, id_and_key, id_of, kinds_of, lookup_of, missing, name_of
from .key_destruction import destroy
from .names import check_kind, check_name, key_of
from .sealing import seal, unseal
from .transactions import Keys, context
from .vault import Erasure, ErasureNotice, Handed, Stored, Written


class SealedVault(VaultAdministration):
    """Sitters' data in one SQLite file. Everything in it is sealed but kinds, sizes and dates.

    A sitter is looked up by a keyed hash of their name. Their key is sealed under the master key,
    their name and data under their own key. Each is bound to its place: a swapped value doesn't
    open.

    Args:
        file: of the database.
        keys: the folder for a master key that lies in a file.
        wish: where the master key is put if the vault is created now.
    """

    def __init__(self, file: Path, keys: Path, wish: Master = "auto") -> None:
        super().__init__(file, keys, wish)
        self._met: set[str] = set()  # `key_of` of the sitters whose data was read or written here

    def put(
        self,
        sitter: str,
        kind: str,
        data: bytes,
        *,
        version: str | None = None,
        until: date | None = None,
    ) -> str:
        name, kind = check_name(sitter), check_kind(kind)
        with self._unlocking.writing() as (db, keys):
            here, _ = versions.current(db, keys, name, kind)
            versions.check(name, version, here)
            id, key = id_and_key(db, keys, name) or add_sitter(
                db, keys, name, until or last_day(db)
            )
            sealed = seal(key, data, context(keys.vault, id, kind))
            db.execute("INSERT OR REPLACE INTO blobs VALUES (?, ?, ?)", (id, kind, sealed))
            if until is not None:
                db.execute("UPDATE sitters SET until = ? WHERE id = ?", (until.isoformat(), id))
            audit.append(
                db, keys, "stored", lookup_of(keys, name), f"{kind}, until {until_of(db, id)}"
            )
            after, _ = versions.current(db, keys, name, kind)
        self._met.add(key_of(name))
        return after

    def read(self, sitter: str, kind: str) -> Stored:
        name, kind = check_name(sitter), check_kind(kind)
        if not self._database.exists:
            return Stored(None, versions.NOBODY)
        with self._unlocking.reading() as (db, keys):
            version, sealed = versions.current(db, keys, name, kind)
            if sealed is None:
                return Stored(None, version)
            id, key = id_and_key(db, keys, name) or missing(name)
        self._met.add(key_of(name))
        try:
            return Stored(unseal(key, sealed, context(keys.vault, id, kind)), version)
        except ValueError:
            raise damaged(f"The {kind} of the sitter {name!r}") from None

    def get(self, sitter: str, kind: str) -> bytes:
        data = self.read(sitter, kind).data
        return self.missing(sitter) if data is None else data

    def missing(self, sitter: str) -> NoReturn:
        """Raise IdentityNotFound; the message says if the sitter was erased at their last day."""
        name = check_name(sitter)
        notices = [
            each for each in self.notices() if each.name and key_of(each.name) == key_of(name)
        ]
        missing(name, notices[-1].day if notices else "")

    def remove(self, sitter: str, kind: str) -> None:
        name, kind = check_name(sitter), check_kind(kind)
        if not self._database.exists:
            missing(name)
        with self._unlocking.writing() as (db, keys):
            id, _ = id_and_key(db, keys, name) or missing(name)
            kinds = set(kinds_of(db, id))
            if kind not in kinds:
                missing(name)
            if kinds == {kind}:
                raise InputError(
                    f"The {kind} is all that is stored of {name!r}", "Forget the sitter instead."
                )
            db.execute("DELETE FROM blobs WHERE sitter = ? AND kind = ?", (id, kind))
            audit.append(db, keys, "removed", lookup_of(keys, name), kind)

    def fingerprint(self, sitter: str, kind: str) -> str:
        return hashlib.sha256(self.get(sitter, kind)).hexdigest()

    def sitters(self) -> tuple[str, ...]:
        if not self._database.exists:
            return ()
        with self._unlocking.reading() as (db, keys):
            query = "SELECT id, key, name FROM sitters WHERE key IS NOT NULL"
            rows = db.execute(query).fetchall()
        names = [name_of(keys, *row) for row in rows]
        return tuple(sorted(names, key=lambda name: (name.casefold(), name)))

    def ids(self) -> dict[str, str]:
        """The random number of each sitter, 32 hex digits, by name."""
        if not self._database.exists:
            return {}
        with self._unlocking.reading() as (db, keys):
            rows = db.execute("SELECT id, key, name FROM sitters WHERE key IS NOT NULL").fetchall()
        return {name_of(keys, *row): row[0] for row in rows}

    def kinds(self, sitter: str) -> tuple[str, ...]:
        name = check_name(sitter)
        if not self._database.exists:
            return ()
        with self._unlocking.reading() as (db, keys):
            id = id_of(db, keys, name)
            return tuple(sorted(kinds_of(db, id))) if id else ()

    def until(self, sitter: str) -> date:
        name = check_name(sitter)
        if not self._database.exists:
            missing(name)
        with self._unlocking.reading() as (db, keys):
            day = until_of(db, id_of(db, keys, name) or missing(name))
        try:
            return date.fromisoformat(day)
        except ValueError:
            raise damaged(f"The last day of the sitter {name!r}") from None

    @contextmanager
    def showing(
        self,
        sitters: Iterable[str],
        paths: Iterable[Path],
        *,
        handed: Handed = "",
        parts: Iterable[Path] = (),
    ) -> Generator[None]:
        names, shown = [check_name(each) for each in dict.fromkeys(sitters) if each], list(paths)
        passing = list(parts)
        if not self._stored(names):
            yield
            return
        while True:
            with self._unlocking.writing() as (db, keys):  # committed whatever the block does
                for id, key in self._here(db, keys, names).values():
                    for path in (*shown, *passing):
                        files.begin(db, keys, id, key, path, as_part=path in passing)
            with self._unlocking.writing() as (db, keys):  # nobody is erased while it is open
                here = self._here(db, keys, names)
                if not all(
                    files.is_begun(db, id, key, path)
                    for id, key in here.values()
                    for path in (*shown, *passing)
                ):
                    continue  # `discard_begun` came between
                yield
                for name, (id, key) in here.items():
                    for path in shown:
                        files.end(db, keys, id, key, path, delivered=bool(handed))
                    for path in passing:
                        files.drop(db, id, key, path)
                    if handed and shown:
                        detail = f"{len(shown)} files"
                        audit.append(db, keys, handed, lookup_of(keys, name), detail)
                return

    def discard_begun(self) -> None:
        if not self._database.exists:
            return
        with self._database.transaction() as db:  # usually no key is needed
            if not files.any_begun(db):
                return
        with (
            suppress(VaultBusy, VaultLocked),  # another writer may be writing these very files
            self._unlocking.writing(wait=False) as (db, keys),
        ):
            files.discard_begun(db, keys)

    def _stored(self, names: Iterable[str]) -> bool:
        """Whether any of them is stored; raises SitterForgotten."""
        if not self._database.exists:
            return False
        with self._unlocking.reading() as (db, keys):
            return bool(self._here(db, keys, names))

    def _here(
        self, db: sqlite3.Connection, keys: Keys, names: Iterable[str]
    ) -> dict[str, tuple[str, bytes]]:
        """Id and key of those who are stored, by name; raises SitterForgotten."""
        here: dict[str, tuple[str, bytes]] = {}
        for name in names:
            if entry := id_and_key(db, keys, name):
                here[name] = entry
                self._met.add(key_of(name))
            elif key_of(name) in self._met:
                raise SitterForgotten(
                    f"{name!r} was forgotten meanwhile, so nothing is written that shows them",
                    "Ask them, and enrol them anew, if pictures of them are wanted.",
                )
        return here

    def met_anew(self, sitter: str) -> None:
        """Treat a sitter who isn't stored as new, even if one of that name was erased."""
        self._met.discard(key_of(sitter))

    def written(self, sitter: str) -> tuple[Written, ...]:
        name = check_name(sitter)
        if not self._database.exists:
            missing(name)
        with self._unlocking.reading() as (db, keys):
            return files.written(db, keys, *(id_and_key(db, keys, name) or missing(name)))

    def forget(self, sitter: str, *, delivered: bool = False) -> Erasure:
        """Destroy the sitter's key first, so that copies of the file can't be read any more.

        A copy holds the sitter's key as well, sealed under the master key. So the master changes.
        """
        name = check_name(sitter)
        if not self._database.exists:
            missing(name)
        with self._unlocking.writing() as (db, keys):
            id = id_of(db, keys, name) or missing(name)
            erasures = destroy(db, keys, [id], "request", delivered=delivered)
        self._end()
        return erasures[0]

    def sweep(self, today: date, *, sure: bool = False) -> tuple[Erasure, ...]:
        if not self._database.exists:
            return ()
        day = today.isoformat()
        query = "SELECT id FROM sitters WHERE until < ? AND key IS NOT NULL"
        with self._database.transaction() as db:  # usually no key is needed
            due = db.execute(query, (day,)).fetchone()
            doubt = None if sure else clock.doubt(db, today)
            new = clock.to_note(db, today, sure=sure)
        if due and doubt:
            raise doubt
        if new:
            with suppress(StorageFailed, VaultBusy), self._database.transaction(write=True) as db:
                clock.note(db, today)
        if not due:
            return ()
        with self._unlocking.writing() as (db, keys):
            ids = [id for (id,) in db.execute(query, (day,)).fetchall()]
            erasures = destroy(db, keys, ids, "expiry")
        self._end()
        return erasures

    def unended(self) -> tuple[Erasure, ...]:
        if not self._database.exists:
            return ()
        with self._database.transaction() as db:  # usually no key is needed
            begun = (
                "SELECT 1 FROM sitters WHERE key IS NULL UNION SELECT 1 FROM pending_erasures "
                "UNION SELECT 1 FROM facts WHERE name = 'former'"
            )
            if not db.execute(begun).fetchone():
                return ()
        self._end()
        with self._unlocking.reading() as (db, keys):
            erasures, altered = erasure_log.pending(db, keys)
        if altered:
            with self._unlocking.writing() as (db, _):
                erasure_log.end(db, altered)
            raise VaultDamaged(
                "What was still to be removed of a forgotten sitter was altered in the vault",
                "Look for pictures of theirs, remove them by hand, and go on.",
            )
        return tuple(erasures)

    def ended(self, erasure: Erasure, notice: ErasureNotice | None = None) -> None:
        with self._unlocking.writing() as (db, keys):
            # Two processes may complete it at once; the person gets one notice.
            if erasure_log.end(db, [erasure.id]) and notice:
                erasure_notices.add(db, keys, notice)
        self._database.empty_log()

    def notices(self) -> tuple[ErasureNotice, ...]:
        if not self._database.exists:
            return ()
        with self._database.transaction() as db:  # usually no key is needed
            if not db.execute("SELECT 1 FROM notices").fetchone():
                return ()
        with self._unlocking.reading() as (db, keys):
            return erasure_notices.pending(db, keys)

    def acknowledge(self, ids: Iterable[str]) -> None:
        with self._unlocking.writing() as (db, _):
            erasure_notices.acknowledge(db, ids)

    def doubt(self, today: date) -> ClockDoubtful | None:
        """Why expired sitters are not erased by this clock; None if none is due or all is well."""
        if not self._database.exists:
            return None
        with self._database.transaction() as db:
            query = "SELECT 1 FROM sitters WHERE until < ? AND key IS NOT NULL"
            due = db.execute(query, (today.isoformat(),)).fetchone()
            return clock.doubt(db, today) if due else None

    def _end(self) -> None:
        """Remove the rows of sitters whose keys are destroyed.

        If a full disk prevents this, they can't be read any more all the same, and go when the
        vault is next opened.
        """
        with suppress(StorageFailed, VaultBusy):
            self._unlocking.end_forgetting()
        self._database.compact()
