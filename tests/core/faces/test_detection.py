"""Every face is found and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.faces.composed import ComposedAnalyser
from headshots.core.faces.detection import SAME_FACE, Detection, Detector, merged
from headshots.core.faces.mesh import Mesher
from headshots.core.images import Box, Image
from headshots.core.photos import read_photo


@pytest.mark.parametrize(
    ("photo", "count"),
    [
        ("astronaut.png", 1),
        ("obama.jpg", 1),
        ("obama2.jpg", 1),
        ("obama3.jpg", 1),
        ("biden.jpg", 1),
        ("obama_partial_face.jpg", 1),
        ("obama_partial_face2.jpg", 1),
        ("group1.jpg", 3),
        ("group2.jpg", 2),  # the third is in profile, which the mesh can't measure
        ("group3.jpg", 3),
        ("group4.jpg", 4),
        ("group5.jpg", 5),
        ("group6.jpg", 4),
    ],
)
def test_counts(photos: Path, photo: str, count: int) -> None:
    image = read_photo(photos / photo).image
    assert len(ANALYSERS.get("embedded").analyse(image, embed=False)) == count


def test_face_far_away_in_an_elongated_picture(photos: Path) -> None:
    portrait = read_photo(photos / "obama.jpg").image
    small = cv2.resize(portrait, (150, 187), interpolation=cv2.INTER_AREA)
    wide = np.full((400, 3000, 3), 0.4, np.float32)
    wide[200:387, 2300:2450] = small
    (face,) = ANALYSERS.get("embedded").analyse(wide, embed=False)
    assert 2300 < face.box.x0 < face.box.x1 < 2450
    assert 200 < face.box.y0 < face.box.y1 < 387


@pytest.mark.parametrize("size", [64, 240, 1600])
def test_same_place_at_any_size(photos: Path, size: int) -> None:
    portrait = _square(read_photo(photos / "obama.jpg").image)
    face = max(Detector().detect(portrait), key=lambda each: each.confidence)
    resized = cv2.resize(portrait, (size, size), interpolation=cv2.INTER_AREA)
    again = max(Detector().detect(resized), key=lambda each: each.confidence)
    factor = len(portrait) / size
    assert again.box.scaled(factor).overlap(face.box) > 0.7


def _square(image: Image) -> Image:
    return np.ascontiguousarray(image[60:660, 200:800])


def test_part_of_a_face_is_no_second_one(photos: Path) -> None:
    """One in ten noisy, shrunk copies of this photo showed mouth and nose as a face of its own."""
    image = read_photo(photos / "obama3.jpg").image
    analyser = ANALYSERS.get("embedded")
    for seed in range(3):
        rng = np.random.default_rng(seed)
        scale = rng.uniform(0.6, 0.95)
        copy = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        copy = np.clip(copy * rng.uniform(0.8, 1.2) + rng.normal(0, 0.01, copy.shape), 0, 1)
        assert len(analyser.analyse(copy.astype(np.float32), embed=False)) == 1
    inner = Detection(Box(33, 33, 82, 81), 0.56, np.zeros((6, 2), np.float32))
    outer = Detection(Box(0, 0, 98, 98), 0.97, np.zeros((6, 2), np.float32))
    apart = Detection(Box(90, 30, 140, 80), 0.6, np.zeros((6, 2), np.float32))
    assert inner.box.overlap(outer.box) < SAME_FACE
    boxes = [each.box for each in merged([inner, outer, apart])]
    assert boxes == [outer.box, apart.box]


class Adding:
    """A finder that also finds, unsure, what the detector found in another copy of the photo.

    place: left, top and side of the further box, points: x and y, all in widths of the face's box.
    """

    def __init__(self, place: tuple[float, float, float], points: Sequence[float]) -> None:
        self._place, self._points = place, np.reshape(points, (6, 2))

    def detect(self, image: Image) -> tuple[Detection, ...]:
        (face,) = Detector().detect(image)
        width, corner = face.box.width, np.array([face.box.x0, face.box.y0])
        x, y = corner + width * np.array(self._place[:2])
        box = Box(x, y, x + width * self._place[2], y + width * self._place[2])
        points = (corner + width * self._points).astype(np.float32)
        return (face, Detection(box, 0.53, points))


MOUTH = Adding(
    (0.111, 0.579, 0.503),
    (0.25, 0.75, 0.45, 0.71, 0.34, 0.81, 0.36, 0.93, 0.19, 0.84, 0.59, 0.76),
)
SLEEVE = Adding(
    (-1.363, 1.866, 0.872),
    (-1.16, 2.12, -0.79, 2.10, -1.0, 2.32, -0.97, 2.51, -1.31, 2.2, -0.53, 2.16),
)


@pytest.mark.parametrize(
    ("photo", "light", "finder"), [("obama2.jpg", 1.0, MOUTH), ("biden.jpg", 0.6, SLEEVE)]
)
def test_mouth_or_sleeve_is_no_second_face(
    photos: Path, photo: str, light: float, finder: Adding, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = read_photo(photos / photo).image * np.float32(light)
    noise = np.random.default_rng(7).normal(0, 0.01, image.shape)
    image = np.clip(image + noise, 0, 1).astype(np.float32)
    embedded = ANALYSERS.get("embedded")
    analyser = ComposedAnalyser("adding", finder, Mesher(), embedded.recogniser)
    (face,) = analyser.analyse(image, embed=False)
    assert face.confidence > 0.9
    with monkeypatch.context() as patch:  # the mesh alone takes both for faces
        patch.setattr("headshots.core.faces.composed._nobody", lambda face, surer: False)
        assert len(analyser.analyse(image, embed=False)) == 2
