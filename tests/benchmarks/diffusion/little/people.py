"""Heads of people from a folder of photos, small and aligned, for training and for measuring."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np

from headshots.core.errors import HeadshotsError
from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.alignment import ARCFACE, ARCFACE_SIZE, similarity
from headshots.core.images import Box, Float, Image
from headshots.core.photos import read_photo

SIDE = 48
# Where eyes, nose and mouth lie in a picture: as recognisers have them, with more of the head.
_SCALE = 0.36
POINTS = np.float32((ARCFACE - (ARCFACE_SIZE - 1) / 2) * _SCALE + (SIDE - 1) / 2)
_LARGE = 128  # side of the pictures that training varies
_LONGEST = 2000
_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp"}


@dataclass(frozen=True, eq=False)
class Head:
    """One photo of a person.

    person: id.
    image: the head, sRGB float32 (SIDE, SIDE, 3) 0..1.
    face: in pixels of `image`, its points at `POINTS`.
    large: the same head, sRGB float32 (128, 128, 3) 0..1.
    """

    person: str
    image: Image
    face: Face
    large: Image


def heads(*folders: Path) -> list[Head]:
    """The largest face of each photo, from folders with a folder for each person."""
    return [each for folder in folders for each in _heads(folder)]


def _heads(folder: Path) -> Iterator[Head]:
    analyser = ANALYSERS.get("embedded")
    for path in sorted(folder.glob("*/*")):
        if path.suffix.lower() not in _SUFFIXES:
            continue
        try:
            image = read_photo(path, longest=_LONGEST).image
            faces = analyser.analyse(image, embed=False)
        except HeadshotsError:
            continue
        if faces:
            yield head(path.parent.name, image, max(faces, key=lambda each: each.box.area))


def head(person: str, image: Image, face: Face) -> Head:
    """The aligned head of a face."""
    small, large = (_cut(image, face, side) for side in (SIDE, _LARGE))
    matrix = similarity(face.points.astype(np.float32), POINTS)
    landmarks = face.landmarks.copy()
    landmarks[:, :2] = landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    (left, top), (right, bottom) = (
        bound(landmarks[:468, :2], axis=0) for bound in (np.min, np.max)
    )
    box = Box(float(left), float(top), float(right), float(bottom))
    moved = replace(face, box=box, landmarks=landmarks, points=POINTS)
    return Head(person, small, moved, large)


def _cut(image: Image, face: Face, side: int) -> Image:
    factor = side / SIDE
    target = np.float32((POINTS + 0.5) * factor - 0.5)
    return _warped(image, similarity(face.points.astype(np.float32), target), side)


def _warped(image: Image, matrix: Float, side: int) -> Image:
    """The picture by a similarity, without skipping pixels where it gets smaller."""
    smaller = 1 / max(1e-6, float(np.hypot(*matrix[:, 0])))
    if smaller > 1:
        image = cv2.GaussianBlur(image, (0, 0), 0.5 * smaller)
    flags = {"flags": cv2.INTER_LINEAR, "borderMode": cv2.BORDER_REPLICATE}
    return np.clip(cv2.warpAffine(image, matrix, (side, side), **flags), 0, 1)


def varied(each: Head, chance: np.random.Generator) -> Image:
    """The head a little larger, turned, moved, mirrored and lit otherwise, (SIDE, SIDE, 3)."""
    factor = SIDE / _LARGE * chance.uniform(0.95, 1.05)
    angle = np.radians(chance.normal(0, 2.5))
    cos, sin = factor * np.cos(angle), factor * np.sin(angle)
    matrix = np.zeros((2, 3), np.float32)
    matrix[:, :2] = ((cos, -sin), (sin, cos))
    middle = (SIDE - 1) / 2 + chance.normal(0, 0.5, 2)
    matrix[:, 2] = middle - matrix[:, :2] @ np.full(2, (_LARGE - 1) / 2, np.float32)
    image = _warped(each.large, matrix, SIDE)
    if chance.random() < 0.5:
        image = image[:, ::-1]
    gain = chance.uniform(0.9, 1.1) * chance.uniform(0.96, 1.04, 3)
    return np.clip(image * gain + chance.uniform(-0.04, 0.04), 0, 1).astype(np.float32)
