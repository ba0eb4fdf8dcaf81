"""Real headshots, cropped from photos once."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Image, Mask, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.modnet import modnet

HEIGHT = 800


@dataclass(frozen=True, eq=False)
class Headshot:
    """A plain 4:5 crop of a photo, its face and MODNet's matte."""

    image: Image
    face: Face
    matte: Mask


def _cropped(path: Path) -> Headshot:
    image = read_photo(path).image
    analyser = ANALYSERS.get("embedded")
    face = analyser.analyse(image, embed=False)[0]
    tall = 1.22 * float(face.landmarks[152, 1] - face.landmarks[10, 1])
    height = tall / 0.46
    eyes, middle = float(face.points[:2, 1].mean()), float(face.landmarks[:468, 0].mean())
    factor = HEIGHT / height
    if factor < 1:
        image = resize(image, round(image.shape[1] * factor), round(image.shape[0] * factor))
        eyes, middle, height, factor = eyes * factor, middle * factor, HEIGHT, 1.0
    matrix = np.array(
        [
            [factor, 0, (0.4 * height - middle) * factor],
            [0, factor, (0.42 * height - eyes) * factor],
        ]
    )
    crop = cv2.warpAffine(
        image,
        matrix,
        (round(0.8 * HEIGHT), HEIGHT),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    crop = np.clip(crop, 0, 1)
    return Headshot(crop, analyser.analyse(crop, embed=False)[0], modnet(crop))


@pytest.fixture(scope="session")
def headshots(photos: Path) -> dict[str, Headshot]:
    """Headshots by the name of the photo they are cropped from."""
    names = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")
    return {name: _cropped(photos / name) for name in names}
