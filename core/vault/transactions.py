"""The vault's transactions together with its keys, and the change of its master key."""

from __future__ import annotations

import json
import secrets
import sqlite3
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import InputError, VaultLocked
from ..master_key import Master, MasterKind
from . import facts
from .backup_exclusion import exclude
from .database import Database
from .key_store import SLOTS, KeyStore, Place, Slot, chosen
from .sealing import new_key, seal, unseal

# The context of what is sealed under the master key in those tables.
ERASURE, NOTICE = "erasure", "notice"


@dataclass(frozen=True)
class Keys:
    """The keys of the vault, valid until the master key is changed.

    vault: its id.
    master: seals the sitters' keys.
    index: hashes names and seals what outlives the sitters; it stays when the master changes.
    sealed_index: as stored; it differs once the master has changed.
    """

    vault: str
    place: Place
    slot: Slot
    master: bytes
    index: bytes
    sealed_index: bytes

    @property
    def masters(self) -> KeyStore:
        """Where the master key lies."""
        return self.place.masters(self.vault)


class Unlocking:
    """One vault's database, opened with its keys.

    Args:
        keys: the folder for a master key that lies in a file.
        wish: where the master key is put if the vault is created now.
    """

    def __init__(self, database: Database, keys: Path, wish: Master) -> None:
        self.database = database
        self._folder = keys
        self._wish: Master = wish
        self._keys: Keys | None = None

    def place(self) -> Place:
        """Where the master key lies, or would lie if the vault were made now."""
        if self.database.exists:
            with self.database.transaction() as db:
                if stored := facts.read(db):
                    return self._place(stored)
        return Place(chosen(self._wish), self._folder)

    def new_place(self, kind: MasterKind, folder: Path | None) -> Place:
        """A new place for the master key; a `folder` is marked to be left out of backups.

        Raises:
            InputError: the folder doesn't suit.
            StorageFailed: it can't be made or marked.
        """
        if folder is None:
            return Place(kind, self._folder)
        if kind == "keyring":
            raise InputError(
                "A key in the keyring lies in no folder", "Leave the folder out, or name a file."
            )
        named, data = folder.expanduser().absolute(), self.database.file.parent.absolute()
        if named.resolve().is_relative_to(data.resolve()):
            raise InputError(
                f"{named} lies in the data folder, so that a copy of the vault would have its key",
                "Name a folder elsewhere, on another disk if you can.",
            )
        exclude(named)
        return Place(kind, named, marked=True)

    @contextmanager
    def reading(self) -> Generator[tuple[sqlite3.Connection, Keys]]:
        """A read transaction with the vault's keys.

        Raises:
            VaultLocked: the master key is not available, or is another vault's.
        """
        while True:
            locked: VaultLocked | None = None
            with self.database.transaction() as db:
                stored = facts.read(db)
                try:
                    keys = self._fitting(stored) if stored else None
                except VaultLocked as error:
                    keys, locked = None, error
                if keys:
                    yield db, keys
                    return
            if locked is None:  # nothing was ever stored
                with self.writing():
                    continue
            with self.database.transaction() as db:
                # Another process may have changed the master before its key was fetched.
                if facts.read(db)["index"] == stored["index"]:
                    raise locked

    @contextmanager
    def writing(self, *, wait: bool = True) -> Generator[tuple[sqlite3.Connection, Keys]]:
        """An exclusive write transaction with the vault's keys; the vault is created if needed.

        Raises:
            VaultLocked: the master key is not available, or is another vault's.
        """
        with self.database.transaction(write=True, wait=wait) as db:
            stored = facts.read(db) or self._created(db)
            keys = self._fitting(stored)
            if "former" in stored:
                self._end_change(db, keys, stored["former"])
            yield db, keys

    def end_forgetting(self) -> None:
        """Remove the rows of sitters whose key is destroyed; raises as `writing`."""
        with self.writing() as (db, _):
            db.execute("DELETE FROM sitters WHERE key IS NULL")

    def _fitting(self, stored: dict[str, Any]) -> Keys:
        """The keys of the vault with those facts."""
        if not self._keys or stored["index"] != self._keys.sealed_index:
            self._keys = self._unlocked(stored)
        return self._keys

    def _created(self, db: sqlite3.Connection) -> dict[str, Any]:
        vault, slot, master = secrets.token_hex(16), SLOTS[0], new_key()
        place = Place(chosen(self._wish), self._folder)
        place.masters(vault).store(slot, master)
        key = new_key()
        index = seal(master, key, context(vault, "index", slot))
        # The sealed end of an empty log; a log without its end was cut off.
        end = seal(key, b"", context(vault, "audit", "head"))
        facts.write(db, vault=vault, kind=place.kind, slot=slot, index=index, audit=end)
        return facts.read(db)

    def _place(self, stored: dict[str, Any]) -> Place:
        folder = stored.get("folder")  # that of the settings unless one was chosen
        if folder is None:
            return Place(stored["kind"], self._folder)
        return Place(stored["kind"], Path(facts.path_of(folder)), marked=True)

    def _unlocked(self, stored: dict[str, Any]) -> Keys:
        vault, slot, place = stored["vault"], stored["slot"], self._place(stored)
        master = place.masters(vault).load(slot)
        try:
            index = unseal(master, stored["index"], context(vault, "index", slot))
        except ValueError:
            raise VaultLocked(
                f"The key in {place.masters(vault).described()} doesn't open the vault",
                "Bring back the key that the vault was made with.",
            ) from None
        return Keys(vault, place, slot, master, index, stored["index"])

    def _end_change(self, db: sqlite3.Connection, keys: Keys, former: str) -> None:
        """Destroy the former master key."""
        before = json.loads(former)
        keys.masters.destroy(_other(keys.slot))  # of a change that was interrupted before
        self._place(before).masters(keys.vault).destroy(before["slot"])
        facts.write(db, former=None)


