"""Masks drawn from the points of a face's mesh, and the discs that grow and shrink them."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Float


def filled(shape: tuple[int, ...], points: Float, outline: Sequence[int]) -> NDArray[np.uint8]:
    """The inside of an outline of mesh points as uint8 (H, W), 0 or 1.

    points: the mesh as float32 (478, 2 or 3), in pixels of a picture of `shape` (H, W, ...).
    """
    canvas = np.zeros(shape[:2], np.uint8)
    corners = np.round(points[list(outline), :2] * 16).astype(np.int32)  # 4 fractional bits
    cv2.fillPoly(canvas, [corners], (1,), lineType=cv2.LINE_8, shift=4)
    return canvas


def disc(radius: float) -> NDArray[np.uint8]:
    """A round structuring element of about that radius in pixels, at least 1."""
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)
