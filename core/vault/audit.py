"""The audit log: what was done with sitters' data. Each entry is chained to the one before.

An entry holds no name and nothing of a face. A keyed hash stands for the sitter; the vault can
resolve it only while the sitter is stored.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ..errors import VaultDamaged
from . import facts
from .sealing import keyed_hash, seal, unseal
from .transactions import Keys, context
from .vault import Why

# The event that records the erasure of a sitter, by its reason.
ENDS: dict[Why, str] = {"request": "forgotten", "expiry": "expired"}

_START = b"\0" * 32


@dataclass(frozen=True)
class AuditEntry:
    """One line of the log.

    when: ISO 8601.
    event: "stored", "removed", "delivered", "exported", "forgotten", "expired" or a word like
        these.
    sitter: the name; for erased sitters, the first 8 hex digits of the hash of the name.
    """

    number: int
    when: str
    event: str
    sitter: str
    detail: str


def append(db: sqlite3.Connection, keys: Keys, event: str, lookup: bytes, detail: str = "") -> None:
    """Add an entry about the sitter whose name hashes to `lookup`."""
    number, before = _head(db, keys)
    when = datetime.now(UTC).isoformat(timespec="seconds")
    row = (number + 1, when, event, lookup, detail)
    link = _link(keys, before, row)
    db.execute("INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?)", (*row, link))
    # The sealed head shows whether entries were cut off at the end.
    head = seal(keys.index, (number + 1).to_bytes(8) + link, context(keys.vault, "audit", "head"))
    facts.write(db, audit=head)


def read(db: sqlite3.Connection, keys: Keys, names: Mapping[bytes, str]) -> tuple[AuditEntry, ...]:
    """The whole log, verified.

    Args:
        names: the stored sitters' names, by the hash that stands for them.

    Raises:
        VaultDamaged: the log was altered; the text says from which entry on.
    """
    entries: list[AuditEntry] = []
    before = _START
    rows = db.execute("SELECT number, at, event, sitter, detail, link FROM audit ORDER BY number")
    for *row, link in rows:
        number, when, event, lookup, detail = row
        if number != len(entries) + 1 or link != _link(keys, before, tuple(row)):
            raise _broken(f"at entry {len(entries) + 1}")
        before = link
        who = names.get(lookup) or bytes(lookup).hex()[:8]
        entries.append(AuditEntry(number, when, event, who, detail))
    if _head(db, keys) != (len(entries), before):
        raise _broken(f"after entry {len(entries)}")
    return tuple(entries)


def _head(db: sqlite3.Connection, keys: Keys) -> tuple[int, bytes]:
    """Number and link of the last entry."""
    sealed: bytes = facts.read(db).get("audit", b"")
    try:
        head = unseal(keys.index, sealed, context(keys.vault, "audit", "head"))
    except ValueError:
        raise _broken("at its end") from None
    return int.from_bytes(head[:8]), head[8:] or _START


def _link(keys: Keys, before: bytes, row: tuple[object, ...]) -> bytes:
    number, when, event, lookup, detail = row
    assert isinstance(lookup, bytes)
    return keyed_hash(keys.index, repr((before.hex(), number, when, event, lookup.hex(), detail)))


def _broken(where: str) -> VaultDamaged:
    return VaultDamaged(
        f"The audit log was altered {where}",
        "Bring the vault back from a copy, and find out who could write to it.",
    )
