"""Bars around real photos are found as JPEG leaves them, and plain walls are not taken for bars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.framing.photo_extent import photo_extent
from headshots.core.images import Box, Image
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.portrait.modnet import modnet

BARS = ((0, 0, 90, 90), (60, 60, 0, 0), (40, 40, 40, 40), (0, 25, 0, 0), (3, 3, 3, 3))


def _with_bars(image: Image, bars: tuple[int, int, int, int], level: float) -> Image:
    top, bottom, left, right = bars
    padded = np.pad(image, ((top, bottom), (left, right), (0, 0)), constant_values=level)
    return read_photo(encode(padded.astype(np.float32), "jpeg", quality=85)).image


def _reduced(photos: Path, name: str) -> Image:
    return read_photo(photos / name, longest=900).image


# The suit at the photo's lower edge runs into a black bar: where it ends nobody can tell.
@pytest.mark.parametrize(
    ("bars", "level"), [*((bars, level) for bars in BARS for level in (0.5, 1.0)), (BARS[0], 0.0)]
)
def test_bars_end_where_the_photo_begins(
    photos: Path, bars: tuple[int, int, int, int], level: float
) -> None:
    image = _reduced(photos, "biden.jpg")
    rows, columns = image.shape[:2]
    top, _, left, _ = bars
    extent = photo_extent(_with_bars(image, bars, level))
    for side, true in (
        (extent.x0 - left, 0),
        (extent.y0 - top, 0),
        (left + columns - extent.x1, 0),
        (top + rows - extent.y1, 0),
    ):
        assert true <= side <= 9


@pytest.mark.parametrize("name", ["astronaut.png", "obama.jpg", "obama2.jpg", "group1.jpg"])
def test_a_photo_without_bars_is_all_photo(photos: Path, name: str) -> None:
    image = _reduced(photos, name)
    assert photo_extent(image) == Box(0, 0, image.shape[1], image.shape[0])


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg", "astronaut.png"])
def test_a_plain_wall_is_no_bar(photos: Path, name: str) -> None:
    image = _reduced(photos, name)
    matte = modnet(image)[..., None]
    before_white = np.asarray(image * matte + (1 - matte), np.float32)
    image = read_photo(encode(before_white, "jpeg")).image
    assert photo_extent(image) == Box(0, 0, image.shape[1], image.shape[0])
