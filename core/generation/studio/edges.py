"""Edges without the old background: a matte that follows the hair, and no spill in it."""

from __future__ import annotations

import cv2
import numpy as np

from ...faces import Face
from ...images import Float, Image, Linear, Mask, blur, luminance, resize, to_linear

# MODNet leaves a faint veil outside and never quite reaches 1 inside. Guided filtering and these
# levels halve its error on composites of known coverage with hair-like strands, and what a viewer
# sees of it (tests/benchmarks/studio/matting.py prints the table). Closed-form matting of the
# unknown band came no closer, and lost the astronaut's collar.
_VEIL, _SOLID = 0.2, 0.9
_RADIUS, _SMOOTHNESS = 0.035, 1e-5  # of the guided filter: face widths; squared sRGB units
_GUIDE_FACE = 120  # face width in pixels at which the filter's coefficients are found
_STRENGTH = 0.85
_WORKING_FACE = 160  # face width in pixels at which the wide blurs run


def decontaminate(image: Image, matte: Mask, face: Face) -> tuple[Linear, Mask]:
    """Foreground in linear light (H, W, 3) and the cleaned matte (H, W).

    Colours under partial coverage come from multi-level foreground estimation (Germer et al.,
    "Fast Multi-Level Foreground Estimation", 2020); what spill remains takes the chroma of the
    sitter just inside, and keeps its own luminance within reason.
    """
    from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml

    colours = np.asarray(estimate_foreground_ml(image, np.clip((matte - 0.06) / 0.92, 0, 1)))
    clean = np.clip((_follow(image, matte, face.width) - _VEIL) / (_SOLID - _VEIL), 0, 1)
    linear = to_linear(np.clip(colours, 0, 1).astype(np.float32))
    inner = _interior(linear, clean, face)
    band = np.clip((0.97 - clean) / 0.5, 0, 1) * (clean > 0.01)
    weight = _STRENGTH * blur(band.astype(np.float32), 0.003 * face.width)[..., None]
    own = luminance(linear)[..., None]
    wanted = luminance(inner)[..., None]
    pure = inner * np.clip(own / np.maximum(wanted, 1e-4), 0.35, 1.2)
    return np.asarray(linear * (1 - weight) + pure * weight, np.float32), clean


def _follow(image: Image, matte: Mask, face_width: float) -> Mask:
    """`matte` drawn to the picture's own edges by a guided filter.

    He, Sun and Tang, "Guided Image Filtering", 2013, with a colour guide; its coefficients are
    found on a smaller copy, after He and Sun, "Fast Guided Filter", 2015.
    """
    rows, columns = matte.shape
    scale = min(1.0, _GUIDE_FACE / face_width)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    guide, cover = resize(image, *size), resize(matte, *size)
    side = 2 * max(2, round(_RADIUS * face_width * scale)) + 1

    def mean(x: Float) -> Float:
        return np.asarray(cv2.blur(x, (side, side)), np.float32)

    colour, share = mean(guide), mean(cover)
    covariance = mean(guide * cover[..., None]) - colour * share[..., None]
    products = np.stack([guide[..., i] * guide[..., j] for i, j in _PAIRS], -1)
    means = np.stack([colour[..., i] * colour[..., j] for i, j in _PAIRS], -1)
    spread = np.concatenate([mean(products[..., :3]), mean(products[..., 3:])], -1) - means
    matrix = spread[..., _SYMMETRIC] + np.float32(_SMOOTHNESS) * np.eye(3, dtype=np.float32)
    slope = np.linalg.solve(matrix, covariance[..., None])[..., 0]
    offset = share - (slope * colour).sum(-1)
    slope, offset = resize(mean(slope), columns, rows), resize(mean(offset), columns, rows)
    return np.asarray(np.clip((slope * image).sum(-1) + offset, 0, 1), np.float32)


# The six different entries of a symmetric 3x3 matrix, and where each one stands in it.
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_SYMMETRIC = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])


def crispen(linear: Linear, upscale: float, face_width: float) -> Linear:
    """Give back the acutance that enlarging `upscale` times took (linear light (H, W, 3)).

    Unsharp masking of log luminance at the scale of the source's own pixels; no new detail is
    invented. The gain is bounded, so that edges don't ring. Photos that are not enlarged stay as
    they are.
    """
    if upscale <= 1.05:
        return linear
    log = np.log(luminance(linear) + np.float32(0.004))
    amount = min(0.9, 0.45 * (upscale - 1))
    detail = log - blur(log, min(0.42 * upscale, 0.01 * face_width))
    gain = np.exp(amount * 0.22 * np.tanh(detail / 0.22))
    return np.asarray(linear * gain[..., None], np.float32)


def _interior(linear: Linear, matte: Mask, face: Face) -> Linear:
    """Colour of the surely covered pixels around each one, by normalised blurs of growing size."""
    rows, columns = matte.shape
    scale = min(1.0, _WORKING_FACE / face.width)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small = resize(linear, *size)
    sure = (resize(matte, *size) > 0.97).astype(np.float32)
    known = small * sure[..., None]
    inner = np.zeros_like(small)
    left = np.ones_like(sure)
    for sigma in (0.0075, 0.0175, 0.0375, 0.0775):
        pixels = sigma * face.width * scale
        weight = blur(sure, pixels)
        colour = blur(known, pixels) / np.maximum(weight, 1e-4)[..., None]
        share = np.clip(weight / 0.06, 0, 1) * left
        inner += colour * share[..., None]
        left -= share
    inner += left[..., None] * small
    return resize(inner, columns, rows)
