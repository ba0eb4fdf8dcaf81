"""Framing: a shoulder is cut by the picture's own edge or not at all."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headshots.core.framing import Framing
from headshots.core.generation import find_look
from headshots.core.generation.studio.compose.framing import frame
from headshots.core.generation.studio.plate.plate import Plate, Reach, make_plate
from headshots.core.identity.identity import Identity

LOOKS = ["studio-grey", "beauty", "square-profile", "banner"]


@pytest.fixture(scope="module")
def plate(sitter: Identity) -> Plate:
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    reach = Reach.of(find_look(name).framing for name in LOOKS)
    return make_plate(frontal, 240, reach=reach)


def ending(plate: Plate, heads: float, side: int) -> Plate:
    """`plate` as if its photo ended `heads` head heights beside the face, -1 left or 1 right."""
    columns = np.arange(plate.inside.shape[1])
    middle = float(plate.face.landmarks[:468, 0].mean())
    there = side * (columns - middle) < heads * plate.head
    return replace(plate, inside=plate.inside & there, matte=plate.matte * there)


@pytest.mark.parametrize("side", [-1, 1])
@pytest.mark.parametrize("heads", [0.9, 0.7, 0.6])
@pytest.mark.parametrize("look", LOOKS)
def test_no_shoulder_is_sawn_off(plate: Plate, look: str, heads: float, side: int) -> None:
    framing = find_look(look).framing
    short = ending(plate, heads, side)
    crop = frame(short, framing)
    there = np.flatnonzero(short.inside.any(0))
    end = there[-1] if side > 0 else there[0]
    if crop.x + 1 < end < crop.x + crop.width - 2:  # the photo ends within the picture
        rows = slice(max(0, round(crop.y)), round(crop.y + crop.height))
        sawn = short.matte[rows, end - side] > 0.5
        assert sawn.sum() <= 2, "a straight cut through the body"
    width = 320
    eyes = crop.moved(short.face.landmarks, width)[468:478, 0].mean()
    assert 0.2 * width < eyes < 0.8 * width
    assert crop.head >= 0.95 * framing.head, "never looser than the look"


@pytest.mark.parametrize("look", LOOKS)
def test_with_room_enough_the_head_sits_as_the_look_asks(plate: Plate, look: str) -> None:
    framing: Framing = find_look(look).framing
    crop = frame(plate, framing)
    assert crop.head == pytest.approx(framing.head, abs=0.002)
    eyes = crop.moved(plate.face.landmarks, 1000)[468:478, :2].mean(0)
    assert eyes[1] / (1000 / framing.aspect) == pytest.approx(framing.eyes, abs=0.03)
    assert 350 < eyes[0] < 650
