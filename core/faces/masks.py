"""Masks drawn from outlines, as of a face's mesh, their pieces, and the discs that grow or shrink
them.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Float, Mask

Shape = tuple[int, ...]


def hull_mask(shape: Shape, *outlines: NDArray[np.floating | np.integer]) -> NDArray[np.uint8]:
    """The convex hulls of point sets as uint8 (H, W), 0 or 1.

    shape: of the picture, (H, W, ...).
    outlines: each (N, 2), x and y in pixels, rounded to whole ones.
    """
    canvas = np.zeros(shape[:2], np.uint8)
    for points in outlines:
        cv2.fillConvexPoly(canvas, cv2.convexHull(np.round(points).astype(np.int32)), (1,))
    return canvas


def polygon_mask(shape: Shape, outline: Float) -> NDArray[np.uint8]:
    """The inside of a closed polygon as uint8 (H, W), 0 or 1.

    shape: of the picture, (H, W, ...).
    outline: (N, 2), x and y in pixels, at sixteenths of a pixel.
    """
    return _polygon(shape, outline, 1, cv2.LINE_8)


def soft_polygon_mask(shape: Shape, outline: Float) -> Mask:
    """`polygon_mask` with antialiased edges as float32 (H, W), 0..1."""
    return _polygon(shape, outline, 255, cv2.LINE_AA).astype(np.float32) / np.float32(255)


def filled(area: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """`area`, uint8 (H, W), 0 or 1, with all that its outlines enclose."""
    contours, _ = cv2.findContours(area, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    solid = np.zeros_like(area)
    cv2.drawContours(solid, contours, -1, (1,), cv2.FILLED)
    return solid


def touching(area: NDArray[np.bool_], seeds: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The connected pieces of `area` (H, W) that hold one of the seeds (H, W)."""
    count, pieces = cv2.connectedComponents(area.astype(np.uint8))
    labels = np.asarray(pieces, np.intp)
    return area & (np.bincount(labels[area & seeds], minlength=count) > 0)[labels]


def disc(radius: float) -> NDArray[np.uint8]:
    """A round structuring element of about that radius in pixels, at least 1."""
    size = 2 * max(1, round(radius)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size)), np.uint8)


def _polygon(shape: Shape, outline: Float, value: int, line: int) -> NDArray[np.uint8]:
    canvas = np.zeros(shape[:2], np.uint8)
    corners = np.round(outline * 16).astype(np.int32)  # 4 fractional bits
    cv2.fillPoly(canvas, [corners], (value,), lineType=line, shift=4)
    return canvas
