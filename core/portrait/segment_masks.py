"""Masks of hair, skin, clothes and background as sharp as the picture, from its coarse segments."""

from __future__ import annotations

import cv2
import numpy as np

from ..images import Float, Image, Mask, luminance, resize
from .segments import FACE, Segment, Segments

# Of the guided filter: its radius in pixels of the segments' copy, about as far as the network's
# outlines are off, and its smoothness in squared sRGB units.
_RADIUS, _SMOOTHNESS = 0.06, 1e-3


def segment_masks(segments: Segments, image: Image, matte: Mask) -> dict[Segment, Mask]:
    """Each segment's mask in full size, float32 (H, W), 0..1; together they make 1 everywhere.

    The outline is the matte's, float32 (H, W); between parts of the sitter it follows the light and
    dark of `image`, sRGB (H, W, 3) (He, Sun and Tang, "Guided Image Filtering", 2013, with
    coefficients from the smaller copy).
    """
    rows, columns = matte.shape
    own = segments.shares[..., 1:]
    parts = own / np.maximum(own.sum(axis=-1, keepdims=True), 1e-6)
    known = np.asarray(1 - segments.of(Segment.BACKGROUND), np.float32)
    guide = luminance(image)
    small = np.clip(resize(guide, known.shape[1], known.shape[0]), 0, 1)
    side = 2 * max(1, round(_RADIUS * FACE)) + 1
    masks = {Segment.BACKGROUND: np.asarray(1 - matte, np.float32)}
    total = np.full(matte.shape, 1e-6, np.float32)
    for segment in list(Segment)[1:]:
        slope, offset = _line(small, parts[..., segment - 1], known, side)
        followed = np.clip(
            _large(slope, columns, rows) * guide + _large(offset, columns, rows), 0, 1
        )
        total += followed
        masks[segment] = followed
    share = matte / total
    for segment in list(Segment)[1:]:
        masks[segment] *= share
    return masks


def _line(guide: Mask, values: Float, weight: Mask, side: int) -> tuple[Float, Float]:
    """Slope and offset of the line that gives `values` from `guide` around each place, fitted where
    `weight` is.
    """
    weight = np.maximum(weight, np.float32(1e-3))
    total = _mean(weight, side)

    def mean(x: Float) -> Float:
        return _mean(x * weight, side) / total

    middle, value = mean(guide), mean(values)
    variance = mean(guide * guide) - middle * middle
    slope = (mean(guide * values) - middle * value) / (np.maximum(variance, 0) + _SMOOTHNESS)
    offset = value - slope * middle
    return _mean(np.asarray(slope, np.float32), side), _mean(np.asarray(offset, np.float32), side)


def _mean(x: Float, side: int) -> Float:
    return np.asarray(cv2.blur(x, (side, side)), np.float32)


def _large(x: Float, columns: int, rows: int) -> Float:
    return np.asarray(cv2.resize(x, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)
