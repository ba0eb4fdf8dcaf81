"""What the sitter is made of: hair, skin, clothes, on real photos."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.faces.regions import CHIN, LEFT_CHEEK, RIGHT_CHEEK
from headshots.core.images import Image, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segments import FACE, Segment, segment

ALONE = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")


@pytest.fixture(scope="module")
def portraits(photos: Path) -> dict[str, Portrait]:
    return {name: Portrait(read_photo(photos / name, longest=900).image) for name in ALONE}


@pytest.mark.parametrize("name", ALONE)
def test_each_part_is_what_it_is(portraits: dict[str, Portrait], name: str) -> None:
    portrait = portraits[name]
    shares = portrait.segments.shares
    face = portrait.face.scaled(shares.shape[1] / portrait.image.shape[1])
    assert face.width <= FACE + 1

    def at(x: float, y: float) -> Segment:
        return Segment(int(shares[round(y), round(x)].argmax()))

    width = face.width
    x, chin = face.landmarks[CHIN, :2].tolist()
    for cheek in (LEFT_CHEEK, RIGHT_CHEEK):
        assert at(*face.landmarks[list(cheek), :2].mean(axis=0)) is Segment.FACE_SKIN
    assert at(x, chin + 1.3 * width) is Segment.CLOTHES
    hair = portrait.segments.of(Segment.HAIR) > 0.5
    assert hair.sum() > 0.05 * width**2
    assert hair[round(chin) :].sum() < 0.02 * hair.sum()  # all four wear it short


def test_the_shares_add_up_and_the_matte_says_where_the_sitter_is(
    portraits: dict[str, Portrait],
) -> None:
    portrait = portraits["obama.jpg"]
    shares = portrait.segments.shares
    assert shares.dtype == np.float32 and shares.min() >= 0
    assert np.abs(shares.sum(axis=-1) - 1).max() < 1e-5
    rows, columns = shares.shape[:2]
    matte = np.clip(resize(portrait.cutout, columns, rows), 0, 1)
    assert np.abs(1 - shares[..., Segment.BACKGROUND] - matte).max() < 1e-5
    whole = portrait.segments.skin + portrait.segments.of(Segment.HAIR, Segment.CLOTHES)
    assert whole[matte > 0.9].mean() > 0.95


def test_dark_clothes_before_a_dark_wall_are_clothes(portraits: dict[str, Portrait]) -> None:
    portrait = portraits["biden.jpg"]
    matte = portrait.cutout
    dark: Image = np.asarray(0.35 * portrait.image * matte[..., None], np.float32)
    found = segment(dark, matte, portrait.face)
    rows, columns = found.strange.shape
    cover = np.clip(resize(matte, columns, rows), 0, 1)
    scale = columns / matte.shape[1]
    below = round(scale * (float(portrait.face.landmarks[CHIN, 1]) + 0.8 * portrait.face.width))
    parts = found.shares[below:][cover[below:] > 0.9].argmax(axis=-1)
    assert (parts == Segment.CLOTHES).mean() > 0.85  # the rest is hands
    assert not (parts == Segment.BACKGROUND).any()


def test_they_are_asked_for_once(portraits: dict[str, Portrait]) -> None:
    portrait = portraits["obama3.jpg"]
    assert portrait.segments is portrait.segments


def test_one_of_many_in_a_wide_picture(photos: Path) -> None:
    """Head and shoulders are looked at closely where the picture goes on far beyond them."""
    image = read_photo(photos / "obama.jpg", longest=500).image
    rows, columns = image.shape[:2]
    wide = np.full((3 * rows, 3 * columns, 3), 0.5, np.float32)
    wide[rows : 2 * rows, columns : 2 * columns] = image
    near, far = Portrait(image).segments, Portrait(wide).segments
    scale = near.shares.shape[1] / columns
    top, left = round(scale * rows), round(scale * columns)
    height, width = near.strange.shape
    part = far.shares[top : top + height, left : left + width]
    face_skin = (part[..., Segment.FACE_SKIN] > 0.5) == (near.shares[..., Segment.FACE_SKIN] > 0.5)
    hair = (part[..., Segment.HAIR] > 0.5) == (near.shares[..., Segment.HAIR] > 0.5)
    assert face_skin.mean() > 0.99 and hair.mean() > 0.98
