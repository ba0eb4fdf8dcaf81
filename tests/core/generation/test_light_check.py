"""The check of the light: known light comes back, and what contradicts the asked is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import InputError, UnknownName, WeightsCorrupt
from headshots.core.faces import ANALYSERS
from headshots.core.faces.regions import NOSE_TIP
from headshots.core.generation import Origin
from headshots.core.generation.asked_light import AskedLight
from headshots.core.generation.looks import Light
from headshots.core.generation.patterns import PATTERNS, find_pattern
from headshots.core.generation.studio import canonical, lighting
from headshots.core.generation.studio.canonical import average_face
from headshots.core.generation.studio.catchlights import (
    catchlight,
    expected_catchlight,
    large_enough,
    mirrored_azimuth,
    move_catchlights,
)
from headshots.core.generation.studio.light_check import Measured, compare, measure_light
from headshots.core.generation.studio.plate import Plate, make_plate
from headshots.core.generation.studio.shading import shade
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, Image, resize, to_linear, to_srgb
from headshots.core.photos import read_photo

DIRECTED = [name for name, light in PATTERNS.items() if light.ratio > 2.5]


@pytest.fixture(scope="module")
def plates(sitter: Identity, astronaut: Identity) -> list[Plate]:
    return [make_plate(identity.photos[0], 400) for identity in (sitter, astronaut)]


def over_grey(plate: Plate, linear: Float) -> Image:
    matte = plate.matte[..., None]
    return to_srgb(np.asarray(linear * matte + np.float32(0.2) * (1 - matte), np.float32))


def rendered(plate: Plate, light: Light) -> Image:
    """The sitter's shape in even grey under a light that is known."""
    total = np.add(*shade(plate.shape, light)) * np.float32(0.35)
    rows, columns = plate.matte.shape
    return over_grey(plate, np.repeat(resize(total, columns, rows)[..., None], 3, 2))


def contradictions(light: Light, side: float, measured: Measured) -> set[str]:
    asked = AskedLight.of(replace(light, azimuth=side * light.azimuth))
    return {each.name for each in compare(asked, measured) if not each.passed}


def test_the_average_face_is_a_face_that_looks_at_the_camera() -> None:
    points, normals = average_face()
    assert points.shape == normals.shape == (468, 3)
    assert np.allclose(np.linalg.norm(normals, axis=1), 1)
    assert points[:, 2].argmax() in (NOSE_TIP, 4)
    assert 13 < np.ptp(points[:, 0]) < 17, "centimetres"
    assert normals[50, 0] < 0 < normals[280, 0], "the cheeks look outwards"
    assert (normals[:, 2] > 0).mean() > 0.9


def test_a_broken_model_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(canonical, "weight_path", lambda name: Path(__file__))
    average_face.cache_clear()
    try:
        with pytest.raises(WeightsCorrupt):
            average_face()
    finally:
        average_face.cache_clear()


@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("name", DIRECTED)
def test_known_light_comes_back(plates: list[Plate], name: str, side: float) -> None:
    light = PATTERNS[name]
    for plate in plates:
        measured = measure_light(
            rendered(plate, replace(light, azimuth=side * light.azimuth)), plate.face
        )
        assert abs(side * measured.azimuth - light.azimuth) < 15
        assert abs(measured.elevation - light.elevation) < 23
        assert abs(np.log2(measured.ratio / light.ratio)) < 0.9
        assert measured.confidence > 0.5


@pytest.mark.parametrize("name", list(PATTERNS))
def test_the_asked_light_is_found_in_the_finished_picture(plates: list[Plate], name: str) -> None:
    for plate in plates:
        unlit = lighting.unlight(plate.foreground, plate.shape)
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
    right = Measured(loop.azimuth, loop.elevation, loop.ratio, 0.9, loop.azimuth - 10)
    assert not contradictions(loop, 1.0, right)
    assert contradictions(loop, 1.0, replace(right, catchlight=-loop.azimuth)) == {"catchlight"}
    assert not contradictions(loop, 1.0, replace(right, catchlight=None))
    told = compare(AskedLight.of(loop), replace(right, catchlight=None))
    assert [each.name for each in told] == ["azimuth", "elevation", "ratio"]


