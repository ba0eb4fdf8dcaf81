"""What a raw cosine means: how often pictures of different people score as high.

`make calibrate` measures the table, `calibration.toml`, on pairs of different people; the table
says on how many. It also holds the prior of the percentile (see `likeness`).
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

TABLE = Path(__file__).with_name("calibration.toml")


@dataclass(frozen=True)
class Prior:
    """What is usual between photos of one person, before any photo of the sitter counts.

    middle, spread: mean and standard deviation of ln d (see `likeness`).
    photos: how many photos of the sitter the prior is worth.
    """

    middle: float
    spread: float
    photos: float


@dataclass(frozen=True)
class FalseMatches:
    """Share of pairs of different people that reach a cosine.

    rate: 0..1; lower is a surer match.
    low, high: its 95 % interval. Where no pair reached the cosine, rate is 0 and high follows the
        rule of three, 3 / pairs (Hanley and Lippman-Hand, JAMA 249, 1983).
    pairs, people: on how many it was measured.
    """

    rate: float
    low: float
    high: float
    pairs: int
    people: int


def false_matches(cosine: float, recogniser: str) -> FalseMatches | None:
    """How often different people reach `cosine` by that recogniser; None without its table."""
    table = _tables().get(recogniser)
    if table is None:
        return None
    rows: list[list[float]] = table["rows"]
    place = bisect_right([row[0] for row in rows], cosine) - 1
    pairs, people = int(table["pairs"]), int(table["people"])
    if place < 0:
        return FalseMatches(1.0, 1.0, 1.0, pairs, people)
    _, rate, low, high = rows[place]
    return FalseMatches(rate, low, high, pairs, people)


def rates(recogniser: str) -> tuple[tuple[float, float], ...]:
    """Pairs of (cosine, share of pairs of different people that reach it), by rising cosine.

    Empty without a table.
    """
    table = _tables().get(recogniser)
    return () if table is None else tuple((row[0], row[1]) for row in table["rows"])


def prior(recogniser: str) -> Prior:
    """The prior of a recogniser's percentile: its own, or the general one without a table."""
    tables = _tables()
    return Prior(**tables.get(recogniser, tables["general"])["prior"])


@lru_cache(maxsize=1)
def _tables() -> dict[str, Any]:
    return tomllib.loads(TABLE.read_text("utf-8"))
