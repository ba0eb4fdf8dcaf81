"""Light and retouch go by what each place is made of, on real photos."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from headshots.core.faces.masks import hull_mask
from headshots.core.faces.regions import CHIN, FOREHEAD_TOP, LEFT_CHEEK, RIGHT_CHEEK
from headshots.core.generation.studio.light.relighting import exposure
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.identity import ColourStatistics, Identity
from headshots.core.images import Linear, Mask, blur, to_srgb
from headshots.core.portrait.materials import bare_skin
from headshots.core.portrait.segments import segment
from headshots.core.portrait.shading import Unlit, unlight
from headshots.core.portrait.traits import measure_traits

OWN = (0, 1, 2)  # the sitter's photos


@pytest.fixture(scope="module")
def plates(sitter: Identity) -> list[Plate]:
    return [make_plate(photo, 400) for photo in sitter.photos]


@pytest.fixture(scope="module")
def lit(plates: list[Plate]) -> list[Unlit]:
    return [unlight(plate.foreground, plate.shape, plate.segments) for plate in plates]


def test_segments_lie_on_the_grid_of_the_shape(plates: list[Plate]) -> None:
    for plate in plates:
        assert plate.segments.shares.shape[:2] == plate.shape.depth.shape
        assert plate.size > plate.segments.shares.nbytes


@pytest.mark.parametrize("number", OWN)
def test_shirt_and_suit_under_the_chin_are_no_skin(
    plates: list[Plate], lit: list[Unlit], number: int
) -> None:
    """By colour and place alone, up to .33 of these shirts counted as skin."""
    shape, unlit = plates[number].shape, lit[number]
    x, y = shape.landmarks[CHIN, :2]
    for across in (-0.45, 0.45):
        for down in (0.3, 0.45):
            column = round(float(x + across * shape.face_width))
            row = round(float(y + down * shape.face_width))
            assert unlit.likely_skin[row, column] < 0.06
            assert unlit.weight[row, column] < 0.7
    for cheek in (LEFT_CHEEK, RIGHT_CHEEK):
        column, row = shape.landmarks[list(cheek), :2].mean(axis=0).round().astype(int)
        assert unlit.likely_skin[row, column] > 0.95
        assert unlit.weight[row, column] > 0.95


def test_folded_hands_are_skin(sitter: Identity, plates: list[Plate], lit: list[Unlit]) -> None:
    (number,) = (place for place, photo in enumerate(sitter.photos) if photo.name == "obama.jpg")
    rows, columns = plates[number].shape.depth.shape
    hand = lit[number].likely_skin[
        round(0.77 * rows) : round(0.8 * rows), round(0.69 * columns) : round(0.73 * columns)
    ]
    assert hand.min() > 0.9


def fringe(plate: Plate) -> tuple[Linear, Mask]:
    """The foreground with the sitter's own hair over the forehead, and where it is."""
    linear = plate.foreground.copy()
    points, width = plate.face.landmarks[:, :2], plate.face.width
    x, top = points[FOREHEAD_TOP].astype(float)
    corners = np.array([[-0.45, -0.1], [0.45, -0.1], [0.42, 0.3], [-0.42, 0.34]]) * width
    cover = hull_mask(linear.shape, np.add(corners, (x, top)).astype(np.float32)).astype(np.float32)
    tall = round(0.3 * width)
    hair = linear[round(plate.crown + 0.08 * width) :][:tall, round(x - 0.3 * width) :]
    hair = np.float32(0.25) * hair[:, : round(0.6 * width)]  # dark, as it changes the light most
    size = round(width), round(0.6 * width)
    large = cv2.resize(hair, size, interpolation=cv2.INTER_LINEAR)
    left, upper = round(x - 0.5 * width), round(top - 0.2 * width)
    layer = linear.copy()
    layer[upper : upper + size[1], left : left + size[0]] = large
    soft = blur(cover, 0.01 * width)[..., None]
    return np.asarray(linear * (1 - soft) + layer * soft, np.float32), cover


def test_a_fringe_is_no_skin_to_light_and_retouch(astronaut: Identity) -> None:
    plate = make_plate(astronaut.photos[0], 400)
    linear, cover = fringe(plate)
    segments = segment(to_srgb(linear), plate.matte, plate.face)
    rows, columns = plate.shape.depth.shape
    small = cv2.resize(cover, (columns, rows), interpolation=cv2.INTER_AREA)
    inside = cv2.erode((small > 0.99).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    inside &= plate.shape.mesh > 0
    assert inside.sum() > 200
    unlit = unlight(linear, plate.shape, segments)
    assert unlit.skin[inside].mean() < 0.1
    assert unlit.likely_skin[inside].mean() < 0.2
    assert bare_skin(segments)[inside].mean() < 0.2
    # Enrolment measures the whole oval, dark hair too: held against skin alone, the photo would
    # seem too bright, and be darkened (one development sitter's by 15 L*).
    own = measure_traits(to_srgb(linear), plate.face).skin
    assert own is not None
    statistics = ColourStatistics(own, np.ones(3, np.float32))
    assert abs(float(exposure(unlit, statistics)[..., 1].mean())) < 0.03
    before = unlight(plate.foreground, plate.shape, plate.segments)
    assert before.skin[inside].mean() > 0.25, "the rest of it has hair of its own"
