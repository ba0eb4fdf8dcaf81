"""JPEG, PNG, TIFF and WebP."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..errors import PhotoUnsupported
from .file_type import Format
from .limits import check_size
from .metadata import Tags, read_exif
from .tiff import BITS, EXTRA_SAMPLES, PHOTOMETRIC, SAMPLE_FORMAT, check_samples
from .upright import Decoded, finish

# A reduction by the decoder itself is taken if it still gives this share of the side asked for:
# 4000 pixels asked down to 2048 come as 2000, three times as fast as decoding all of them.
_NEAR_ENOUGH = 0.9
_PREMULTIPLIED = 1
_STRIP = 256  # rows
WHITE = (1.0, 1.0, 1.0)  # sRGB 0..1, mixed as encoded


def decode(data: bytes, name: str, kind: Format, longest: int | None, most: int) -> Decoded:
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
    read = _read(data, name, kind, longest, most)
    if read.pixels is None:
        pixels = _decode_deep(data, read.premultiplied)
        if pixels is not None:
            return finish(pixels, pixels.shape[1::-1], read.tags, read.profile, longest)
        read = _read(data, name, kind, longest, most, shallow=True)
        assert read.pixels is not None
    return finish(read.pixels, read.full, read.tags, read.profile, longest)


@dataclass(frozen=True, eq=False)
class _Read:
    """The result of reading with Pillow, whose own copy of the pixels is released.

    full: width and height of the photo before any reduction.
    pixels: uint8; None of a photo with 16 bits per channel, which Pillow cuts to 8.
    premultiplied: such a photo's colours are mixed with black by its transparency.
    """

    full: tuple[int, int]
    tags: Tags
    profile: bytes | None
    pixels: NDArray[Any] | None
    premultiplied: bool


def _read(
    data: bytes,
    name: str,
    kind: Format,
    longest: int | None,
    most: int,
    *,
    shallow: bool = False,
) -> _Read:
    """shallow: take 8 of 16 bits."""
    with PIL.Image.open(io.BytesIO(data), formats=[kind.upper()]) as picture:
        full = picture.size
        check_size(*full, name, most)
        deep = not shallow and _is_deep(picture, data, kind)
        premultiplied = deep and kind == "tiff" and _is_premultiplied(picture)
        if kind == "jpeg" and longest is not None:
            reduce(picture, longest)
        if kind != "tiff":  # a TIFF's orientation is gone once loaded, a PNG's may come last
            picture.load()
        tags = read_exif(picture)
        profile = picture.info.get("icc_profile")
        if kind == "tiff":  # Pillow and OpenCV turn it upright
            tags = replace(tags, orientation=1)
        if deep:
            return _Read(full, tags, profile, None, premultiplied)
        if kind == "tiff":
            picture.load()
            full = picture.size
        return _Read(full, tags, profile, samples(flatten(picture, name)), False)


def samples(picture: PIL.Image.Image) -> NDArray[Any]:
    """The samples of `picture`, copied in strips: Pillow would need room for two more copies."""
    columns, rows = picture.size
    bands = len(picture.getbands())
    pixels = np.empty((rows, columns) if bands == 1 else (rows, columns, bands), np.uint8)
    for top in range(0, rows, _STRIP):
        below = min(rows, top + _STRIP)
        pixels[top:below] = np.asarray(picture.crop((0, top, columns, below)))
    return pixels


def reduce(picture: PIL.Image.Image, longest: int) -> None:
    """Have the JPEG decoder scale by 1/2, 1/4 or 1/8 as it goes."""
    for factor in (8, 4, 2):
        if max(picture.size) / factor >= longest * _NEAR_ENOUGH:
            picture.draft(None, (picture.width // factor, picture.height // factor))
            return


def coverage(data: bytes) -> NDArray[Any] | None:
    """The alpha channel of a PNG or TIFF as stored, (H, W), uint8 or uint16 over their full range.

    None if there is no transparency, or if it can't be read.
    """
    try:
        with PIL.Image.open(io.BytesIO(data), formats=["PNG", "TIFF"]) as picture:
            if not picture.has_transparency_data:
                return None
    except Exception:  # another format, or damaged: decoding its colours reports that
        return None
    pixels = unchanged(data)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4:
        return None
    return pixels[..., 3].copy() if pixels.dtype.name in ("uint8", "uint16") else None


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


def _is_deep(picture: PIL.Image.Image, data: bytes, kind: Format) -> bool:
    """Whether it has 16 bits per channel, which OpenCV reads."""
    if kind == "png":
        return data[24] == 16
    if kind != "tiff":
        return False
    tags = _tags(picture)
    plain = tags.get(PHOTOMETRIC) in (1, 2) and set(tags.get(SAMPLE_FORMAT, (1,))) == {1}
    return plain and set(tags.get(BITS, (1,))) == {16}


def _is_premultiplied(picture: PIL.Image.Image) -> bool:
    return _PREMULTIPLIED in _tags(picture).get(EXTRA_SAMPLES, ())


def _tags(picture: PIL.Image.Image) -> dict[int, Any]:
    return dict(picture.tag_v2)  # type: ignore[attr-defined]


def _decode_deep(data: bytes, premultiplied: bool) -> NDArray[Any] | None:
    """16-bit samples (H, W) or RGB (H, W, 3); None if OpenCV finds none."""
    pixels = unchanged(data)
    if pixels is None or pixels.dtype != np.uint16:
        return None
    if pixels.ndim == 2:
        return pixels
    if pixels.shape[2] == 4:
        pixels = _over_white(pixels, premultiplied)
    return cv2.cvtColor(pixels, cv2.COLOR_BGR2RGB, dst=pixels)


def unchanged(data: bytes) -> NDArray[Any] | None:
    """The samples of a PNG or TIFF, upright, BGR or BGRA where there are colours; None without any.

    Nothing is said on stderr: OpenCV warns of each tag that it doesn't know, such as a rating.
    """
    log: Any = cv2.utils.logging  # type: ignore[attr-defined]
    level = log.getLogLevel()
    log.setLogLevel(log.LOG_LEVEL_SILENT)
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    finally:
        log.setLogLevel(level)  # other programs' in this process


def _over_white(pixels: NDArray[Any], premultiplied: bool) -> NDArray[Any]:
    """BGRA over white, in strips so that a large picture never exists in floats."""
    result = np.empty((*pixels.shape[:2], 3), np.uint16)
    for top in range(0, len(pixels), _STRIP):
        strip = pixels[top : top + _STRIP].astype(np.float32)
        alpha = strip[..., 3:] / 65535
        colours = strip[..., :3] * (1 if premultiplied else alpha)
        result[top : top + _STRIP] = np.clip(colours + 65535 * (1 - alpha) + 0.5, 0, 65535)
    return result
