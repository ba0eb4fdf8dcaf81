"""Checks that the system clock is plausible before expired sitters are erased.

The vault stores the last day on which it was opened, and its log says when it was used since. A
clock that is far from that is more often wrong (an empty battery, a mistyped year) than right.
"""

from __future__ import annotations

import sqlite3
from datetime import date, timedelta

from ..errors import ClockDoubtful
from . import facts

# Twice the usual retention time. After so long most stored sitters have expired, so a wrong clock
# would erase them all. A vault that is unused for longer is rare, and one command confirms it.
FARTHEST = timedelta(days=60)
_ZONES = timedelta(days=1)  # the most that two correct clocks differ, by their time zones


def last_day(db: sqlite3.Connection) -> date | None:
    """The last day on which the vault is known to have been used; None for a new one.

    Log entries that leap far ahead were written with a doubtful clock, and don't count.
    """
    noted = facts.read(db).get("day")
    day = date.fromisoformat(noted) if noted else None
    query = "SELECT DISTINCT substr(at, 1, 10) AS day FROM audit WHERE day > ? ORDER BY day"
    for (text,) in db.execute(query, (day.isoformat() if day else "",)):
        try:
            each = date.fromisoformat(text)
        except ValueError:  # altered; reading the log reports it
            continue
        if day is None or each - day <= FARTHEST:
            day = each
    return day


def doubt(db: sqlite3.Connection, today: date) -> ClockDoubtful | None:
    """Why `today` is doubtful; None where it isn't."""
    last = last_day(db)
    if last is None or -_ZONES <= today - last <= FARTHEST:
        return None
    days = abs((today - last).days)
    what = "after" if today > last else "before"
    return ClockDoubtful(
        f"The clock says {today}, {days} days {what} the vault was last used ({last}), so nobody "
        "whose last day is over was forgotten",
        "Set the clock right; if it is right, run `headshots retention --sweep`.",
    )


def note(db: sqlite3.Connection, today: date) -> None:
    """Store that the vault was used on that day."""
    facts.write(db, day=today.isoformat())


def to_note(db: sqlite3.Connection, today: date, *, sure: bool) -> bool:
    """Whether that day is to be stored: if it is new, and not before the last use unless `sure`."""
    stored, last = facts.read(db), last_day(db)
    if not stored or stored.get("day") == today.isoformat():
        return False
    return sure or last is None or today >= last
