"""What is beside the sitter goes from the cut-out; what they wear stays."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import Face
from headshots.core.faces.regions import CHIN, FOREHEAD_TOP, LEFT_SIDE, RIGHT_SIDE
from headshots.core.generation import find_subject
from headshots.core.images import Image, Mask, blur, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.portrait.leftovers import without_leftovers
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.segments import classify_photo, segment

pytestmark = pytest.mark.slow

ALONE = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")
GREEN = np.array([0.1, 0.6, 0.2], np.float32)
PAPER, BRICK = (0.85, 0.83, 0.8), (0.55, 0.2, 0.18)


@pytest.fixture(scope="module")
def portraits(photos: Path) -> dict[str, Portrait]:
    return {name: Portrait(read_photo(photos / name, longest=700).image) for name in ALONE}


class Planted:
    """A photo with a poster behind the sitter's head, on one side, and a golden earring before it.

    image: sRGB (H, W, 3). own: (H, W), the sitter with the earring. matte: the same with the
    poster, as MODNet keeps posters in photos of the people that this was made for. earring: (H, W).
    """

    def __init__(self, portrait: Portrait, side: int, colour: tuple[float, float, float]) -> None:
        self.face: Face = portrait.face
        subject = find_subject(portrait.image, self.face)
        rows, columns = subject.matte.shape
        width, points = self.face.width, self.face.landmarks
        x = float(points[RIGHT_SIDE if side > 0 else LEFT_SIDE, 0])
        top, chin = float(points[FOREHEAD_TOP, 1]), float(points[CHIN, 1])
        left, right = sorted((round(x - 0.1 * side * width), round(x + 0.45 * side * width)))
        part = slice(max(0, round(top - 0.2 * width)), round(chin - 0.15 * width))
        across = slice(max(0, left), right)
        wall = np.full((rows, columns, 3), 0.62, np.float32)
        wall[part, across] = colour
        rng = np.random.default_rng(1)
        patch = wall[part, across]
        for _ in range(5):
            centre = rng.integers(0, patch.shape[1]), rng.integers(0, patch.shape[0])
            middle = int(centre[0]), int(centre[1])
            cv2.circle(patch, middle, round(0.08 * width), rng.uniform(0, 1, 3).tolist(), -1)
        poster = np.zeros((rows, columns), np.float32)
        poster[part, across] = 1
        before = to_linear(blur(wall, 0.012 * width))
        cover = subject.matte[..., None]
        mixed = subject.foreground * cover + before * (1 - cover)
        image = to_srgb(np.asarray(mixed, np.float32))
        self.earring = np.zeros((rows, columns), np.float32)
        ear = round(x + 0.05 * side * width), round(top + 0.62 * (chin - top) + 0.1 * width)
        size = round(0.03 * width), round(0.13 * width)
        cv2.ellipse(self.earring, ear, size, 0, 0, 360, (1,), -1)
        self.earring = blur(self.earring, 0.004 * width)
        gold = np.array([0.95, 0.75, 0.1], np.float32)
        golden = image + (gold - image) * self.earring[..., None]
        self.image: Image = np.asarray(golden, np.float32)
        self.own: Mask = np.maximum(subject.matte, self.earring)
        self.matte: Mask = np.maximum(self.own, blur(poster, 0.01 * width))


@pytest.mark.parametrize("colour", [PAPER, BRICK], ids=["paper", "brick"])
@pytest.mark.parametrize("side", [-1, 1], ids=["left", "right"])
@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_a_poster_beside_the_hair_goes_and_an_earring_stays(
    portraits: dict[str, Portrait], name: str, side: int, colour: tuple[float, float, float]
) -> None:
    planted = Planted(portraits[name], side, colour)
    segments = segment(planted.image, planted.matte, planted.face)
    kept = without_leftovers(
        planted.image,
        planted.matte,
        planted.face,
        segments,
        classify_photo(planted.image, planted.face),
    )
    beside = planted.own < 0.02
    assert kept[beside].sum() < 0.12 * planted.matte[beside].sum()
    lost = np.maximum(planted.own - kept, 0).sum()
    assert lost < 0.025 * planted.face.width**2
    earring = planted.earring > 0.5
    assert kept[earring].mean() > 0.85


@pytest.mark.parametrize("name", ALONE)
def test_a_sitter_alone_keeps_every_pixel(portraits: dict[str, Portrait], name: str) -> None:
    """A held helmet and crossed arms too: what is half known stays whole."""
    portrait = portraits[name]
    matte = portrait.cutout
    plain = classify_photo(portrait.image, portrait.face)
    segments = portrait.segments
    assert without_leftovers(portrait.image, matte, portrait.face, segments, plain) is matte


def test_dark_clothes_before_a_dark_wall_stay(portraits: dict[str, Portrait]) -> None:
    portrait = portraits["biden.jpg"]
    matte = portrait.cutout
    dark: Image = np.asarray(0.35 * portrait.image * matte[..., None] + 0.01, np.float32)
    segments = segment(dark, matte, portrait.face)
    plain = classify_photo(dark, portrait.face)
    assert without_leftovers(dark, matte, portrait.face, segments, plain) is matte


@pytest.mark.parametrize("name", ["obama.jpg", "biden.jpg"])
def test_a_wire_that_reaches_far_out_goes(portraits: dict[str, Portrait], name: str) -> None:
    """Of a fence behind the sitter, in the cut-out as far as half a face's width."""
    portrait = portraits[name]
    subject = find_subject(portrait.image, portrait.face)
    width, points = portrait.face.width, portrait.face.landmarks
    wire = np.zeros(subject.matte.shape, np.float32)
    x, y = (float(each) for each in points[FOREHEAD_TOP, :2])
    ends = (x + 0.35 * width, y + 0.05 * width), (x + 0.95 * width, y - 0.3 * width)
    line = np.round(ends).astype(np.int32)
    cv2.polylines(wire, [line], False, 1.0, max(2, round(0.035 * width)), cv2.LINE_AA)
    wire *= 1 - subject.matte
    image = np.asarray(portrait.image + wire[..., None] * (GREEN - portrait.image), np.float32)
    matte = np.maximum(subject.matte, wire)
    plain = classify_photo(image, portrait.face)
    segments = segment(image, matte, portrait.face)
    kept = without_leftovers(image, matte, portrait.face, segments, plain)
    assert kept[wire > 0.5].mean() < 0.3
    assert np.maximum(subject.matte - kept, 0).sum() < 0.01 * width**2
