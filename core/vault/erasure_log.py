"""What is still to be done for those whose keys are destroyed: files to remove, a receipt.

It is kept, sealed, from the moment that the key goes until the receipt is there, so that whoever
opens the vault next can end what a killed process began, with the same receipt.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from ..files import parts_of
from .sealing import seal, unseal
from .transactions import FAREWELL, Keys, context
from .vault import Blob, Forgotten, Shown, Written


def pend(db: sqlite3.Connection, keys: Keys, gone: Forgotten) -> None:
    """Write down what is left to do for one whose key is being destroyed."""
    sealed = seal(keys.master, _written(gone), context(keys.vault, gone.id, FAREWELL))
    db.execute("INSERT INTO farewells VALUES (?, ?)", (gone.id, sealed))


def pending(db: sqlite3.Connection, keys: Keys) -> tuple[list[Forgotten], list[str]]:
    """Those for whom something is left to do, and the ids of what was altered and can't be told."""
    gone: list[Forgotten] = []
    altered: list[str] = []
    for id, sealed in db.execute("SELECT id, sealed FROM farewells ORDER BY id").fetchall():
        try:
            gone.append(_read(unseal(keys.master, sealed, context(keys.vault, id, FAREWELL))))
        except ValueError:
            altered.append(id)
    return gone, altered


def end(db: sqlite3.Connection, ids: Iterable[str]) -> bool:
    """Note that nothing is left to do; whether that is new."""
    gone = db.executemany("DELETE FROM farewells WHERE id = ?", [(id,) for id in ids])
    return gone.rowcount > 0


def shown(files: Iterable[Written]) -> tuple[Shown, ...]:
    """The files that are there, as they are now, and what was begun of them and not ended.

    One that can't be read has no hash.
    """
    there: list[Shown] = []
    for file in _with_parts(files):
        try:
            with file.path.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            there.append(Shown(file.path, file.delivered, digest, file.path.stat().st_size))
        except OSError:
            if os.path.lexists(file.path):
                there.append(Shown(file.path, file.delivered, "", 0))
    return tuple(there)


def _with_parts(files: Iterable[Written]) -> Iterator[Written]:
    for file in files:
        yield file
        with suppress(OSError, ValueError):
            yield from (Written(part, delivered=False) for part in parts_of(file.path))


def _written(gone: Forgotten) -> bytes:
    # A path is bytes that need not be text.
    files = [{**asdict(each), "path": os.fsencode(each.path).hex()} for each in gone.files]
    return json.dumps({**asdict(gone), "when": gone.when.isoformat(), "files": files}).encode()


def _read(data: bytes) -> Forgotten:
    told = json.loads(data)
    told["when"] = datetime.fromisoformat(told["when"])
    told["blobs"] = tuple(Blob(**each) for each in told["blobs"])
    told["files"] = tuple(
        Shown(Path(os.fsdecode(bytes.fromhex(each.pop("path")))), **each) for each in told["files"]
    )
    return Forgotten(**told)
