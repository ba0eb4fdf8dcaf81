"""The light that was asked for, as an origin carries it."""

from __future__ import annotations

from dataclasses import replace

from headshots.core.generation import AskedLight, Origin
from headshots.core.generation.patterns import PATTERNS


def test_an_origin_tells_the_light_that_was_asked() -> None:
    asked = AskedLight.of(PATTERNS["loop"])
    origin = Origin("studio", "any", "a.jpg", 1, "compositeSynthetic", asked.settings)
    told = AskedLight.told(origin)
    assert told is not None and told.azimuth == 38 and told.ratio == round(asked.ratio, 2)
    assert AskedLight.told(None) is None
    assert AskedLight.told(replace(origin, settings={"key-azimuth": 38.0})) is None
    odd = {**asked.settings, "key-ratio": "much"}
    assert AskedLight.told(replace(origin, settings=odd)) is None
    assert AskedLight.of(replace(PATTERNS["loop"], fill=0.0)).ratio == 100
