"""Where a sitter may be dressed anew, on real photos and on drawn masks of known parts."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np
import pytest

from headshots.core.clothes.areas import Areas, areas
from headshots.core.faces import Face
from headshots.core.faces.masks import polygon_mask
from headshots.core.faces.regions import CHIN, OVAL
from headshots.core.images import Mask
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segments import Segment
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.masks import masks_of

pytestmark = pytest.mark.slow

Parts: TypeAlias = dict[Segment, Mask]


@pytest.fixture(scope="module", params=["obama.jpg", "biden.jpg", "astronaut.png"])
def known(request: pytest.FixtureRequest, photos: Path) -> tuple[Parts, Face]:
    picture = Picture("x", Portrait(read_photo(photos / request.param, longest=700).image))
    return masks_of(picture, SILENT), picture.portrait.face


def test_masks_never_reach_face_or_hair(known: tuple[Parts, Face]) -> None:
    parts, face = known
    for grow in (0.0, 0.08, 0.5):
        both = areas(parts, face, grow)
        oval = polygon_mask(both.clothes.shape, face.landmarks[list(OVAL), :2]) > 0
        chin = face.landmarks[CHIN, 1]
        head = parts[Segment.HAIR] + parts[Segment.FACE_SKIN] > 0.9
        head[round(chin) :] = False
        for mask in (both.clothes, both.neckline):
            assert mask.dtype == np.float32 and mask.min() == 0 and mask.max() == 1
            assert mask[oval].max() == 0
            assert mask[head].max() < 0.05


def test_masks_hold_the_clothes_and_room_for_a_collar(known: tuple[Parts, Face]) -> None:
    parts, face = known
    tight, wide = areas(parts, face, 0), areas(parts, face, 0.1)
    clothes = parts[Segment.CLOTHES] > 0.9
    assert wide.clothes[clothes].mean() > 0.99
    assert tight.clothes.sum() < wide.clothes.sum() < 1.5 * tight.clothes.sum()
    assert (wide.clothes >= tight.clothes - 1e-6).all()


def test_the_neckline_holds_the_clothes(known: tuple[Parts, Face]) -> None:
    both = areas(*known, 0.08)
    assert (both.neckline >= both.clothes - 1e-6).all()


def test_a_large_picture_gets_the_same_masks(known: tuple[Parts, Face]) -> None:
    parts, face = known
    times = 4
    large = {each: _large(mask, times) for each, mask in parts.items()}
    usual, enlarged = areas(parts, face, 0.08), areas(large, face.scaled(times), 0.08)
    assert enlarged.clothes.shape == large[Segment.HAIR].shape
    rows, columns = usual.clothes.shape
    for one, other in zip(_both(usual), _both(enlarged), strict=True):
        small = cv2.resize(other, (columns, rows), interpolation=cv2.INTER_AREA)
        assert np.abs(small - one).mean() < 0.01


def _both(masks: Areas) -> tuple[Mask, Mask]:
    return masks.clothes, masks.neckline


def _large(mask: Mask, times: int) -> Mask:
    return np.asarray(cv2.resize(mask, None, fx=times, fy=times), np.float32)


def _tall(face: Face) -> float:
    return float(face.landmarks[CHIN, 1] - face.landmarks[10, 1])


# --- Parts that are drawn, in a frame whose face is a real one's ---------------------------------


@pytest.fixture(scope="module")
def face(photos: Path) -> Face:
    return Portrait(read_photo(photos / "obama.jpg", longest=700).image).face


def drawn(face: Face, shape: tuple[int, int] = (900, 700)) -> tuple[Parts, float, float, float]:
    """A neck of skin, clothes from .5 heights of the face below the chin, nothing else."""
    x, chin = (float(each) for each in face.landmarks[CHIN, :2])
    tall = _tall(face)
    rows, columns = np.mgrid[: shape[0], : shape[1]]
    clothes = rows > chin + 0.5 * tall
    neck = (rows > chin) & ~clothes & (abs(columns - x) < 0.3 * tall)
    parts = {each: np.zeros(shape, np.float32) for each in Segment}
    parts[Segment.CLOTHES][clothes] = 1
    parts[Segment.BODY_SKIN][neck] = 1
    parts[Segment.BACKGROUND][~clothes & ~neck] = 1
    return parts, x, chin, tall


def put(parts: Parts, segment: Segment, x0: float, y0: float, x1: float, y1: float) -> np.ndarray:
    """A rectangle of one part; returns where its middle is."""
    where = np.zeros(parts[segment].shape, bool)
    where[round(y0) : round(y1), round(x0) : round(x1)] = True
    for mask in parts.values():
        mask[where] = 0
    parts[segment][where] = 1
    return cv2.erode(where.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0


def test_the_neckline_is_the_clothes_and_the_neck(face: Face) -> None:
    parts, x, chin, tall = drawn(face)
    both = areas(parts, face, 0.05)
    neck = round(chin + 0.25 * tall), round(x)
    assert both.neckline[neck] == 1 and both.clothes[neck] == 0
    assert both.clothes[round(chin + 0.47 * tall), round(x)] == 1  # where a collar may rise


def test_a_hand_on_the_clothes_stays_and_a_badge_goes(face: Face) -> None:
    parts, x, chin, tall = drawn(face)
    below = chin + 0.8 * tall
    hand = put(parts, Segment.BODY_SKIN, x - 0.9 * tall, below, x - 0.4 * tall, below + 0.5 * tall)
    badge = put(parts, Segment.OTHER, x + 0.2 * tall, below, x + 0.5 * tall, below + 0.3 * tall)
    both = areas(parts, face, 0.1)
    for mask in _both(both):
        assert mask[hand].max() < 0.2 and mask[badge].min() == 1


def test_a_necklace_and_shoulders_behind_hair_belong_to_the_neckline(face: Face) -> None:
    parts, x, chin, tall = drawn(face)
    top = chin + 0.2 * tall
    shoulder = put(parts, Segment.BODY_SKIN, x - 1.2 * tall, top, x - 0.6 * tall, top + 0.3 * tall)
    hair = put(parts, Segment.HAIR, x - 0.6 * tall, 0, x - 0.25 * tall, top + 0.3 * tall)
    necklace = put(parts, Segment.OTHER, x - 0.1 * tall, top, x + 0.1 * tall, top + 0.1 * tall)
    both = areas(parts, face, 0.05)
    assert both.neckline[shoulder].min() > 0.9 and both.neckline[necklace].min() == 1
    assert both.clothes[shoulder].mean() < 0.3
    assert both.clothes[hair].max() < 0.3 and both.neckline[hair].max() < 0.3


def test_dark_cloth_that_is_taken_for_hair_is_cloth(face: Face) -> None:
    parts, x, chin, tall = drawn(face)
    below = chin + 0.8 * tall
    patch = put(parts, Segment.HAIR, x - 0.3 * tall, below, x + 0.3 * tall, below + 0.3 * tall)
    assert areas(parts, face, 0.08).clothes[patch].min() == 1


def test_specks_and_a_hat_are_no_clothes(face: Face) -> None:
    parts, x, chin, tall = drawn(face)
    speck = put(
        parts,
        Segment.CLOTHES,
        x + 0.8 * tall,
        chin + 0.1 * tall,
        x + 0.85 * tall,
        chin + 0.15 * tall,
    )
    hat = put(
        parts, Segment.CLOTHES, x - 0.5 * tall, chin - 1.3 * tall, x + 0.5 * tall, chin - tall
    )
    both = areas(parts, face, 0)
    assert both.clothes[hat].max() == 0
    assert not speck.any() or both.clothes[speck].max() == 0
    assert both.clothes[round(chin + 0.12 * tall), round(x + 0.82 * tall)] == 0


def test_where_nothing_is_worn_the_mask_is_empty(face: Face) -> None:
    parts, _, _, _ = drawn(face)
    parts[Segment.CLOTHES][:] = 0
    both = areas(parts, face, 0.1)
    assert both.clothes.max() == 0 and both.neckline.max() == 1
