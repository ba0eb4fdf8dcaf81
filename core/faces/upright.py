"""Normalises a face to a fixed size and position with level eyes, to measure its colours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Float
from . import regions
from .alignment import moved, warp
from .analyser import Face
from .masks import disc, hull_mask


@dataclass(frozen=True, eq=False)
class Upright:
    """An upright face.

    pixels: sRGB float32 (S, S, 3) 0..1, or a mask (S, S).
    mesh: float32 (478, 2), pixels of it.
    inside: bool (S, S), which pixels lie within the picture.
    """

    pixels: Float
    mesh: Float
    inside: NDArray[np.bool_]

    def area(self, *shapes: Sequence[int], grown: float = 0) -> NDArray[np.bool_]:
        """Where the convex hulls of these mesh points lie, bool (S, S); grown by `grown` pixels.

        Negative `grown` shrinks.
        """
        mask = hull_mask(self.pixels.shape, *(self.mesh[list(points)] for points in shapes))
        if round(abs(grown)):
            change = cv2.dilate if grown > 0 else cv2.erode
            mask = change(mask, disc(abs(grown)))
        return np.asarray(mask) > 0


def upright(image: Float, face: Face, size: int, width: float) -> Upright:
    """`face` of `image`, a picture or a mask, in a square of `size` pixels.

    Its eyes are level, it is `width` pixels wide, and its nose bridge lies at half the width and
    .4 of the height. What lies outside the picture is black.
    """
    eyes = face.points[1] - face.points[0]
    angle = np.arctan2(eyes[1], eyes[0])
    scale = width / max(face.width, 1e-3)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    shift = (0.5 * size, 0.4 * size) - turn @ face.landmarks[regions.NOSE_BRIDGE, :2]
    matrix = np.column_stack([turn, shift]).astype(np.float32)
    pixels = np.clip(warp(image, matrix, size), 0, 1)
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float32)
    across, down = np.arange(size, dtype=np.float32), np.arange(size, dtype=np.float32)[:, None]
    x, y = (row[0] * across + row[1] * down + row[2] for row in back)
    rows, columns = image.shape[:2]
    inside = (x >= 0) & (x <= columns - 1) & (y >= 0) & (y <= rows - 1)
    return Upright(pixels, moved(face.landmarks[:, :2], matrix), inside)
