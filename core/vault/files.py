"""Which files show a sitter: their paths, sealed under the sitter's key."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from .entries import damaged
from .sealing import keyed_hash, seal, unseal
from .unlocking import Keys, context
from .vault import Written


def written(db: sqlite3.Connection, keys: Keys, id: str, key: bytes) -> tuple[Written, ...]:
    """The files that show a sitter, by path.

    Raises:
        VaultDamaged: one was altered.
    """
    rows = db.execute("SELECT delivered, sealed FROM files WHERE sitter = ?", (id,)).fetchall()
    files: list[Written] = []
    try:
        for delivered, sealed in rows:
            path = unseal(key, sealed, context(keys.vault, id, f"file/{delivered}"))
            files.append(Written(Path(os.fsdecode(path)), bool(delivered)))
    except ValueError:
        raise damaged("The path of a file of a sitter") from None
    return tuple(sorted(files, key=lambda file: file.path))


def note(
    db: sqlite3.Connection,
    keys: Keys,
    id: str,
    key: bytes,
    path: Path,
    *,
    delivered: bool,
    anew: bool,
) -> None:
    """Write down that a file shows a sitter; without `anew` what was written of it stays."""
    text = os.fsencode(path.absolute())
    sealed = seal(key, text, context(keys.vault, id, f"file/{delivered:d}"))
    # The keyed hash keeps a path from being written down twice.
    db.execute(
        f"INSERT OR {'REPLACE' if anew else 'IGNORE'} INTO files VALUES (?, ?, ?, ?)",
        (id, keyed_hash(key, text.hex()), delivered, sealed),
    )
