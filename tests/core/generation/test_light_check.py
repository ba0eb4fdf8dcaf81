"""The check of the light: known light comes back, and what contradicts the asked is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import InputError, UnknownName, WeightsCorrupt
from headshots.core.faces import ANALYSERS
from headshots.core.faces.regions import NOSE_TIP
from headshots.core.generation.looks import Light
from headshots.core.generation.patterns import PATTERNS, find_pattern
from headshots.core.generation.studio import canonical, lighting
from headshots.core.generation.studio.canonical import average_face
from headshots.core.generation.studio.catchlights import (
    catchlight,
    expected_catchlight,
    move_catchlights,
)
from headshots.core.generation.studio.light_check import Measured, check, measure_light
from headshots.core.generation.studio.plate import Plate, make_plate
from headshots.core.generation.studio.shading import shade
from headshots.core.identity.identity import Identity
from headshots.core.images import Float, Image, resize, to_srgb

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
        wrong = check(PATTERNS[name], side, measure_light(image, face))
        assert not [finding for finding in wrong if finding.name != "catchlight"], wrong


def test_another_light_than_the_asked_is_found(plates: list[Plate]) -> None:
    plate = plates[0]
    measured = measure_light(rendered(plate, PATTERNS["split"]), plate.face)
    assert not check(PATTERNS["split"], 1.0, measured)
    names = {finding.name for finding in check(PATTERNS["split"], -1.0, measured)}
    assert "azimuth" in names, "the key on the wrong side"
    assert {finding.name for finding in check(PATTERNS["loop"], 1.0, measured)} >= {
        "azimuth",
        "ratio",
    }
    flat = measure_light(rendered(plate, PATTERNS["flat"]), plate.face)
    assert "ratio" in {finding.name for finding in check(PATTERNS["rembrandt"], 1.0, flat)}


def test_catchlights_on_the_wrong_side_are_found() -> None:
    loop = PATTERNS["loop"]
    x, y = expected_catchlight(loop.azimuth, loop.elevation)
    right = Measured(loop.azimuth, loop.elevation, loop.ratio, 0.9, (x, y))
    assert not check(loop, 1.0, right)
    wrong = check(loop, 1.0, replace(right, catchlight=(-x, y)))
    assert [finding.name for finding in wrong] == ["catchlight"]
    assert not check(loop, 1.0, replace(right, catchlight=None))


def test_a_mirror_shows_the_light_half_way() -> None:
    assert expected_catchlight(0, 0) == pytest.approx((0, 0))
    x, y = expected_catchlight(40, 0)
    assert x == pytest.approx(np.sin(np.radians(20)) * 7.8 / 5.85) and y == pytest.approx(0)
    assert expected_catchlight(-40, 30)[0] < 0 < expected_catchlight(-40, 30)[1]


def test_reflections_move_to_where_the_key_is(plates: list[Plate]) -> None:
    plate = plates[1]  # the astronaut: clear reflections in both eyes
    before = catchlight(to_srgb(plate.foreground), plate.face)
    assert before is not None
    side = -np.sign(before[0])
    moved = move_catchlights(plate.foreground, plate.face.landmarks, side * 50, 30)
    after = catchlight(to_srgb(moved), plate.face)
    assert after is not None and np.sign(after[0]) == side
    assert 0 < (moved != plate.foreground).any(2).mean() < 0.01, "nothing but the eyes changes"
    assert moved.min() >= 0 and np.isfinite(moved).all()


def test_reflections_that_fit_the_key_stay(plates: list[Plate]) -> None:
    for plate in plates:
        place = catchlight(to_srgb(plate.foreground), plate.face)
        if place is None:
            continue
        near = min(
            ((a, e) for a in range(-60, 61, 10) for e in range(-20, 61, 10)),
            key=lambda at: np.hypot(*np.subtract(expected_catchlight(*at), place)),
        )
        assert move_catchlights(plate.foreground, plate.face.landmarks, *near) is plate.foreground


def test_eyes_too_small_to_tell_are_left_alone(plates: list[Plate]) -> None:
    plate = plates[0]
    small = plate.face.scaled(0.2)
    height, width = (round(0.2 * side) for side in plate.matte.shape)
    picture = resize(plate.foreground, width, height)
    assert catchlight(to_srgb(picture), small) is None
    assert move_catchlights(picture, small.landmarks, 60, 30) is picture


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
