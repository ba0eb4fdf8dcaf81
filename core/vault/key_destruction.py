"""The end of a sitter's key, and with it of all that it sealed, here and in copies of the file."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from datetime import UTC, datetime

from ..errors import HeadshotsError
from . import audit
from . import erasure_log as farewells
from .entries import found, missing, name_of
from .files import written
from .transactions import Keys, change_master
from .vault import Blob, Forgotten, Why, Written


def destroy(
    db: sqlite3.Connection, keys: Keys, ids: list[str], why: Why, *, delivered: bool = False
) -> tuple[Forgotten, ...]:
    """Destroy the sitters' keys; what there was of each, which is also noted as to be ended."""
    gone: list[Forgotten] = []
    for id in ids:
        lookup, key, sealed_name = db.execute(
            "SELECT lookup, key, name FROM sitters WHERE id = ?", (id,)
        ).fetchone()
        blobs = db.execute("SELECT kind, sealed FROM blobs WHERE sitter = ?", (id,))
        name, files = _readable(db, keys, id, key, sealed_name)
        each = Forgotten(
            id=secrets.token_hex(16),
            name=name,
            when=datetime.now(UTC).replace(microsecond=0),
            why=why,
            delivered=delivered,
            key=hashlib.sha256(key).hexdigest(),
            salt=secrets.token_hex(16),
            blobs=tuple(
                Blob(kind, hashlib.sha256(sealed).hexdigest(), len(sealed))
                for kind, sealed in blobs
            ),
            files=farewells.shown(files),
        )
        gone.append(each)
        farewells.pend(db, keys, each)
        audit.append(db, keys, audit.ENDS[why], lookup)
    change_master(db, keys, without=ids)
    return tuple(gone)


def _readable(
    db: sqlite3.Connection, keys: Keys, id: str, key: bytes, name: bytes
) -> tuple[str, tuple[Written, ...]]:
    """Name and files of a sitter; nothing of one who is damaged, and is forgotten all the same."""
    try:
        called = name_of(keys, id, key, name)
        return called, written(db, keys, *(found(db, keys, called) or missing(called)))
    except HeadshotsError:
        return "", ()
