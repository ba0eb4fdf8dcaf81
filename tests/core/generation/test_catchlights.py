"""Reflections in the eyes are found, and moved to where the key would be mirrored."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.generation.studio.light.catchlights import move_catchlights
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.identity import Identity
from headshots.core.images import resize, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.catchlights import catchlight, expected_catchlight, large_enough

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def plates(sitter: Identity, astronaut: Identity) -> list[Plate]:
    return [make_plate(identity.photos[0], 400) for identity in (sitter, astronaut)]


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
