"""Cuts the sitter out of a photo: the matte of the right crop, and the top of the hair."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..errors import NoSource
from ..faces import Face
from ..faces.head_pose import turned
from ..faces.regions import CHIN, FOREHEAD_TOP
from ..images import Box, Image, Mask, blur
from .modnet import AREA, checked_matte
from .neighbours import without_neighbours
from .surroundings import ABOVE, ASIDE, BELOW

_LEAST = 8.0  # pixels of head, shoulders and chest, either way
# Height of the hair above the highest mesh point, in forehead-to-chin heights: the default where no
# matte shows it, and the most.
_HAIR, _HAIR_MOST = 0.22, 0.55


@dataclass(frozen=True, eq=False)
class Cutout:
    """A sitter cut out of a photo.

    matte: float32 (H, W) 0..1, of the whole photo.
    crown: row of the top of the hair, in pixels of the photo.
    crown_cut: the hair reaches the photo's upper edge.
    """

    matte: Mask
    crown: float
    crown_cut: bool


def cut_out(image: Image, face: Face, area: int = AREA) -> Cutout:
    """Cut the person of `face` out of `image` (sRGB float32 (H, W, 3) 0..1).

    area: of the picture that the network is given, pixels; less is faster and coarser.

    Raises:
        NoSource: the head lies on its side.
        SetupError: MODNet's weights are missing.
    """
    rows, columns = image.shape[:2]
    region = _surroundings(face, columns, rows)
    if min(region.width, region.height) < _LEAST:
        raise NoSource("The head lies on its side", "Turn the photo upright.")
    part = region.cut(image)
    top, left = round(region.y0), round(region.x0)
    here = turned(face, np.array([[1, 0, -left], [0, 1, -top]], np.float32))
    matte = np.zeros((rows, columns), np.float32)
    alone = without_neighbours(
        image, region, only_sitter(checked_matte(part, here, area), here), face
    )
    matte[top : top + part.shape[0], left : left + part.shape[1]] = alone
    return cutout_of(matte, face)


def cutout_of(matte: Mask, face: Face) -> Cutout:
    """The cut-out with this matte, and the top of its hair above `face`."""
    crown, cut = _crown(matte, face)
    return Cutout(matte, crown, cut)


def _surroundings(face: Face, columns: int, rows: int) -> Box:
    """Head, shoulders and chest: what a headshot can show, clipped to the photo."""
    x, _ = face.box.centre
    top, chin = float(face.landmarks[FOREHEAD_TOP, 1]), float(face.landmarks[CHIN, 1])
    tall = chin - top
    return Box(
        max(0, x - ASIDE * tall),
        max(0, top - ABOVE * tall),
        min(columns, x + ASIDE * tall),
        min(rows, chin + BELOW * tall),
    )


def only_sitter(matte: Mask, face: Face) -> Mask:
    """The part of `matte` that is connected to the face: without bystanders, flags, lamps."""
    count, labels = cv2.connectedComponents((matte > 0.3).astype(np.uint8))
    if count <= 2:
        return matte
    x, y = np.clip(face.landmarks[1, :2], 0, (matte.shape[1] - 1, matte.shape[0] - 1)).astype(int)
    own = (labels == labels[y, x]).astype(np.uint8)
    reach = max(3, round(0.025 * face.width))
    near = blur(cv2.dilate(own, np.ones((reach, reach), np.uint8)).astype(np.float32), reach / 4)
    return np.asarray(matte * np.clip(near * 1.5, 0, 1), np.float32)


def crown(face: Face, matte: Mask | None) -> float:
    """Row of the top of the hair: where the matte ends above the face; without one, estimated."""
    top = float(face.landmarks[FOREHEAD_TOP, 1])
    if matte is None or top < 1:
        return top - _HAIR * (float(face.landmarks[CHIN, 1]) - top)
    return _crown(matte, face)[0]


def _crown(matte: Mask, face: Face) -> tuple[float, bool]:
    """Top of the connected hair above the forehead, and whether it reaches the upper edge.

    Estimated by proportion where the matte shows no hair.
    """
    x = float(face.landmarks[:468, 0].mean())
    top, chin = float(face.landmarks[FOREHEAD_TOP, 1]), float(face.landmarks[CHIN, 1])
    tall = chin - top
    half = 0.35 * face.width
    column = matte[: max(1, round(top)), max(0, round(x - half)) : max(1, round(x + half))]
    covered = (column > 0.5).mean(1) > 0.15
    row = len(covered)
    while row > 0 and covered[row - 1]:
        row -= 1
    if row == len(covered):
        return top - _HAIR * tall, False
    return max(float(row), top - _HAIR_MOST * tall), row <= 2
