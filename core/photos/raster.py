"""JPEG, PNG, TIFF and WebP."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..errors import PhotoUnsupported
from ..images import Mask
from .finishing import Decoded, finish
from .limits import check_size
from .metadata import read_exif
from .sniffing import Format
from .tiff import BITS, EXTRA_SAMPLES, PHOTOMETRIC, SAMPLE_FORMAT, check_samples

# A reduction by the decoder itself is taken if it still gives this share of the side asked for:
# 4000 pixels asked down to 2048 come as 2000, three times as fast as decoding all of them.
_NEAR_ENOUGH = 0.9
_PREMULTIPLIED = 1
WHITE = (1.0, 1.0, 1.0)  # sRGB 0..1, mixed as encoded


def decode(data: bytes, name: str, kind: Format, longest: int | None) -> Decoded:
    """The photo in `data`, a `kind` called `name`; the first picture where there are several.

    Transparency is laid over `WHITE`, which is what viewers show: the colours stored under
    transparent pixels are arbitrary, often black.

    Raises:
        PhotoTooLarge, PhotoTooSmall: by its header, before it is unpacked.
        PhotoUnsupported: a kind of pixel that photos don't have.
        Exception: anything, from Pillow and OpenCV, if the file is damaged.
    """
    if kind == "tiff":
        check_samples(data, name)
    with PIL.Image.open(io.BytesIO(data), formats=[kind.upper()]) as picture:
        full = picture.size
        check_size(*full, name)
        if kind == "jpeg" and longest is not None:
            _reduce(picture, longest)
        if kind != "tiff":  # a TIFF's orientation is gone once loaded, a PNG's may come last
            picture.load()
        tags = read_exif(picture)
        profile = picture.info.get("icc_profile")
        deep = _decode_deep(picture, data, kind)
        if deep is None and kind == "tiff":
            picture.load()
            full = picture.size
        if kind == "tiff":  # Pillow and OpenCV have turned it upright
            tags = replace(tags, orientation=1)
        if deep is not None:
            return finish(deep, deep.shape[1::-1], tags, profile, longest)
        return finish(np.asarray(flatten(picture, name)), full, tags, profile, longest)


def _reduce(picture: PIL.Image.Image, longest: int) -> None:
    """Have the JPEG decoder scale by 1/2, 1/4 or 1/8 as it goes."""
    for factor in (8, 4, 2):
        if max(picture.size) / factor >= longest * _NEAR_ENOUGH:
            picture.draft(None, (picture.width // factor, picture.height // factor))
            return


def coverage(data: bytes) -> Mask | None:
    """Of a PNG or TIFF as it is stored, how far each pixel covers what is below: (H, W) 0..1.

    None where there is no transparency, or where it can't be read.
    """
    try:
        with PIL.Image.open(io.BytesIO(data), formats=["PNG", "TIFF"]) as picture:
            if not picture.has_transparency_data:
                return None
    except Exception:  # another format, or damaged: whoever wants its colours is told
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        return None
    most = {"uint8": 255, "uint16": 65535}.get(pixels.dtype.name)
    return None if most is None else np.asarray(pixels[..., 3] / np.float32(most), np.float32)


def flatten(picture: PIL.Image.Image, name: str) -> PIL.Image.Image:
    """`picture` in mode L, RGB or CMYK, transparency over white.

    Raises:
        PhotoUnsupported: a mode that is none of these (floats, CIE Lab...).
    """
    if picture.has_transparency_data:
        colours = picture.convert("RGBA")
        white = PIL.Image.new("RGB", picture.size, "white")
        white.paste(colours, mask=colours.getchannel("A"))
        return white
    if picture.mode in ("L", "RGB", "CMYK"):
        return picture
    if picture.mode == "1":
        return picture.convert("L")
    if picture.mode in ("P", "YCbCr", "RGBX"):
        return picture.convert("RGB")
    raise PhotoUnsupported(
        f"{name} has pixels of the kind {picture.mode}",
        "Save it as a JPEG, or as a PNG or TIFF with 8 or 16 bits per channel.",
    )


def _decode_deep(picture: PIL.Image.Image, data: bytes, kind: Format) -> NDArray[Any] | None:
    """16-bit samples (H, W) or RGB (H, W, 3), as Pillow cuts them to 8; None if not deep."""
    premultiplied = False
    if kind == "png":
        if data[24] != 16:
            return None
    elif kind == "tiff":
        tags: dict[int, Any] = dict(picture.tag_v2)  # type: ignore[attr-defined]
        plain = tags.get(PHOTOMETRIC) in (1, 2) and set(tags.get(SAMPLE_FORMAT, (1,))) == {1}
        if not plain or set(tags.get(BITS, (1,))) != {16}:
            return None
        premultiplied = _PREMULTIPLIED in tags.get(EXTRA_SAMPLES, ())
    else:
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.dtype != np.uint16:
        return None
    if pixels.ndim == 3 and pixels.shape[2] == 4:
        pixels = _over_white(pixels, premultiplied)
    return pixels if pixels.ndim == 2 else pixels[..., ::-1]


def _over_white(pixels: NDArray[Any], premultiplied: bool) -> NDArray[Any]:
    """BGRA over white, in strips so that a large picture never exists in floats."""
    result = np.empty((*pixels.shape[:2], 3), np.uint16)
    for top in range(0, len(pixels), 256):
        strip = pixels[top : top + 256].astype(np.float32)
        alpha = strip[..., 3:] / 65535
        colours = strip[..., :3] * (1 if premultiplied else alpha)
        result[top : top + 256] = np.clip(colours + 65535 * (1 - alpha) + 0.5, 0, 65535)
    return result
