"""Erasures in progress: files still to remove and receipts still to write.

An entry is kept, sealed, from the moment that a sitter's key is destroyed until the receipt is
written. If the process is killed, the next one that opens the vault completes the erasure, with
the same receipt.
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
from .transactions import ERASURE, Keys, context
from .vault import Blob, Erasure, Shown, Written


def pend(db: sqlite3.Connection, keys: Keys, erasure: Erasure) -> None:
    """Store what is left to do for a sitter whose key is being destroyed."""
    sealed = seal(keys.master, _written(erasure), context(keys.vault, erasure.id, ERASURE))
    db.execute("INSERT INTO pending_erasures VALUES (?, ?)", (erasure.id, sealed))


def pending(db: sqlite3.Connection, keys: Keys) -> tuple[list[Erasure], list[str]]:
    """The erasures in progress, and the ids of those whose entry was altered and can't be read."""
    erasures: list[Erasure] = []
    altered: list[str] = []
    for id, sealed in db.execute("SELECT id, sealed FROM pending_erasures ORDER BY id").fetchall():
        try:
            erasures.append(_read(unseal(keys.master, sealed, context(keys.vault, id, ERASURE))))
        except ValueError:
            altered.append(id)
    return erasures, altered


def end(db: sqlite3.Connection, ids: Iterable[str]) -> bool:
    """Remove the entries of completed erasures; True if there were any."""
    cursor = db.executemany("DELETE FROM pending_erasures WHERE id = ?", [(id,) for id in ids])
    return cursor.rowcount > 0


def shown(files: Iterable[Written]) -> tuple[Shown, ...]:
    """The files that exist, as they are now, and their unfinished parts.

    A file that can't be read has no hash.
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


def _written(erasure: Erasure) -> bytes:
    # A path is bytes that need not be text.
    files = [{**asdict(each), "path": os.fsencode(each.path).hex()} for each in erasure.files]
    return json.dumps(
        {**asdict(erasure), "when": erasure.when.isoformat(), "files": files}
    ).encode()


def _read(data: bytes) -> Erasure:
    fields = json.loads(data)
    fields["when"] = datetime.fromisoformat(fields["when"])
    fields["blobs"] = tuple(Blob(**each) for each in fields["blobs"])
    fields["files"] = tuple(
        Shown(Path(os.fsdecode(bytes.fromhex(each.pop("path")))), **each)
        for each in fields["files"]
    )
    return Erasure(**fields)
