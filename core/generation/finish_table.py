"""The colour tables of looks, read once and held to what they may do to skin."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

from .cube import Cube, read_cube
from .skin_guard import guarded


def table_of(path: str) -> Cube:
    """The guarded table in the .cube file at `path`, read anew when it has changed.

    Raises:
        LookUnreadable: it can't be read.
    """
    try:
        stamp = Path(path).stat().st_mtime_ns
    except OSError:
        stamp = 0  # reading it says what is wrong
    return _table(path, stamp)


@lru_cache(maxsize=8)
def _table(path: str, stamp: int) -> Cube:
    return guarded(read_cube(Path(path)))
