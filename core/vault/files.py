"""The list of files that show a sitter: their paths, sealed under the sitter's key."""

from __future__ import annotations

import os
import sqlite3
from contextlib import suppress
from pathlib import Path

from ..errors import VaultDamaged
from ..files import discard_parts
from .entries import damaged, key_in
from .sealing import keyed_hash, seal, unseal
from .transactions import Keys, context
from .vault import Written


def written(db: sqlite3.Connection, keys: Keys, id: str, key: bytes) -> tuple[Written, ...]:
    """The files that show a sitter, sorted by path.

    Raises:
        VaultDamaged: one was altered.
    """
    rows = db.execute("SELECT delivered, sealed FROM files WHERE sitter = ?", (id,)).fetchall()
    files: list[Written] = []
    try:
        for delivered, sealed in rows:
            path = unseal(key, sealed, _context(keys, id, delivered))
            files.append(Written(Path(os.fsdecode(path)), bool(delivered)))
    except ValueError:
        raise damaged("The path of a file of a sitter") from None
    return tuple(sorted(files, key=lambda file: file.path))


def begin(
    db: sqlite3.Connection, keys: Keys, id: str, key: bytes, path: Path, *, as_part: bool
) -> None:
    """Store that a file that shows a sitter is being written.

    Args:
        as_part: the file is temporary: it exists only while others are written.
    """
    text = os.fsencode(path.absolute())
    db.execute(
        "INSERT INTO files VALUES (?, ?, 0, ?, ?) ON CONFLICT DO UPDATE SET begun = excluded.begun",
        (id, _hash(key, text), _sealed(keys, id, key, text, 0), 2 if as_part else 1),
    )


def is_begun(db: sqlite3.Connection, id: str, key: bytes, path: Path) -> bool:
    """Whether the file is listed as being written, and was not discarded since."""
    query = "SELECT begun FROM files WHERE sitter = ? AND hash = ?"
    row = db.execute(query, (id, _hash(key, os.fsencode(path.absolute())))).fetchone()
    return bool(row and row[0])


def end(
    db: sqlite3.Connection, keys: Keys, id: str, key: bytes, path: Path, *, delivered: bool
) -> None:
    """Store that a file that shows a sitter is complete."""
    text = os.fsencode(path.absolute())
    db.execute(
        "INSERT OR REPLACE INTO files VALUES (?, ?, ?, ?, 0)",
        (id, _hash(key, text), delivered, _sealed(keys, id, key, text, delivered)),
    )


def drop(db: sqlite3.Connection, id: str, key: bytes, path: Path) -> None:
    """Remove a file that no longer exists from the list."""
    text = os.fsencode(path.absolute())
    db.execute("DELETE FROM files WHERE sitter = ? AND hash = ?", (id, _hash(key, text)))


def any_begun(db: sqlite3.Connection) -> bool:
    """Whether the writing of some file was begun and not completed."""
    return db.execute("SELECT 1 FROM files WHERE begun").fetchone() is not None


def discard_begun(db: sqlite3.Connection, keys: Keys) -> None:
    """Remove files whose writing was begun and not completed, while no other process writes.

    What can't be read or removed is left, and tried again another time.
    """
    query = (
        "SELECT files.rowid, delivered, sealed, begun, id, key FROM files "
        "JOIN sitters ON id = sitter WHERE begun AND key IS NOT NULL"
    )
    for row, delivered, sealed, begun, id, key in db.execute(query).fetchall():
        with suppress(OSError, ValueError, VaultDamaged):
            opened = unseal(key_in(keys, id, key), sealed, _context(keys, id, delivered))
            path = Path(os.fsdecode(opened))
            discard_parts(path)
            if begun == 2:
                path.unlink(missing_ok=True)
                db.execute("DELETE FROM files WHERE rowid = ?", (row,))
                with suppress(OSError):  # a folder for parts can bear a person's name
                    path.parent.rmdir()
            else:
                db.execute("UPDATE files SET begun = 0 WHERE rowid = ?", (row,))


def _hash(key: bytes, path: bytes) -> bytes:
    """The keyed hash of a path, so that it is listed once."""
    return keyed_hash(key, path.hex())


def _sealed(keys: Keys, id: str, key: bytes, path: bytes, delivered: int) -> bytes:
    return seal(key, path, _context(keys, id, delivered))


def _context(keys: Keys, id: str, delivered: int) -> str:
    return context(keys.vault, id, f"file/{delivered:d}")
