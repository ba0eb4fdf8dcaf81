"""From decoded samples to an upright sRGB picture of the size that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Image, from_u8
from .icc import convert_float, convert_u8
from .metadata import Tags


@dataclass(frozen=True, eq=False)
class Decoded:
    """A photo's pixels, upright.

    image: sRGB float32 (H, W, 3) 0..1. width, height: upright size of the whole photo in pixels,
        of which `image` may be a reduction.
    """

    image: Image
    width: int
    height: int
    tags: Tags


def finish(
    pixels: NDArray[Any],
    full: tuple[int, int],
    tags: Tags,
    profile: bytes | None,
    longest: int | None,
) -> Decoded:
    """Shrink, convert and turn `pixels`, in the order that touches the fewest of them.

    Args:
        pixels: uint8 or uint16, (H, W) grey or (H, W, 3) RGB; uint8 (H, W, 4) is CMYK.
        full: width and height of the photo as stored, before any reduction.
        profile: ICC profile of `pixels`; None is sRGB.
        longest: bound for the longest side of the result.
    """
    pixels = _shrink(pixels, full, longest)
    if pixels.dtype == np.uint16:
        image = convert_float(pixels.astype(np.float32) / np.float32(65535), profile)
    else:
        image = from_u8(convert_u8(pixels, profile))
    width, height = full if tags.orientation < 5 else full[::-1]
    return Decoded(turn(image, tags.orientation), width, height, tags)


def _shrink(pixels: NDArray[Any], full: tuple[int, int], longest: int | None) -> NDArray[Any]:
    rows, columns = pixels.shape[:2]
    if longest is None or max(rows, columns) <= longest:
        return pixels
    factor = longest / max(full)
    size = max(1, round(full[0] * factor)), max(1, round(full[1] * factor))
    return cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)


def turn(image: Image, orientation: int) -> Image:
    """`image` as stored turned upright by its EXIF orientation 1..8 (EXIF 2.32, 4.6.4)."""
    if orientation in (5, 6, 7, 8):
        image = image.transpose(1, 0, 2)
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    return np.ascontiguousarray(image)
