"""Where a photo lies within plain bars: what phones, prints and social networks put around it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..images import Box, Float, Image

# sRGB: how far the pixels of a bar are from its colour, with what JPEG leaves, and how far the
# photo's own must be beside it. A studio's plain wall runs on behind the sitter, so most of the
# line where it ends for the first time is still wall.
_EVEN, _OTHER = 14 / 255, 24 / 255
_OF_BAR, _OF_PHOTO = 0.95, 0.6  # shares of a line that must be so
_SOFT = 12  # lines over which JPEG's blocks and resizing may spread the step between the two
_MOST = 0.45  # of the picture's side that a bar may take


def photo_extent(image: Image) -> Box:
    """The photo in `image` (sRGB (H, W, 3) 0..1) without plain bars at its sides, in whole pixels.

    The whole picture where it has none.
    """
    rows, columns = image.shape[:2]
    top, left, bottom, right = 0, 0, rows, columns
    for _ in range(2):  # of a frame all around each pair hides a part of the other
        part = image[top:bottom, left:right]
        top, bottom = top + _bar(part), bottom - _bar(part[::-1])
        part = image[top:bottom, left:right].transpose(1, 0, 2)
        left, right = left + _bar(part), right - _bar(part[::-1])
    return Box(left, top, right, bottom)


def inside_bars(image: Image) -> NDArray[np.bool_]:
    """Which pixels of `image` are the photo's, bool (H, W); see `photo_extent`."""
    inside = np.zeros(image.shape[:2], np.bool_)
    photo_extent(image).cut(inside)[:] = True
    return inside


def _bar(image: Image) -> int:
    """Rows of the plain bar at the top of `image`; 0 without one."""
    if not len(image):
        return 0
    colour = np.median(image[0], axis=0)
    most = int(_MOST * len(image))
    plain = 0
    while plain < most and float((_away(image[plain], colour) <= _EVEN).mean()) >= _OF_BAR:
        plain += 1
    if not 0 < plain < most:
        return 0
    for row in range(plain, min(plain + _SOFT, len(image))):
        if float((_away(image[row], colour) > _OTHER).mean()) >= _OF_PHOTO:
            return row + 1
    return 0


def _away(line: Image, colour: Float) -> Float:
    return np.asarray(np.abs(line - colour).max(axis=-1), np.float32)
