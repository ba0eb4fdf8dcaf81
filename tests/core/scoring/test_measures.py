"""Every measure of a scorecard says its range, its direction, its unit and its source."""

from __future__ import annotations

from math import inf, isfinite
from pathlib import Path

import pytest

from headshots.core.generation import GENERATORS, LOOKS, Request
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring.measure import KINDS, MeasureKind, take
from headshots.core.scoring.score import score

UNITS = {"": inf, "%": 100, "°": 360, "stops": inf}


@pytest.mark.parametrize(("name", "kind"), KINDS.items())
def test_a_measure_is_described_wholly(name: str, kind: MeasureKind) -> None:
    low, high = kind.ends
    assert low < high and abs(high if isfinite(high) else 0) <= UNITS[kind.unit], name
    for figure in (kind.low, kind.high, kind.best):
        assert figure is None or low <= figure <= high
    if kind.better == "neither":  # what only informs has no limits and no advice
        assert (kind.low, kind.high, kind.weight) == (None, None, 0)
        assert not kind.mend_low and not kind.mend_high
    if kind.low is not None:
        assert kind.better in ("higher", "within")
    if kind.high is not None:
        assert kind.better in ("lower", "within")
    # Whoever is told that something is wrong is told what to do.
    assert bool(kind.below) == bool(kind.mend_low) and bool(kind.above) == bool(kind.mend_high)
    assert kind.meaning.endswith(".") and len(kind.source) > 5


def test_what_is_measured_lies_within_the_range_that_is_told(
    sitter: Identity, photos: Path
) -> None:
    """On pictures of either sort: what a range is said to be, no figure leaves."""
    request = Request(sitter, (LOOKS["dramatic"], LOOKS["office"]), 2, 1, width=512)
    cards = [
        score(Portrait(made.image, made.matte), sitter, picture="", provenance=made.provenance)
        for made in GENERATORS.get("studio").generate(request)
    ]
    for name in ("obama2.jpg", "biden.jpg"):
        cards.append(
            score(Portrait(read_photo(photos / name, longest=900).image), sitter, picture=name)
        )
    told = {each.name for card in cards for each in card.measures}
    assert told > {"likeness", "eye-colour", "skin-texture", "key-ratio", "matte-holes"}
    for measure in (each for card in cards for each in card.measures):
        low, high = KINDS[measure.name].ends
        assert low - 1e-4 <= measure.value <= high + 1e-4, measure


def test_advice_that_several_share_is_written_out() -> None:
    assert all(not each.mend_low.startswith("@") for each in KINDS.values())
    assert take("sharpness", 0.1).advice == "Add a photo taken closer or with a better camera."
