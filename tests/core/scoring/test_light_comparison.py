"""What contradicts the light that was asked for is found."""

from __future__ import annotations

from dataclasses import replace

import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.generation.looks import Light
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.light import relighting as lighting
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.identity import Identity
from headshots.core.images import resize
from headshots.core.portrait.light import MeasuredLight, measure_light
from headshots.core.portrait.shading import unlight
from headshots.core.scoring.measures.light import compare

from ...lit_plates import over_grey, rendered

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plates(sitter: Identity, astronaut: Identity) -> list[Plate]:
    return [make_plate(identity.photos[0], 400) for identity in (sitter, astronaut)]


def contradictions(light: Light, side: float, measured: MeasuredLight) -> set[str]:
    asked = replace(light, azimuth=side * light.azimuth).record()
    return {each.name for each in compare(asked, measured) if not each.passed}


@pytest.mark.parametrize("name", list(PATTERNS))
def test_the_asked_light_is_found_in_the_finished_picture(plates: list[Plate], name: str) -> None:
    for plate in plates:
        unlit = unlight(plate.foreground, plate.shape, plate.segments)
        side = 1.0 if unlit.lit_right else -1.0
        light = replace(PATTERNS[name], azimuth=side * PATTERNS[name].azimuth)
        rows, columns = plate.matte.shape
        gain = resize(lighting.relight(unlit, plate.shape, light), columns, rows)
        image = over_grey(plate, lighting.expose(plate.foreground, gain))
        (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
        wrong = contradictions(PATTERNS[name], side, measure_light(image, face))
        assert wrong <= {"catchlight"}, wrong


def test_another_light_than_the_asked_is_found(plates: list[Plate]) -> None:
    plate = plates[0]
    measured = measure_light(rendered(plate, PATTERNS["split"]), plate.face)
    assert not contradictions(PATTERNS["split"], 1.0, measured)
    wrong_side = contradictions(PATTERNS["split"], -1.0, measured)
    assert "azimuth" in wrong_side, "the key on the wrong side"
    assert contradictions(PATTERNS["loop"], 1.0, measured) >= {"azimuth", "ratio"}
    flat = measure_light(rendered(plate, PATTERNS["flat"]), plate.face)
    assert "ratio" in contradictions(PATTERNS["rembrandt"], 1.0, flat)


def test_catchlights_on_the_wrong_side_are_found() -> None:
    loop = PATTERNS["loop"]
    right = MeasuredLight(loop.azimuth, loop.elevation, loop.ratio, 0.9, loop.azimuth - 10)
    assert not contradictions(loop, 1.0, right)
    assert contradictions(loop, 1.0, replace(right, catchlight=-loop.azimuth)) == {"catchlight"}
    assert not contradictions(loop, 1.0, replace(right, catchlight=None))
    told = compare(loop.record(), replace(right, catchlight=None))
    assert [each.name for each in told] == ["azimuth", "elevation", "ratio"]


def test_a_light_of_half_strength_is_held_to_less() -> None:
    loop = PATTERNS["loop"]
    off = MeasuredLight(loop.azimuth + 28, loop.elevation, loop.ratio, 0.9, None)
    assert contradictions(loop, 1.0, off) == {"azimuth"}
    assert not contradictions(replace(loop, strength=0.5), 1.0, off)


def test_a_flat_light_has_no_direction() -> None:
    told = compare(PATTERNS["flat"].record(), MeasuredLight(80, -10, 1.5, 0.3, -60))
    assert [each.name for each in told] == ["ratio"]


def test_a_light_is_recorded_with_what_can_be_measured_again() -> None:
    record = PATTERNS["loop"].record("loop")
    assert (record.azimuth, record.pattern) == (38, "loop")
    assert record.ratio == round(PATTERNS["loop"].ratio, 2)
    assert replace(PATTERNS["loop"], fill=0.0).record().ratio == 100