def test_a_light_of_half_strength_is_held_to_less() -> None:
    loop = PATTERNS["loop"]
    off = Measured(loop.azimuth + 28, loop.elevation, loop.ratio, 0.9, None)
    assert contradictions(loop, 1.0, off) == {"azimuth"}
    assert not contradictions(replace(loop, strength=0.5), 1.0, off)


def test_a_flat_light_has_no_direction() -> None:
    told = compare(AskedLight.of(PATTERNS["flat"]), Measured(80, -10, 1.5, 0.3, -60))
    assert [each.name for each in told] == ["ratio"]


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


def test_a_mirror_shows_the_light_half_way() -> None:
    assert expected_catchlight(0, 0) == pytest.approx((0, 0))
    x, y = expected_catchlight(40, 0)
    assert x == pytest.approx(np.sin(np.radians(20)) * 7.8 / 5.85) and y == pytest.approx(0)
    assert expected_catchlight(-40, 30)[0] < 0 < expected_catchlight(-40, 30)[1]
    assert mirrored_azimuth(x) == pytest.approx(40)


def plate_of(identity: Identity, name: str) -> Plate:
    return make_plate(next(each for each in identity.photos if each.name == name), 400)


def test_reflections_move_to_where_the_key_is(sitter: Identity) -> None:
    plate = plate_of(sitter, "obama3.jpg")  # one lamp, in the middle above
    before = catchlight(to_srgb(plate.foreground), plate.face)
    assert before is not None
    for side in (-1, 1):
        moved = move_catchlights(plate.foreground, plate.face.landmarks, side * 50, 30, 4)
        after = catchlight(to_srgb(moved), plate.face)
        assert after is not None and side * after[0] > 0.3
        assert 0 < (moved != plate.foreground).any(2).mean() < 0.01, "nothing but the eyes changes"
        assert moved.min() >= 0 and np.isfinite(moved).all()


def test_reflections_that_fit_the_key_stay(plates: list[Plate]) -> None:
    for plate in plates:
        picture = plate.foreground
        place = catchlight(to_srgb(picture), plate.face)
        if place is None:
            continue
        near = min(
            ((a, e) for a in range(-60, 61, 10) for e in range(-20, 61, 10)),
            key=lambda at: np.hypot(*np.subtract(expected_catchlight(*at), place)),
        )
        assert move_catchlights(picture, plate.face.landmarks, *near, 1) is picture


def test_eyes_too_small_to_tell_are_left_alone(plates: list[Plate]) -> None:
    plate = plates[0]
    small = plate.face.scaled(0.2)
    height, width = (round(0.2 * side) for side in plate.matte.shape)
    picture = resize(plate.foreground, width, height)
    assert large_enough(plate.face) and not large_enough(small)
    assert catchlight(to_srgb(picture), small) is None
    assert move_catchlights(picture, small.landmarks, 60, 30, 4) is picture


def test_of_two_lamps_the_one_on_the_keys_side_stays(sitter: Identity) -> None:
    plate = plate_of(sitter, "obama.jpg")  # a lamp on either side
    before = catchlight(to_srgb(plate.foreground), plate.face)
    assert before is not None and abs(before[0]) < 0.4
    for side in (-1, 1):
        moved = move_catchlights(plate.foreground, plate.face.landmarks, side * 40, 20, 6)
        after = catchlight(to_srgb(moved), plate.face)
        assert after is not None and side * after[0] > 0.3
        assert (moved <= plate.foreground + 1e-6).all(), "nothing is made, only dimmed"
    picture = plate.foreground
    flanked = move_catchlights(picture, plate.face.landmarks, 0, 40, 3)
    assert flanked is picture, "lamps on both sides suit a key between them"


def test_eyes_that_mirror_nothing_get_no_reflections(photos: Path) -> None:
    image = read_photo(photos / "biden.jpg").image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    assert large_enough(face) and catchlight(image, face) is None
    linear = to_linear(image)
    assert move_catchlights(linear, face.landmarks, 60, 30, 6) is linear


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
