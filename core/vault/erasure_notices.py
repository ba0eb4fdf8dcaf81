"""Notices of sitters who were erased automatically, kept until a person has seen them.

They are sealed under the master key, because they name the sitters.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from .sealing import seal, unseal
from .transactions import NOTICE, Keys, context
from .vault import ErasureNotice


def add(db: sqlite3.Connection, keys: Keys, notice: ErasureNotice) -> None:
    """Store a notice until it is acknowledged."""
    # A path is bytes that need not be text.
    left = [os.fsencode(path).hex() for path in notice.left]
    content = {"name": notice.name, "day": notice.day, "why": notice.why, "left": left}
    sealed = seal(keys.master, json.dumps(content).encode(), context(keys.vault, notice.id, NOTICE))
    db.execute("INSERT OR IGNORE INTO notices VALUES (?, ?)", (notice.id, sealed))


def pending(db: sqlite3.Connection, keys: Keys) -> tuple[ErasureNotice, ...]:
    """All notices, the oldest first; altered ones are skipped."""
    notices: list[ErasureNotice] = []
    for id, sealed in db.execute("SELECT id, sealed FROM notices ORDER BY rowid").fetchall():
        try:
            content = json.loads(unseal(keys.master, sealed, context(keys.vault, id, NOTICE)))
        except ValueError:
            continue
        left = tuple(Path(os.fsdecode(bytes.fromhex(each))) for each in content.pop("left"))
        notices.append(ErasureNotice(id=id, left=left, **content))
    return tuple(notices)


def acknowledge(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Remove notices that a person has seen."""
    db.executemany("DELETE FROM notices WHERE id = ?", [(id,) for id in ids])
