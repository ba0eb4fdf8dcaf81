"""Aligns faces to the fixed positions that the networks were trained on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Float, Image, resize

# ArcFace's template for 112x112 pixels (Deng et al. 2019): eyes, nose tip, mouth corners.
ARCFACE = np.array(
    [
        [38.2946, 51.6963],
        [73.5318, 51.5014],
        [56.0252, 71.7366],
        [41.5493, 92.3655],
        [70.7299, 92.2041],
    ],
    np.float32,
)
ARCFACE_SIZE = 112
# How much finer than the target the averaged pixels are that a warp then interpolates.
SUPERSAMPLING = 1.5


def similarity(source: Float, target: Float) -> Float:
    """The least-squares similarity float32 (2, 3) from points `source` to `target`, each (N, 2).

    Rotation, uniform scale and shift without reflection (Umeyama 1991). Points that all coincide
    give a plain shift.
    """
    mean, goal = source.mean(axis=0), target.mean(axis=0)
    a, b = (source - mean).astype(np.float64), (target - goal).astype(np.float64)
    spread = float((a**2).sum())
    # In complex terms b = k * a with k = sum(conj(a) * b) / sum(|a|^2).
    real = float((a * b).sum()) / spread if spread > 0 else 1.0
    imaginary = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / spread if spread > 0 else 0.0
    linear = np.array([[real, -imaginary], [imaginary, real]])
    return np.column_stack([linear, goal - linear @ mean]).astype(np.float32)


def moved(points: Float, matrix: Float | NDArray[np.float64]) -> Float:
    """Points (..., 2) under an affine (2, 3), float32."""
    return (points @ matrix[:, :2].T + matrix[:, 2]).astype(np.float32)


def warp(image: Float, matrix: Float, size: int) -> Float:
    """The `size` x `size` picture or mask that the similarity (2, 3) maps `image` to, unaliased.

    If the picture shrinks, it is first area-averaged to about the final scale: plain interpolation
    would skip pixels, which changes the networks' results. Outside the picture is black.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    corners = np.array([[0, 0], [size, 0], [size, size], [0, size]], np.float32)
    footprint = moved(corners, np.asarray(cv2.invertAffineTransform(matrix), np.float32))
    margin = 2 + 2 / scale
    left, top = np.floor(np.maximum(footprint.min(axis=0) - margin, 0)).astype(int)
    right, bottom = np.ceil(np.maximum(footprint.max(axis=0) + margin, 0)).astype(int)
    part = image[top:bottom, left:right]
    if not part.size:
        return np.zeros((size, size, *image.shape[2:]), np.float32)
    rows, columns = part.shape[:2]
    shrink = min(1.0, SUPERSAMPLING * scale)
    width, height = max(1, round(columns * shrink)), max(1, round(rows * shrink))
    if shrink < 1:
        part = resize(part, width, height)
    # From the part's pixel centres back to the whole picture's, then on to the target.
    fx, fy = columns / width, rows / height
    linear = matrix[:, :2] * (fx, fy)
    shift = matrix[:, :2] @ (left + 0.5 * fx - 0.5, top + 0.5 * fy - 0.5) + matrix[:, 2]
    target = np.column_stack([linear, shift]).astype(np.float32)
    return np.asarray(
        cv2.warpAffine(part, target, (size, size), flags=cv2.INTER_LINEAR), np.float32
    )


def arcface(image: Image, points: Float, size: int = ARCFACE_SIZE) -> Image:
    """The aligned face, float32 (`size`, `size`, 3) sRGB 0..1, by its five points (5, 2)."""
    target = ARCFACE
    if size != ARCFACE_SIZE:  # half a pixel off, as insightface is, on whose crops others trained
        target = ARCFACE * np.float32(size / ARCFACE_SIZE)
    return np.clip(warp(image, similarity(points, target), size), 0, 1)
