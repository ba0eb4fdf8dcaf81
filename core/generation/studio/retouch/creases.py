"""Softens shallow creases of clothes: broad, soft differences of light on cloth.

Cloth is split in CIE L*a*b* into three bands, as skin is. The fine one, weave and stitches, and the
wide one, form and light, stay. Of the middle one goes what is shallow and has no sharp edge: seams,
lapels, collars, buttons and patterns have one.
"""

from __future__ import annotations

import cv2
import numpy as np

from ....faces.masks import disc
from ....images import Float, Image, Mask, blur, from_lab, ramp, to_lab, wide_blur

# Blur sigmas in face widths (a face is some 140 mm wide): weave and stitches are finer than the
# first, and the drape of a jacket is wider than the second.
_FINE, _WIDE = 0.01, 0.09
_SHALLOW = 5.0  # L*; differences well beyond this are folds that the cut of the garment asks for
_MOST = 0.9  # share of a shallow crease that goes
# Change of L* (a*, b* count half more) over a hundredth of a face width from which an edge begins
# to be sharp, and certainly is; face widths of the blur before, and how far around it cloth stays.
_SHARP = (3.5, 7.0)
_COLOUR = 1.5
_SMOOTHED, _BESIDE = 0.004, 0.012
# Share of clothes from which cloth begins, and face widths from its border within which it stays.
_CLOTH, _BORDER = 0.6, 0.01


def without_creases(image: Image, clothes: Mask, width: float) -> Image:
    """`image` (sRGB float32 (h, w, 3) 0..1) without shallow creases of the clothes.

    clothes: their share, float32 (h, w) 0..1, 0 beyond the sitter.
    width: of the face, pixels.
    """
    lab = to_lab(np.clip(image, 0, 1))
    weight = np.maximum(clothes, np.float32(1e-3))
    light = lab[..., 0]
    middle = _mean(light, weight, _FINE * width) - _mean(light, weight, _WIDE * width)
    free = _inside(clothes, width) * (1 - _edges(lab, width))
    change = np.zeros_like(lab)
    change[..., 0] = -_MOST * middle * np.exp(-((middle / _SHALLOW) ** 2)) * free
    # Converting to Lab and back rounds; the difference of two conversions is 0 without a change.
    smoothed = image + (from_lab(lab + change) - from_lab(lab))
    return np.asarray(np.clip(smoothed, 0, 1), np.float32)


def _mean(light: Float, weight: Mask, sigma: float) -> Float:
    """A blur of the cloth alone."""
    weighted = np.dstack([light * weight, weight])
    both = wide_blur(weighted, sigma) if sigma >= 6 else blur(weighted, sigma)
    return np.asarray(both[..., 0] / np.maximum(both[..., 1], np.float32(1e-4)), np.float32)


def _inside(clothes: Mask, width: float) -> Mask:
    cloth = ramp(clothes, _CLOTH, 1.0)
    inner = cv2.erode(cloth, disc(_BORDER * width))
    return cloth * blur(np.asarray(inner, np.float32), _BORDER * width)


def _edges(lab: Float, width: float) -> Mask:
    """Where sharp edges are, and beside them, (h, w) 0..1."""
    smooth = blur(lab, _SMOOTHED * width)
    steps = np.zeros(lab.shape[:2], np.float32)
    for channel, factor in enumerate((1.0, _COLOUR, _COLOUR)):
        across, down = (
            cv2.Sobel(smooth[..., channel], cv2.CV_32F, *axis, scale=1 / 8)
            for axis in ((1, 0), (0, 1))
        )
        steps += np.float32(factor**2) * (across**2 + down**2)
    sharp = ramp(np.asarray(0.01 * width * np.sqrt(steps), np.float32), *_SHARP)
    wide = cv2.dilate(sharp, disc(_BESIDE * width))
    return np.clip(blur(np.asarray(wide, np.float32), _BESIDE * width), 0, 1)
