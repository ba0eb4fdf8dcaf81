"""Renews the thumbnail in a JPEG's EXIF block, which would go on showing the unedited picture."""

from __future__ import annotations

import io
import struct
from typing import Any

import PIL.Image
from numpy.typing import NDArray
from PIL import ImageOps

EXIF = b"Exif\0\0"  # how the block begins (EXIF 2.32, 4.7.2)
_START, _LENGTH = 0x0201, 0x0202  # of the thumbnail, in the second directory
_QUALITIES = (90, 75, 60, 45, 30, 15)


def with_thumbnail(exif: bytes, pixels: NDArray[Any]) -> bytes:
    """The block `exif` with its thumbnail, if it has one, made of `pixels`, uint8 (H, W[, 3]).

    The new one lies where the old one lay, so that nothing else moves; where none fits, the room
    is left empty.
    """
    try:
        order = {b"II": "<", b"MM": ">"}[exif[6:8]]
        second = _directory(exif, order, *struct.unpack_from(order + "I", exif, 10))[1]
        entries = _directory(exif, order, second)[0]
        start, length = (entries[tag] for tag in (_START, _LENGTH))
        (begin,) = struct.unpack_from(order + "I", exif, start)
        (size,) = struct.unpack_from(order + "I", exif, length)
        begin += len(EXIF)
        with PIL.Image.open(io.BytesIO(exif[begin : begin + size])) as old:
            made = _made(pixels, old.size, size)
    except (LookupError, struct.error, OSError):  # it has none, or no readable one
        return exif
    block = bytearray(exif)
    block[begin : begin + size] = made.ljust(size, b"\0")
    struct.pack_into(order + "I", block, length, len(made))
    return bytes(block)


def _directory(exif: bytes, order: str, offset: int) -> tuple[dict[int, int], int]:
    """Where in the block the value of each tag lies, and where the next directory does."""
    if not offset:
        raise LookupError
    place = len(EXIF) + offset
    (count,) = struct.unpack_from(order + "H", exif, place)
    entries = [place + 2 + 12 * number for number in range(count)]
    (following,) = struct.unpack_from(order + "I", exif, place + 2 + 12 * count)
    return {struct.unpack_from(order + "H", exif, each)[0]: each + 8 for each in entries}, following


def _made(pixels: NDArray[Any], size: tuple[int, int], most: int) -> bytes:
    """A JPEG of that size in pixels, of at most `most` bytes; empty if there is none."""
    small = ImageOps.pad(PIL.Image.fromarray(pixels).convert("RGB"), size)
    for quality in _QUALITIES:
        buffer = io.BytesIO()
        small.save(buffer, "JPEG", quality=quality)
        if buffer.tell() <= most:
            return buffer.getvalue()
    return b""