def change_master(
    db: sqlite3.Connection, keys: Keys, without: Collection[str] = (), to: Place | None = None
) -> None:
    """Seal all keys but those of the sitters `without` under a new master key, in the other slot.

    The next `writing` reads the new keys and destroys the former master. The rows of the sitters
    `without` stay, as a small write succeeds even on an almost full disk, but no lookup finds them.
    `Unlocking.end_forgetting` removes them.

    Args:
        to: where the new master is put; None: where the former one lies.

    Raises:
        VaultLocked: the new one can't be stored, or the former one can't be destroyed.
    """
    place, slot, master = to or keys.place, _other(keys.slot), new_key()
    if to:
        keys.masters.load(keys.slot)  # a key that can't be read can't be destroyed
    place.masters(keys.vault).store(slot, master)
    if to:
        _check(place.masters(keys.vault), slot, master)
    # The name must be free: it may be enrolled again before the row is removed.
    end = "UPDATE sitters SET key = NULL, lookup = randomblob(32) WHERE id = ?"
    db.executemany(end, [(id,) for id in without])
    for table, column, what in (
        ("sitters", "key", "key"),
        ("pending_erasures", "sealed", ERASURE),
        ("notices", "sealed", NOTICE),
    ):
        rows = db.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")
        for id, sealed in rows.fetchall():
            bound = context(keys.vault, id, what)
            try:
                again = seal(master, unseal(keys.master, sealed, bound), bound)
            except ValueError:
                continue  # damaged: it opens under no master
            db.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (again, id))
    index = seal(master, keys.index, context(keys.vault, "index", slot))
    former = json.dumps({**_written(keys.place), "slot": keys.slot})
    facts.write(db, slot=slot, index=index, former=former, **_written(place))


def _check(masters: KeyStore, slot: Slot, master: bytes) -> None:
    """Check that the stored key can be read back, before the vault depends on it."""
    if masters.load(slot) != master:
        raise VaultLocked(
            f"The key that was put into {masters.described()} doesn't come back from there",
            "Choose another place; the vault stays as it was.",
        )


def _written(place: Place) -> dict[str, str | None]:
    """The place as facts."""
    return {"kind": place.kind, "folder": facts.hex_of(place.folder) if place.marked else None}


def context(vault: str, whose: str, what: str) -> str:
    """The context that sealed bytes are bound to."""
    return f"{vault}/{whose}/{what}"


def _other(slot: Slot) -> Slot:
    return SLOTS[1 - SLOTS.index(slot)]
