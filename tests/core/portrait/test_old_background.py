"""The old background goes from a cut-out by its colours; what the sitter wears in them stays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import Face
from headshots.core.faces.regions import CHIN, LEFT_SIDE, RIGHT_SIDE
from headshots.core.generation import find_subject
from headshots.core.images import Image, Mask, blur, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.old_background import without_old_background
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segments import classify_photo, segment

pytestmark = pytest.mark.slow

SKY = (0.55, 0.72, 0.95)
NAMES = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")


class Outdoors:
    """A sitter before a sky, whose cut-out keeps the sky in the corner of neck and shoulder.

    image: sRGB (H, W, 3). own: the sitter, (H, W). matte: `own` with the corner.
    """

    def __init__(self, portrait: Portrait, side: int) -> None:
        self.face: Face = portrait.face
        subject = find_subject(portrait.image, self.face)
        self.own: Mask = subject.matte
        rows, columns = self.own.shape
        rng = np.random.default_rng(2)
        clouds = blur(rng.normal(0, 1, (rows, columns)).astype(np.float32), 0.2 * self.face.width)
        sky = np.array(SKY, np.float32) + 0.5 * clouds[..., None]
        cover = self.own[..., None]
        mixed = subject.foreground * cover + to_linear(np.clip(sky, 0, 1)) * (1 - cover)
        self.image: Image = to_srgb(np.asarray(mixed, np.float32))
        x = float(self.face.landmarks[RIGHT_SIDE if side > 0 else LEFT_SIDE, 0])
        y = float(self.face.landmarks[CHIN, 1])
        corner = np.zeros((rows, columns), np.float32)
        middle = round(x + 0.1 * side * self.face.width), round(y)
        cv2.circle(corner, middle, round(0.2 * self.face.width), (1,), -1)
        self.corner = (corner > 0) & (self.own < 0.05)
        self.matte: Mask = np.maximum(self.own, blur(corner, 0.01 * self.face.width))


def cleared(image: Image, matte: Mask, face: Face) -> Mask:
    small, plain = classify_photo(image, face)
    segments = segment(image, matte, face)
    return without_old_background(image, matte, face, segments, plain, small)


@pytest.fixture(scope="module")
def portraits(photos: Path) -> dict[str, Portrait]:
    return {name: Portrait(read_photo(photos / name, longest=700).image) for name in NAMES}


@pytest.mark.parametrize("side", [-1, 1], ids=["left", "right"])
@pytest.mark.parametrize("name", NAMES[1:])
def test_sky_in_a_corner_goes_and_the_sitter_stays(
    portraits: dict[str, Portrait], name: str, side: int
) -> None:
    outdoors = Outdoors(portraits[name], side)
    assert outdoors.corner.any()
    alone = cleared(outdoors.image, outdoors.matte, outdoors.face)
    assert alone[outdoors.corner].mean() < 0.1
    solid = cv2.erode((outdoors.own > 0.95).astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    assert np.abs(alone - outdoors.matte)[solid].max() < 0.1


@pytest.mark.parametrize("name", NAMES)
def test_a_clean_cut_out_keeps_every_pixel(portraits: dict[str, Portrait], name: str) -> None:
    portrait = portraits[name]
    matte = find_subject(portrait.image, portrait.face).matte
    alone = cleared(portrait.image, matte, portrait.face)
    assert alone is matte


def test_a_brooch_in_the_colour_of_the_sky_stays(portraits: dict[str, Portrait]) -> None:
    """Before the same sky: the segmenter knows it for what the sitter wears."""
    outdoors = Outdoors(portraits["obama.jpg"], 1)
    face = outdoors.face
    x, y = (float(each) for each in face.landmarks[CHIN, :2])
    at = round(x + 0.25 * face.width), round(y + 0.75 * face.width)
    brooch = np.zeros(outdoors.own.shape, np.float32)
    cv2.circle(brooch, at, round(0.06 * face.width), (1,), -1)
    worn = outdoors.image + (np.array(SKY, np.float32) - outdoors.image) * brooch[..., None]
    image = np.asarray(worn, np.float32)
    alone = cleared(image, outdoors.own, face)
    assert alone[brooch > 0].min() > 0.95
