"""Light patterns by name."""

from __future__ import annotations

import pytest

from headshots.core.errors import InputError, UnknownName
from headshots.core.generation.patterns import PATTERNS, find_pattern, light_of


def test_patterns_have_names_and_ratios() -> None:
    assert find_pattern("loop") is PATTERNS["loop"]
    with pytest.raises(UnknownName):
        find_pattern("lop")
    for light in PATTERNS.values():
        assert light.with_ratio(3).ratio == pytest.approx(3)
        assert light.with_ratio(light.ratio).fill == pytest.approx(light.fill)
        with pytest.raises(InputError):
            light.with_ratio(1)
    assert PATTERNS["flat"].ratio < PATTERNS["loop"].ratio < PATTERNS["split"].ratio


def test_a_ratio_is_the_lights_unless_it_is_none() -> None:
    assert light_of("loop") is PATTERNS["loop"]
    assert light_of("loop", 4.0).ratio == pytest.approx(4)
    assert light_of("loop", 1.0).ratio == pytest.approx(1.2)
