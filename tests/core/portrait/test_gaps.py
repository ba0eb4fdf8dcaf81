"""Bites out of the sitter and pinholes in hair are closed; what is no fault stays as it is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import Face
from headshots.core.faces.regions import CHIN, FOREHEAD_TOP
from headshots.core.generation import find_subject
from headshots.core.images import Image, Mask, blur
from headshots.core.photos import read_photo
from headshots.core.portrait.gaps import without_bites, without_pinholes
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segments import classify_photo, segment

pytestmark = pytest.mark.slow

NAMES = ("astronaut.png", "obama.jpg", "biden.jpg")


class Cut:
    """A sitter and the matte that the studio cuts them out by."""

    def __init__(self, image: Image) -> None:
        portrait = Portrait(image)
        self.image = image
        self.face: Face = portrait.face
        self.matte: Mask = find_subject(image, self.face).matte

    def without(self, x: float, y: float, radius: float) -> Mask:
        """The matte without a disc; places and radius in pixels."""
        hole = np.zeros(self.matte.shape, np.float32)
        cv2.circle(hole, (round(x), round(y)), round(radius), (1,), -1)
        return np.asarray(self.matte * (1 - blur(hole, 1.0)), np.float32)


@pytest.fixture(scope="module")
def sitters(photos: Path) -> dict[str, Cut]:
    return {name: Cut(read_photo(photos / name, longest=700).image) for name in NAMES}


@pytest.mark.parametrize("name", NAMES)
def test_a_bite_out_of_the_clothes_comes_back(sitters: dict[str, Cut], name: str) -> None:
    cut = sitters[name]
    width = cut.face.width
    x, y = cut.face.landmarks[CHIN, :2]
    row = min(round(float(y) + 0.75 * width), cut.matte.shape[0] - round(0.2 * width))
    edge = int(np.flatnonzero(cut.matte[row] > 0.5)[0])
    bitten = cut.without(edge + 0.22 * width, row, 0.14 * width)
    restored = without_bites(bitten, cut.face, classify_photo(cut.image, cut.face))
    lost = cut.matte - bitten
    still = np.clip(cut.matte - restored, 0, None)
    assert float(still.sum()) < 0.2 * float(lost.sum())
    assert float(np.clip(restored - cut.matte, 0, None).sum()) < 0.1 * float(lost.sum())
    assert x > edge


@pytest.mark.parametrize("name", NAMES)
def test_a_whole_cut_out_is_left_alone(sitters: dict[str, Cut], name: str) -> None:
    cut = sitters[name]
    plain = classify_photo(cut.image, cut.face)
    assert float(np.abs(without_bites(cut.matte, cut.face, plain) - cut.matte).mean()) < 1e-3


@pytest.mark.parametrize("name", ("astronaut.png", "obama.jpg"))
def test_a_pinhole_in_the_hair_is_closed_with_hair(sitters: dict[str, Cut], name: str) -> None:
    cut = sitters[name]
    width = cut.face.width
    x, top = (float(v) for v in cut.face.landmarks[FOREHEAD_TOP, :2])
    y = top - 0.12 * width
    spot = cut.without(x, y, 0.03 * width)
    image = cut.image.copy()
    torn = spot < 0.9 * cut.matte
    image[torn] = (0.2, 0.9, 0.3)
    parts = segment(image, spot, cut.face)
    closed, matte = without_pinholes(image, spot, cut.face, parts)
    assert float((cut.matte - matte)[torn].mean()) < 0.05
    grown = cv2.dilate(torn.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    around = grown & ~torn
    greenness = closed[..., 1] - closed[..., 0]
    usual = float(np.median(greenness[around]))
    assert float(np.abs(greenness[torn] - usual).mean()) < 0.1
    assert float((closed[~grown] != image[~grown]).mean()) < 0.002


def test_large_gaps_and_those_at_the_rim_stay(sitters: dict[str, Cut]) -> None:
    cut = sitters["obama.jpg"]
    width = cut.face.width
    x, y = (float(v) for v in cut.face.landmarks[CHIN, :2])
    arm = cut.without(x, y + 0.9 * width, 0.12 * width)
    parts = segment(cut.image, arm, cut.face)
    gap = cut.matte - arm > 0.5
    assert float(without_pinholes(cut.image, arm, cut.face, parts)[1][gap].max()) < 0.5
    row = round(y + 0.6 * width)
    edge = int(np.flatnonzero(cut.matte[row] > 0.5)[0])
    rim = cut.without(edge + 0.05 * width, row, 0.02 * width)
    parts = segment(cut.image, rim, cut.face)
    assert without_pinholes(cut.image, rim, cut.face, parts)[1] is rim


def test_a_gap_at_the_lower_edge_of_a_narrow_picture(sitters: dict[str, Cut]) -> None:
    """Both sides of the small copy are rounded, so its rows may end before the picture's."""
    cut = sitters["obama.jpg"]
    x = int(cut.face.landmarks[CHIN, 0])
    for columns in range(x + 40, x + 50):
        image, matte = (np.ascontiguousarray(each[:, :columns]) for each in (cut.image, cut.matte))
        matte[-2, x] = 0
        parts = segment(image, matte, cut.face)
        assert without_pinholes(image, matte, cut.face, parts)[1].shape == matte.shape
