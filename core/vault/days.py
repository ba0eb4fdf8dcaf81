"""Until when sitters are kept, as the vault's database has it."""

from __future__ import annotations

import sqlite3
from datetime import UTC, date, datetime, timedelta

from ..settings import settings
from . import facts
from .limits import USUAL_DAYS


def until_of(db: sqlite3.Connection, id: str) -> str:
    """The last day that a sitter is kept, ISO 8601; empty where there is no such row."""
    row = db.execute("SELECT until FROM sitters WHERE id = ?", (id,)).fetchone()
    return row[0] if row else ""


def chosen_days(db: sqlite3.Connection) -> int | None:
    """Days that sitters are kept at most, as chosen for this vault; None if nobody chose."""
    return facts.read(db).get("retention")


def last_day(db: sqlite3.Connection) -> date:
    """The last day of a sitter who is stored today and whose consent names no day."""
    days = settings().retention_days or chosen_days(db) or USUAL_DAYS
    return datetime.now(UTC).date() + timedelta(days=days)
