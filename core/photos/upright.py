"""Turns decoded samples into an upright sRGB picture of the requested size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Box, Image, from_u8
from .icc import convert_float, convert_u8
from .metadata import Tags

_STRIP = 256  # rows


@dataclass(frozen=True, eq=False)
class Decoded:
    """A photo's pixels, upright.

    samples: sRGB (H, W, 3), uint8 or float32 0..1: the fewest bytes that hold what was decoded.
    width, height: upright size of the whole photo in pixels, of which `samples` may be a reduction.
    """

    samples: NDArray[Any]
    width: int
    height: int
    tags: Tags

    @property
    def image(self) -> Image:
        """The samples as an Image."""
        return from_u8(self.samples) if self.samples.dtype == np.uint8 else self.samples


def finish(
    pixels: NDArray[Any],
    full: tuple[int, int],
    tags: Tags,
    profile: bytes | None,
    longest: int | None,
) -> Decoded:
    """Shrink, turn and convert `pixels`, in the order that touches the fewest of them.

    Args:
        pixels: uint8 or uint16, (H, W) grey or (H, W, 3) RGB; uint8 (H, W, 4) is CMYK.
        full: width and height of the photo as stored, before any reduction.
        profile: ICC profile of `pixels`; None is sRGB.
        longest: bound for the longest side of the result.
    """
    pixels = turn(_shrink(pixels, full, longest), tags.orientation)
    width, height = full if tags.orientation < 5 else full[::-1]
    convert = _convert_deep if pixels.dtype == np.uint16 else convert_u8
    return Decoded(convert(pixels, profile), width, height, tags)


def _convert_deep(pixels: NDArray[Any], profile: bytes | None) -> Image:
    """In strips: the arithmetic takes several times the memory of its result."""
    image = np.empty((*pixels.shape[:2], 3), np.float32)
    for top in range(0, len(pixels), _STRIP):
        strip = pixels[top : top + _STRIP].astype(np.float32)
        strip /= np.float32(65535)
        image[top : top + _STRIP] = convert_float(strip, profile)
    return image


def _shrink(pixels: NDArray[Any], full: tuple[int, int], longest: int | None) -> NDArray[Any]:
    rows, columns = pixels.shape[:2]
    if longest is None or max(rows, columns) <= longest:
        return pixels
    factor = longest / max(full)
    size = max(1, round(full[0] * factor)), max(1, round(full[1] * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def turn(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """`pixels` as stored turned upright by their EXIF orientation 1..8 (EXIF 2.32, 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        pixels = pixels.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        pixels = pixels[:, ::-1]
    if orientation in (3, 4, 7, 8):
        pixels = pixels[::-1]
    return np.ascontiguousarray(pixels)


def turn_back(pixels: NDArray[Any], orientation: int) -> NDArray[Any]:
    """Upright `pixels` as they are stored with that orientation: `turn` backwards."""
    return turn(pixels, {6: 8, 8: 6}.get(orientation, orientation))


def stored_box(box: Box, orientation: int, size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where `box` of the upright picture lies in it as stored: left, top, right, bottom, clipped.

    size: width and height as stored.
    """
    columns, rows = size if orientation < 5 else size[::-1]
    left, right = (min(columns, max(0, round(x))) for x in (box.x0, box.x1))
    top, bottom = (min(rows, max(0, round(y))) for y in (box.y0, box.y1))
    # `turn` backwards: first the flips, then the exchange of the axes.
    if orientation in (3, 4, 7, 8):
        top, bottom = rows - bottom, rows - top
    if orientation in (2, 3, 6, 7):
        left, right = columns - right, columns - left
    if orientation in (5, 6, 7, 8):
        left, top, right, bottom = top, left, bottom, right
    return left, top, right, bottom
