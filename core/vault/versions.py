"""Versions of stored data: a writer learns by them that the data changed since it was read.

A version consists of the number of the log entry of the last erasure of that name, and a hash of
the sealed bytes, which differ each time.
"""

from __future__ import annotations

import hashlib
import sqlite3

from ..errors import IdentityExists, SitterChanged, SitterForgotten
from .audit import ENDS
from .entries import id_of, lookup_of
from .transactions import Keys

NOBODY = "0/"  # of whom nothing was ever stored


def current(db: sqlite3.Connection, keys: Keys, name: str, kind: str) -> tuple[str, bytes | None]:
    """The version of what is stored under a name and kind, and the sealed bytes, if any."""
    query = "SELECT sealed FROM blobs WHERE sitter = ? AND kind = ?"
    row = db.execute(query, (id_of(db, keys, name), kind)).fetchone()
    sealed: bytes | None = row and row[0]
    return (
        f"{last_forgotten(db, keys, name)}/{(sealed and hashlib.sha256(sealed).hexdigest()) or ''}",
        sealed,
    )


def last_forgotten(db: sqlite3.Connection, keys: Keys, name: str) -> int:
    """Number of the log's entry of when one of that name was last forgotten; 0 for never."""
    query = "SELECT max(number) FROM audit WHERE sitter = ? AND event IN (?, ?)"
    (last,) = db.execute(query, (lookup_of(keys, name), *ENDS.values())).fetchone()
    return last or 0


def check(name: str, wanted: str | None, here: str) -> None:
    """Refuse to replace the version `here` by something that was made from the version `wanted`.

    Raises:
        IdentityExists, SitterForgotten, SitterChanged: see `Vault.put`.
    """
    if wanted == here or (wanted is None and here.endswith("/")):
        return
    if wanted is None:
        raise IdentityExists(
            f"A sitter called {name!r} is stored already",
            "Choose another name, or ask for the stored one to be replaced.",
        )
    require_same(name, wanted, here)
    raise SitterChanged(
        f"What is stored of {name!r} was changed meanwhile, so nothing is written over it",
        "Load the sitter anew, or enrol them anew, and do it again.",
    )


def require_same(name: str, before: str, now: str) -> None:
    """Refuse where the sitter was erased between two versions.

    Raises:
        SitterForgotten: they were, and may have been enrolled again.
    """
    if before.partition("/")[0] != now.partition("/")[0]:
        raise SitterForgotten(
            f"{name!r} was forgotten meanwhile, so nothing is kept of them",
            "Ask them, and enrol them anew, if pictures of them are wanted.",
        )
