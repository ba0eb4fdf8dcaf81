"""Who was forgotten without anybody looking on, until a person has seen it.

It is kept sealed under the master, as it names them.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterable
from pathlib import Path

from .sealing import seal, unseal
from .transactions import UNTOLD, Keys, context
from .vault import Untold


def keep(db: sqlite3.Connection, keys: Keys, told: Untold) -> None:
    """Keep it until it is `shown`."""
    # A path is bytes that need not be text.
    left = [os.fsencode(path).hex() for path in told.left]
    content = {"name": told.name, "day": told.day, "why": told.why, "left": left}
    sealed = seal(keys.master, json.dumps(content).encode(), context(keys.vault, told.id, UNTOLD))
    db.execute("INSERT OR IGNORE INTO untold VALUES (?, ?)", (told.id, sealed))


def kept(db: sqlite3.Connection, keys: Keys) -> tuple[Untold, ...]:
    """All of them, the oldest first; what was altered is passed over."""
    found: list[Untold] = []
    for id, sealed in db.execute("SELECT id, sealed FROM untold ORDER BY rowid").fetchall():
        try:
            content = json.loads(unseal(keys.master, sealed, context(keys.vault, id, UNTOLD)))
        except ValueError:
            continue
        left = tuple(Path(os.fsdecode(bytes.fromhex(each))) for each in content.pop("left"))
        found.append(Untold(id=id, left=left, **content))
    return tuple(found)


def shown(db: sqlite3.Connection, ids: Iterable[str]) -> None:
    """Note that a person has seen them."""
    db.executemany("DELETE FROM untold WHERE id = ?", [(id,) for id in ids])
