"""Noise and JPEG blocks removed from a small picture before a network enlarges them.

The picture is compressed anew at sixteen offsets and averaged: whatever a fine quantisation of its
cosine coefficients doesn't keep, and blocks at any place, average out (Nosratinia, "Enhancement of
JPEG-compressed images by re-application of JPEG", 2001). On faces of 50 to 60 pixels, enlarged by
SPAN afterwards, this kept more of the face than non-local means at any strength did, for noise as
for JPEG, and takes a tenth of the time (docs/benchmarks.md).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Box, Float, Image, luminance, to_u8
from .noise import deviation, unevenness

_BLOCK = 8
# Offsets of the grid, one per row and column of a quarter of a block each, and none the same.
_OFFSETS = tuple((2 * (i // 4) + i % 2, 2 * (i % 4) + (i // 4) % 2) for i in range(16))
# Quantisation in per cent of JPEG's standard tables. Faces that were saved at quality 90, 75, 50
# and 30 (20, 50, 100, 167 %) measure a blockiness of .004, .012, .020 and .027. Likeness is best
# with three fifths of what they were saved with, but by eye and PSNR with all of it: with less, the
# network draws the blocks' edges. White noise of .01, .02 and .04 measures .0057, .0105 and .0195,
# clean faces up to .0025; best is 20, 35 and 90 %.
_PER_BLOCKINESS = 4800.0
_PER_NOISE = 3700.0
_TEXTURE, _SMALL = 0.002, 64  # of clean faces of this width; smaller ones have more in each pixel
_LEAST, _MOST = 10.0, 100.0  # below, nothing is cleaned; above, features would suffer
_AROUND = 0.4  # of the face's width and height on each side, where it is measured


def cleaned(image: Image, face: Box) -> Image:
    """`image`, sRGB float32 (H, W, 3), with less noise and fewer blocks; itself where it is clean.

    face: where it is measured how much is needed, with what lies around it. Plain walls would
    dilute it.
    """
    quantisation = needed(image, face)
    if quantisation < _LEAST:
        return image
    # libjpeg's quality for a scale of the tables of up to 100 %.
    return _averaged(image, round(100 - quantisation / 2))


def needed(image: Image, face: Box) -> float:
    """How coarsely `image` should be quantised to be clean, per cent of JPEG's standard tables,
    0..100.
    """
    part = np.ascontiguousarray(face.grown(_AROUND).cut(image))
    if min(part.shape[:2]) < 3 * _BLOCK:
        return 0.0
    texture = _TEXTURE * max(1.0, _SMALL / face.width) ** 2
    noise = deviation(unevenness(part)) - texture
    wanted = max(_PER_BLOCKINESS * blockiness(part), _PER_NOISE * noise, 0.0)
    return min(_MOST, wanted)


def blockiness(image: Image) -> float:
    """How much larger steps between pixels are every eighth row and column than elsewhere, sRGB
    units, about 0 without blocks; `image` may be any part of a picture that was saved as JPEG.
    """
    grey = luminance(image)
    steps = _steps(grey), _steps(np.ascontiguousarray(grey.T))
    return float(np.mean([_excess(phases) for phases in steps]))


def _excess(phases: Float) -> float:
    """The largest step beyond the largest of those that its block edge doesn't touch."""
    ordered = np.sort(phases)
    return float(ordered[-1] - ordered[-4])


def _steps(grey: Float) -> Float:
    """Mean step between neighbouring columns beyond the slope there, for each of eight phases."""
    change = np.diff(grey, axis=1)
    beyond = np.abs(change[:, 1:-1] - (change[:, :-2] + change[:, 2:]) / 2).mean(0)
    whole = beyond[: len(beyond) // _BLOCK * _BLOCK]
    return np.asarray(whole.reshape(-1, _BLOCK).mean(0), np.float32)


def _averaged(image: Image, quality: int) -> Image:
    """The mean of `image` compressed at each of the offsets."""
    rows, columns = image.shape[:2]
    border = ((_BLOCK, _BLOCK), (_BLOCK, _BLOCK), (0, 0))
    wide = np.pad(to_u8(image)[..., ::-1], border, mode="symmetric")
    total = np.zeros(image.shape, np.float32)
    for down, right in _OFFSETS:
        again = _compressed(wide[down:, right:], quality)
        top, left = _BLOCK - down, _BLOCK - right
        total += again[top : top + rows, left : left + columns]
    total *= np.float32(1 / len(_OFFSETS) / 255)
    return np.asarray(cv2.cvtColor(total, cv2.COLOR_BGR2RGB), np.float32)


def _compressed(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    whole_colour = cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444
    options = [cv2.IMWRITE_JPEG_QUALITY, quality, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, whole_colour]
    _, encoded = cv2.imencode(".jpg", pixels, options)
    return np.asarray(cv2.imdecode(encoded, cv2.IMREAD_COLOR), np.uint8)
