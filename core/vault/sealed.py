"""The sealed vault: all that belongs to a sitter, under a key of theirs, under the master key."""

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
from ..settings import Master
from . import audit, clock, files, versions
from . import erasure_log as farewells
from . import untold as unseen
from .days import last_day, until_of
from .entries import added, damaged, found, id_of, kinds_of, lookup_of, missing, name_of
from .kept import KeptVault
from .key_destruction import destroy
from .names import check_kind, check_name, key_of
from .sealing import seal, unseal
from .transactions import Keys, context
from .vault import Forgotten, Handed, Stored, Untold, Written


class SealedVault(KeptVault):
    """Sitters' data in one SQLite file, in which everything is sealed but kinds, sizes and dates.

    A sitter is found by a keyed hash of their name. Their key is sealed under the master, their
    name and data under their key, each bound to its place: what was swapped doesn't open.

    Args:
        file: of the database. keys: a folder for the master key, should it lie in a file.
        wish: where the master is to lie, should the vault be made now.
    """

    def __init__(self, file: Path, keys: Path, wish: Master = "auto") -> None:
        super().__init__(file, keys, wish)
        self._met: set[str] = set()  # whose data went in or out here, by `key_of`

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
            id, key = found(db, keys, name) or added(db, keys, name, until or last_day(db))
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
            id, key = found(db, keys, name) or missing(name)
        self._met.add(key_of(name))
        try:
            return Stored(unseal(key, sealed, context(keys.vault, id, kind)), version)
        except ValueError:
            raise damaged(f"The {kind} of the sitter {name!r}") from None

    def get(self, sitter: str, kind: str) -> bytes:
        data = self.read(sitter, kind).data
        return self.missing(sitter) if data is None else data

    def missing(self, sitter: str) -> NoReturn:
        """Raise IdentityNotFound; it says so where the sitter's last day is over."""
        name = check_name(sitter)
        gone = [each for each in self.untold() if each.name and key_of(each.name) == key_of(name)]
        missing(name, gone[-1].day if gone else "")

    def remove(self, sitter: str, kind: str) -> None:
        name, kind = check_name(sitter), check_kind(kind)
        if not self._database.exists:
            missing(name)
        with self._unlocking.writing() as (db, keys):
            id, _ = found(db, keys, name) or missing(name)
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
            with self._unlocking.writing() as (db, keys):  # stays, whatever becomes of the block
                for id, key in self._here(db, keys, names).values():
                    for path in (*shown, *passing):
                        files.begin(db, keys, id, key, path, as_part=path in passing)
            with self._unlocking.writing() as (db, keys):  # while it is open nobody is forgotten
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
                        told = f"{len(shown)} files"
                        audit.append(db, keys, handed, lookup_of(keys, name), told)
                return

    def discard_begun(self) -> None:
        if not self._database.exists:
            return
        with self._database.transaction() as db:  # which needs no key, most times
            if not files.any_begun(db):
                return
        with (
            suppress(VaultBusy, VaultLocked),  # whoever writes may be at these very files
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
            if entry := found(db, keys, name):
                here[name] = entry
                self._met.add(key_of(name))
            elif key_of(name) in self._met:
                raise SitterForgotten(
                    f"{name!r} was forgotten meanwhile, so nothing is written that shows them",
                    "Ask them, and enrol them anew, if pictures of them are wanted.",
                )
        return here

    def met_anew(self, sitter: str) -> None:
        """Take a sitter who isn't stored for a new one, whoever of that name was forgotten."""
        self._met.discard(key_of(sitter))

    def written(self, sitter: str) -> tuple[Written, ...]:
        name = check_name(sitter)
        if not self._database.exists:
            missing(name)
        with self._unlocking.reading() as (db, keys):
            return files.written(db, keys, *(found(db, keys, name) or missing(name)))

    def forget(self, sitter: str, *, delivered: bool = False) -> Forgotten:
        """Destroy the sitter's key first, so that copies of the file can't be read any more.

        A copy holds the sitter's key as well, sealed under the master. So the master changes.
        """
        name = check_name(sitter)
        if not self._database.exists:
            missing(name)
        with self._unlocking.writing() as (db, keys):
            id = id_of(db, keys, name) or missing(name)
            gone = destroy(db, keys, [id], "request", delivered=delivered)
        self._end()
        return gone[0]

    def sweep(self, today: date, *, sure: bool = False) -> tuple[Forgotten, ...]:
        if not self._database.exists:
            return ()
        day = today.isoformat()
        query = "SELECT id FROM sitters WHERE until < ? AND key IS NOT NULL"
        with self._database.transaction() as db:  # which needs no key, most times
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
            gone = destroy(db, keys, ids, "expiry")
        self._end()
        return gone

    def unended(self) -> tuple[Forgotten, ...]:
        if not self._database.exists:
            return ()
        with self._database.transaction() as db:  # which needs no key, most times
            begun = (
                "SELECT 1 FROM sitters WHERE key IS NULL UNION SELECT 1 FROM farewells "
                "UNION SELECT 1 FROM facts WHERE name = 'former'"
            )
            if not db.execute(begun).fetchone():
                return ()
        self._end()
        with self._unlocking.reading() as (db, keys):
            gone, altered = farewells.pending(db, keys)
        if altered:
            with self._unlocking.writing() as (db, _):
                farewells.end(db, altered)
            raise VaultDamaged(
                "What was still to be removed of a forgotten sitter was altered in the vault",
                "Look for pictures of theirs, remove them by hand, and go on.",
            )
        return tuple(gone)

    def ended(self, gone: Forgotten, untold: Untold | None = None) -> None:
        with self._unlocking.writing() as (db, keys):
            # Two processes may be at it at once, and one person is told.
            if farewells.end(db, [gone.id]) and untold:
                unseen.keep(db, keys, untold)
        self._database.empty_log()

    def untold(self) -> tuple[Untold, ...]:
        if not self._database.exists:
            return ()
        with self._database.transaction() as db:  # which needs no key, most times
            if not db.execute("SELECT 1 FROM untold").fetchone():
                return ()
        with self._unlocking.reading() as (db, keys):
            return unseen.kept(db, keys)

    def told(self, ids: Iterable[str]) -> None:
        with self._unlocking.writing() as (db, _):
            unseen.shown(db, ids)

    def doubt(self, today: date) -> ClockDoubtful | None:
        """Why nobody is forgotten for what the clock says, though somebody is due; or None."""
        if not self._database.exists:
            return None
        with self._database.transaction() as db:
            query = "SELECT 1 FROM sitters WHERE until < ? AND key IS NOT NULL"
            due = db.execute(query, (today.isoformat(),)).fetchone()
            return clock.doubt(db, today) if due else None

    def _end(self) -> None:
        """Remove what was stored of those whose keys are destroyed.

        What a full disk holds on to can't be read any more, and goes when the vault is next opened.
        """
        with suppress(StorageFailed, VaultBusy):
            self._unlocking.end_forgetting()
        self._database.compact()
