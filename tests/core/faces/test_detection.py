"""Every face is found and nothing else is."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.faces.detection import Detector
from headshots.core.images import Image
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
