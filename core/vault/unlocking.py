"""The vault's transactions with the keys that open it, and the change of its master key."""

from __future__ import annotations

import secrets
import sqlite3
from collections.abc import Collection, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..errors import VaultLocked
from ..settings import Master
from .database import Database
from .masters import SLOTS, Kind, Masters, Slot, chosen, masters
from .sealing import new_key, seal, unseal

FAREWELL = "farewell"  # what is sealed under the master in the table `farewells`


@dataclass(frozen=True)
class Keys:
    """What opens the vault until the master is changed.

    vault: its id. master: seals the sitters' keys. index: hashes names and seals what outlasts the
    sitters; it stays when the master changes. sealed_index: tells whether the master has changed.
    """

    vault: str
    place: Masters
    slot: Slot
    master: bytes
    index: bytes
    sealed_index: bytes


class Unlocking:
    """One vault's database, opened with its keys.

    Args:
        keys: a folder for the master key, should it lie in a file.
        wish: where the master is to lie, should the vault be made now.
    """

    def __init__(self, database: Database, keys: Path, wish: Master) -> None:
        self.database = database
        self._folder = keys
        self._wish: Master = wish
        self._held: Keys | None = None

    def place(self) -> str:
        """Where the master key lies, in words, or would lie if the vault were made now."""
        if self.database.exists:
            with self.database.transaction() as db:
                if facts := _facts(db):
                    return self._masters(facts).described()
        return masters(chosen(self._wish), "", self._folder).described()

    def kind(self) -> Kind:
        """The kind of place of the master key, or that of a vault that was made now."""
        if self.database.exists:
            with self.database.transaction() as db:
                if facts := _facts(db):
                    return facts["kind"]
        return chosen(self._wish)

    @contextmanager
    def reading(self) -> Generator[tuple[sqlite3.Connection, Keys]]:
        """The vault as it is now, with the keys that fit it."""
        while True:
            with self.database.transaction() as db:
                held = self._held
                if held and _facts(db).get("index") == held.sealed_index:
                    yield db, held
                    return
            with self.writing():  # while one writes nobody else changes the master
                pass

    @contextmanager
    def writing(self) -> Generator[tuple[sqlite3.Connection, Keys]]:
        """The vault for oneself, with the keys that fit it; made if there is none.

        Raises:
            VaultLocked: the master key can't be had, or is another vault's.
        """
        with self.database.transaction(write=True) as db:
            facts = _facts(db) or self._made(db)
            held = self._held
            if not held or facts["index"] != held.sealed_index:
                held = self._held = self._unlocked(facts)
                _end_forgetting(db, held)
            yield db, held

    def _made(self, db: sqlite3.Connection) -> dict[str, Any]:
        vault, slot, master = secrets.token_hex(16), SLOTS[0], new_key()
        facts: dict[str, Any] = {"vault": vault, "kind": chosen(self._wish), "slot": slot}
        self._masters(facts).store(slot, master)
        index = seal(master, new_key(), context(vault, "index", slot))
        db.executemany("INSERT INTO facts VALUES (?, ?)", (facts | {"index": index}).items())
        return _facts(db)

    def _masters(self, facts: dict[str, Any]) -> Masters:
        return masters(facts["kind"], facts["vault"], self._folder)

    def _unlocked(self, facts: dict[str, Any]) -> Keys:
        vault, slot, place = facts["vault"], facts["slot"], self._masters(facts)
        master = place.load(slot)
        try:
            index = unseal(master, facts["index"], context(vault, "index", slot))
        except ValueError:
            raise VaultLocked(
                f"The key in {place.described()} doesn't open the vault",
                "Bring back the key that the vault was made with.",
            ) from None
        return Keys(vault, place, slot, master, index, facts["index"])


def change_master(db: sqlite3.Connection, keys: Keys, without: Collection[str]) -> None:
    """Seal all keys but those of the sitters `without` under a new master, in the other slot.

    The keys that fit what is written then are had by the next `writing`, which also destroys the
    former master and the rows of those sitters.
    """
    slot, master = _other(keys.slot), new_key()
    keys.place.store(slot, master)
    db.executemany("UPDATE sitters SET key = NULL WHERE id = ?", [(id,) for id in without])
    for table, column, what in (("sitters", "key", "key"), ("farewells", "sealed", FAREWELL)):
        rows = db.execute(f"SELECT id, {column} FROM {table} WHERE {column} IS NOT NULL")
        for id, sealed in rows.fetchall():
            place = context(keys.vault, id, what)
            try:
                again = seal(master, unseal(keys.master, sealed, place), place)
            except ValueError:
                continue  # damaged: it opens under no master
            db.execute(f"UPDATE {table} SET {column} = ? WHERE id = ?", (again, id))
    index = seal(master, keys.index, context(keys.vault, "index", slot))
    db.executemany("UPDATE facts SET value = ? WHERE name = ?", [(slot, "slot"), (index, "index")])


def _end_forgetting(db: sqlite3.Connection, keys: Keys) -> None:
    """Destroy the former master, then the rows of those whose key is gone."""
    if db.execute("SELECT 1 FROM sitters WHERE key IS NULL").fetchone():
        keys.place.destroy(_other(keys.slot))
        db.execute("DELETE FROM sitters WHERE key IS NULL")


def _facts(db: sqlite3.Connection) -> dict[str, Any]:
    return dict(db.execute("SELECT name, value FROM facts"))


def context(vault: str, whose: str, what: str) -> str:
    """What sealed bytes are bound to."""
    return f"{vault}/{whose}/{what}"


def _other(slot: Slot) -> Slot:
    return SLOTS[1 - SLOTS.index(slot)]
