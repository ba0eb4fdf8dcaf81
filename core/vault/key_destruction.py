"""Destroys sitters' keys, so that nothing sealed under them can be read, here or in copies."""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from datetime import UTC, datetime

from ..errors import HeadshotsError
from . import audit, erasure_log
from .entries import id_and_key, missing, name_of
from .files import written
from .transactions import Keys, change_master
from .vault import Blob, Erasure, Why, Written


def destroy(
    db: sqlite3.Connection, keys: Keys, ids: list[str], why: Why, *, delivered: bool = False
) -> tuple[Erasure, ...]:
    """Destroy the sitters' keys, and list each as an erasure in progress."""
    erasures: list[Erasure] = []
    for id in ids:
        lookup, key, sealed_name = db.execute(
            "SELECT lookup, key, name FROM sitters WHERE id = ?", (id,)
        ).fetchone()
        blobs = db.execute("SELECT kind, sealed FROM blobs WHERE sitter = ?", (id,))
        name, files = _readable(db, keys, id, key, sealed_name)
        each = Erasure(
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
            files=erasure_log.shown(files),
        )
        erasures.append(each)
        erasure_log.pend(db, keys, each)
        audit.append(db, keys, audit.ENDS[why], lookup)
    change_master(db, keys, without=ids)
    return tuple(erasures)


def _readable(
    db: sqlite3.Connection, keys: Keys, id: str, key: bytes, name: bytes
) -> tuple[str, tuple[Written, ...]]:
    """Name and files of a sitter; empty for a damaged one, who is erased all the same."""
    try:
        called = name_of(keys, id, key, name)
        return called, written(db, keys, *(id_and_key(db, keys, called) or missing(called)))
    except HeadshotsError:
        return "", ()
