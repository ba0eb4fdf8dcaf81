"""Detects photos that are the same picture: resized, recompressed, slightly recoloured or cropped.

The middle of one is searched in the other at several sizes by normalised correlation of their
luminance. Measured on 13 photos (three of one person, two of them official portraits with the same
flag; six groups; two crops of one) and copies of five: different photos reach at most 0.79; copies
saved at JPEG q10, at 0.4 of the size, at half the light, in grey, turned by 2 degrees or cropped by
5 to 15 % a side, or by a fifth or a quarter on some, at least 0.90; mirrored ones stay below 0.78.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ..images import Float, Image, fit, luminance, resize
from .reading import Photo

_SAME = 0.88
# Small thumbnails are compared first and decide nearly every pair: copies reached at least 0.85.
_COARSE, _WORTH_A_LOOK = 32, 0.78
_FINE = 96
# The longest side of one photo's content in the other, in steps that a correlation bridges.
_SCALES = (0.7, 0.76, 0.82, 0.88, 0.94, 1.0, 1.06, 1.13, 1.2, 1.28, 1.36)
_MARGIN = 1 / 8  # of the template on each side is left out: a crop may have taken it


def near_duplicates(photos: Sequence[Photo]) -> tuple[tuple[int, int], ...]:
    """Pairs of places (first < second) in `photos` that show the same picture."""
    shades = [_shades(photo.image) for photo in photos]
    coarse = [_Thumbnails(shade, _COARSE) for shade in shades]
    fine: dict[int, _Thumbnails] = {}
    pairs: list[tuple[int, int]] = []
    for i in range(len(photos)):
        for j in range(i + 1, len(photos)):
            if photos[i].sha256 == photos[j].sha256:
                pairs.append((i, j))
            elif _likeness(coarse[i], coarse[j]) >= _WORTH_A_LOOK:
                for place in (i, j):
                    fine.setdefault(place, _Thumbnails(shades[place], _FINE))
                if _likeness(fine[i], fine[j]) >= _SAME:
                    pairs.append((i, j))
    return tuple(pairs)


class _Thumbnails:
    """One photo at the size to be searched, and the middle of it at every size to look for."""

    def __init__(self, shades: Float, side: int) -> None:
        self.whole = _fit(shades, side)
        self.middles = [_middle(_fit(shades, side * scale)) for scale in _SCALES]


def _shades(image: Image) -> Float:
    """Luminance of the encoded values, at most 256 pixels along a side."""
    return luminance(fit(image, 256)[0])


def _fit(shades: Float, side: float) -> Float:
    factor = side / max(shades.shape)
    rows, columns = (max(1, round(length * factor)) for length in shades.shape)
    return resize(shades, columns, rows)


def _middle(shades: Float) -> Float:
    rows, columns = (round(length * _MARGIN) for length in shades.shape)
    return shades[rows : len(shades) - rows, columns : shades.shape[1] - columns]


def _likeness(a: _Thumbnails, b: _Thumbnails) -> float:
    """The best correlation, -1..1, of either's middle within the other."""
    return max(_best_match(a.middles, b.whole), _best_match(b.middles, a.whole))


def _best_match(middles: list[Float], whole: Float) -> float:
    best = -1.0
    for middle in middles:
        if middle.shape[0] > whole.shape[0] or middle.shape[1] > whole.shape[1]:
            continue
        match = cv2.matchTemplate(whole, middle, cv2.TM_CCOEFF_NORMED)
        # A flat area has no correlation: OpenCV answers 1 or infinity there.
        if middle.std() > 1e-3:
            best = max(best, float(np.max(match, initial=-1, where=np.abs(match) <= 1.01)))
    return best
