"""Sitters in the vault's tables: looked up by a keyed hash, their key and name sealed."""

from __future__ import annotations

import secrets
import sqlite3
from datetime import date
from typing import NoReturn

from ..errors import IdentityNotFound, VaultDamaged
from .names import key_of
from .sealing import keyed_hash, new_key, seal, unseal
from .transactions import Keys, context


def lookup_of(keys: Keys, name: str) -> bytes:
    """The keyed hash that stands for a name in the vault; without the keys it reveals nothing."""
    return keyed_hash(keys.index, key_of(name))


def id_of(db: sqlite3.Connection, keys: Keys, name: str) -> str | None:
    """The id of a sitter; None if there is none of that name."""
    query = "SELECT id FROM sitters WHERE lookup = ?"
    row = db.execute(query, (lookup_of(keys, name),)).fetchone()
    return row and row[0]


def id_and_key(db: sqlite3.Connection, keys: Keys, name: str) -> tuple[str, bytes] | None:
    """Id and key of a sitter; None if there is none of that name.

    Raises:
        VaultDamaged: the entry was altered, or swapped with another's.
    """
    id = id_of(db, keys, name)
    if id is None:
        return None
    row = db.execute("SELECT key, name FROM sitters WHERE id = ?", (id,)).fetchone()
    if row is None:  # the index says that there is one
        raise damaged(f"The entry of the sitter {name!r}")
    if key_of(name_of(keys, id, *row)) != key_of(name):
        raise damaged(f"The entry of the sitter {name!r}")
    return id, key_in(keys, id, row[0])


def add_sitter(db: sqlite3.Connection, keys: Keys, name: str, until: date) -> tuple[str, bytes]:
    """Id and key of a new sitter."""
    id, key = secrets.token_hex(16), new_key()
    row = (
        id,
        lookup_of(keys, name),
        seal(keys.master, key, context(keys.vault, id, "key")),
        seal(key, name.encode(), context(keys.vault, id, "name")),
        until.isoformat(),
    )
    db.execute("INSERT INTO sitters VALUES (?, ?, ?, ?, ?)", row)
    return id, key


def name_of(keys: Keys, id: str, key: bytes, name: bytes) -> str:
    """The name of the sitter of that row.

    Raises:
        VaultDamaged: the row was altered.
    """
    try:
        return unseal(key_in(keys, id, key), name, context(keys.vault, id, "name")).decode()
    except ValueError:
        raise damaged(f"The name of the sitter with the id {id}") from None


def kinds_of(db: sqlite3.Connection, id: str) -> set[str]:
    """The kinds of what is stored of a sitter."""
    return {kind for (kind,) in db.execute("SELECT kind FROM blobs WHERE sitter = ?", (id,))}


def missing(name: str, expired: str = "") -> NoReturn:
    """Raise IdentityNotFound.

    Args:
        expired: the day on which the sitter was erased because their time was over.
    """
    if expired:
        raise IdentityNotFound(
            f"{name!r} was forgotten on {expired}, after the last day that they agreed to",
            "Ask them, and enrol them anew, if pictures of them are wanted.",
        )
    raise IdentityNotFound(
        f"No sitter called {name!r} is stored",
        "`headshots identities` lists those who are; `headshots enroll` adds one.",
    )


def damaged(what: str) -> VaultDamaged:
    """The error for data that can't be unsealed."""
    return VaultDamaged(
        f"{what} was altered, cut off or swapped in the vault",
        "Forget the sitter and enrol their photos again, or bring the vault back from a copy.",
    )


def key_in(keys: Keys, id: str, sealed: bytes) -> bytes:
    """The key of the sitter of that row.

    Raises:
        VaultDamaged: the row was altered.
    """
    try:
        return unseal(keys.master, sealed, context(keys.vault, id, "key"))
    except ValueError:
        raise damaged(f"The key of the sitter with the id {id}") from None
