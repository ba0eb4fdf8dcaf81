"""The classic patterns of portrait lighting by name, on which looks build."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..registry import unknown
from .looks import Light

# The usual angles: loop 25..45 degrees aside and about 30 up, Rembrandt 45 and 45,
# butterfly on axis and above, split at 90, clamshell a butterfly with a reflector below.
# Azimuth, elevation, key, fill, wrap, shadow, strength.
PATTERNS: Final[Mapping[str, Light]] = {
    "flat": Light(0, 12, 0.7, 0.7, 0.7, 0.0, 1.0),
    "loop": Light(38, 32, 1.0, 0.36, 0.3, 0.7, 1.0),
    "rembrandt": Light(48, 42, 1.0, 0.17, 0.1, 0.9, 1.0),
    "butterfly": Light(0, 44, 1.0, 0.34, 0.3, 0.45, 1.0),
    "split": Light(86, 8, 1.0, 0.13, 0.12, 0.85, 1.0),
    "clamshell": Light(0, 40, 1.0, 0.3, 0.45, 0.3, 1.0, low_fill=0.4),
    "window": Light(62, 16, 1.0, 0.26, 0.55, 0.5, 1.0, falloff=0.16),
}


_LEAST_RATIO = 1.2  # below this there is no visible key light


def light_of(pattern: str, ratio: float = 0.0) -> Light:
    """The light of a pattern with a key ratio; 0: its own, and less than 1.2 counts as 1.2.

    Raises:
        UnknownName: there is no such pattern.
    """
    light = find_pattern(pattern)
    return light.with_ratio(max(ratio, _LEAST_RATIO)) if ratio else light


def find_pattern(name: str) -> Light:
    """The pattern called `name`.

    Raises:
        UnknownName: there is none.
    """
    if name not in PATTERNS:
        raise unknown("light pattern", name, tuple(PATTERNS))
    return PATTERNS[name]
