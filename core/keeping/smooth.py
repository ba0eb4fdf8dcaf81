"""Smooth steps, and values carried smoothly to where they are not known."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..images import Float, Mask, blur

_FULL = 0.12  # share of known surroundings from which they count fully


def smoothstep(x: Float, low: float, high: float) -> Float:
    """0 below `low`, 1 above `high`, with a level start and end (3t^2 - 2t^3); any shape."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return np.asarray(t * t * (3 - 2 * t), np.float32)


def wide(values: Float, sigma: float) -> Float:
    """Gaussian blur, by a wide sigma on a smaller copy; sigma in pixels."""
    factor = int(sigma // 4)
    if factor < 2:
        return blur(values, max(sigma, 0.3))
    rows, columns = values.shape[:2]
    size = max(1, columns // factor), max(1, rows // factor)
    small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
    far = blur(np.asarray(small, np.float32), sigma / factor)
    large = cv2.resize(far, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def carried(values: Float, weight: Mask, sigmas: Sequence[float]) -> Float:
    """`values` (h, w, C) where `weight` (h, w), carried to where it isn't by normalised blurs.

    sigmas: in pixels, the widest first. A narrower one counts where it knows enough.
    """
    weighted = _times(values, weight)
    result = np.zeros_like(values)
    for index, sigma in enumerate(sigmas):
        share = wide(weight, sigma)
        near = _times(wide(weighted, sigma), np.asarray(1 / (share + 1e-4), np.float32))
        if index == 0:
            result = near
        else:
            result += _times(near - result, np.minimum(share / _FULL, 1))
    return result


def _times(values: Float, factors: Mask) -> Float:
    """`values` (h, w, C) by `factors` (h, w); OpenCV takes a third of the time of NumPy's."""
    return np.asarray(cv2.multiply(values, cv2.merge([factors] * values.shape[2])), np.float32)
