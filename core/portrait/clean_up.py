"""Noise and JPEG blocks removed from a small picture before a network enlarges them.

The picture is compressed anew at sixteen offsets and averaged: whatever a fine quantisation of its
cosine coefficients doesn't keep, and blocks at any place, average out (Nosratinia, "Enhancement of
JPEG-compressed images by re-application of JPEG", 2001). Of seven faces of 50 pixels, enlarged by
SPAN afterwards, this kept more by likeness and PSNR than non-local means at any strength, for noise
as for JPEG.
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
# Quantisation in per cent of JPEG's standard tables. Faces of 64 pixels that were saved at quality
# 92, 85, 75 and 60 (16, 30, 50, 80 %) measure a blockiness of .003, .008, .010 and .014, clean ones
# up to .001. Likeness is best with three fifths of what they were saved with, but by eye and PSNR
# with all of it: with less, the network draws the blocks' edges. White noise of .01, .02 and .04
# measures .005, .009 and .017, clean faces up to .003, of 40 pixels .004; best is 20, 35 and 90 %.
_PER_BLOCKINESS = 4800.0
_PER_NOISE, _TEXTURE = 6000.0, 0.003
_CELL, _QUIETEST = 8, 0.03  # pixels, share: small pictures of faces have little without detail
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
    noise = deviation(unevenness(part, cell=_CELL), _QUIETEST) - _TEXTURE
    wanted = max(_PER_BLOCKINESS * blockiness(part), _PER_NOISE * noise, 0.0)
    return min(_MOST, wanted)


def blockiness(image: Image) -> float:
    """How much larger steps between pixels are every eighth row and column than elsewhere, sRGB
    units, about 0 without blocks; `image` may be any part of a picture that was saved as JPEG.
    """
    grey = luminance(image)
    return min(_excess(grey), _excess(np.ascontiguousarray(grey.T)))


def _excess(grey: Float) -> float:
    """How much larger steps between neighbouring columns are in one of eight phases, beyond the
    slope there, than in those that its steps don't touch.
    """
    change = np.diff(grey, axis=1)
    beyond = np.abs(change[:, 1:-1] - (change[:, :-2] + change[:, 2:]) / 2)
    steps = sorted(float(np.median(beyond[:, phase::_BLOCK])) for phase in range(_BLOCK))
    return steps[-1] - steps[-4]


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
