"""Encodes pictures as files with an sRGB profile and metadata."""

from __future__ import annotations

import io
from typing import Any, Literal, TypeAlias

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL.PngImagePlugin import PngInfo

from ..errors import InputError
from ..images import Float, Image, Mask, check_image, to_u8
from .icc import srgb_profile

FileFormat: TypeAlias = Literal["jpeg", "png", "tiff"]
SUFFIXES: dict[str, str] = {"jpeg": ".jpg", "png": ".png", "tiff": ".tif"}
TRANSPARENT = frozenset({"png", "tiff"})  # formats that hold coverage too

# Names that Windows keeps for devices, with any suffix (learn.microsoft.com, "Naming Files").
DEVICES = frozenset(
    {"CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"}
    | {f"{kind}{digit}" for kind in ("COM", "LPT") for digit in "0123456789¹²³"}
)

# The longest side that a JPEG can have (ITU-T T.81, B.2.2); Pillow would fail late.
_JPEG_SIDE = 65500
# What a JPEG segment leaves for XMP, in bytes (XMP part 3, 1.1.3).
JPEG_XMP = 65502
_XMP_TAG, _BYTE = 700, 1  # XMP part 3, 1.1.4; TIFF 6.0 type


def encode(
    image: Image,
    format: FileFormat,
    *,
    coverage: Mask | None = None,
    quality: int = 95,
    bits: int = 8,
    xmp: bytes | None = None,
    dpi: float = 300,
) -> bytes:
    """`image` (sRGB float32 (H, W, 3) 0..1, clipped) as the bytes of a file.

    Every format carries an sRGB ICC profile, the resolution and, if given, the XMP packet. The
    same arguments give the same bytes.

    Args:
        coverage: (H, W) 0..1, written as straight alpha by the formats of `TRANSPARENT`: the
            colours are not premultiplied.
        quality: of JPEG, 1..100; colour is kept at full resolution (4:4:4), for skin and red cloth.
        bits: per channel: 8, or 16 for TIFF.
        xmp: a serialised XMP packet, at most `JPEG_XMP` bytes for JPEG.
        dpi: pixels per inch for print.

    Raises:
        InputError: an argument out of range, or a combination that the format doesn't have.
    """
    check_image(image)
    if format not in SUFFIXES:
        raise InputError(f"{format!r} is not written here", f"Choose one of {', '.join(SUFFIXES)}.")
    if bits != 8 and (bits, format) != (16, "tiff"):
        raise InputError(f"{format} with {bits} bits is not written here", "Use TIFF for 16 bits.")
    if coverage is not None:
        if format not in TRANSPARENT:
            raise InputError(f"{format} has no transparency", "Use PNG or TIFF.")
        if coverage.shape != image.shape[:2]:
            raise InputError(
                f"The coverage is {coverage.shape}, the picture {image.shape}",
                "Give a coverage of the picture's own size.",
            )
    if not 1 <= quality <= 100:
        raise InputError(f"quality is {quality}", "Give a quality from 1 to 100.")
    if not 1 <= dpi <= 10000:
        raise InputError(f"dpi is {dpi}", "Give a resolution from 1 to 10000 pixels per inch.")
    samples = image if coverage is None else np.dstack([image, coverage])
    if format == "tiff":
        return _tiff(samples, bits, xmp, dpi)
    return _jpeg(samples, quality, xmp, dpi) if format == "jpeg" else _png(samples, xmp, dpi)


def _jpeg(image: Float, quality: int, xmp: bytes | None, dpi: float) -> bytes:
    if max(image.shape) > _JPEG_SIDE:
        raise InputError(f"A side of {max(image.shape)} pixels is too long for JPEG", "Use PNG.")
    if xmp is not None and len(xmp) > JPEG_XMP:
        raise InputError(f"XMP of {len(xmp)} bytes is too long for JPEG", "Use PNG or TIFF.")
    options: dict[str, Any] = {"quality": quality, "subsampling": "4:4:4", "optimize": True}
    return _saved(image, "JPEG", dpi, **options, xmp=xmp or b"")


def _png(image: Float, xmp: bytes | None, dpi: float) -> bytes:
    texts = PngInfo()
    if xmp is not None:
        texts.add_itxt("XML:com.adobe.xmp", xmp.decode("utf-8"))  # XMP part 3, 1.1.5
    return _saved(image, "PNG", dpi, pnginfo=texts)


def _saved(image: Float, format: str, dpi: float, **options: Any) -> bytes:
    buffer = io.BytesIO()
    picture = PIL.Image.fromarray(to_u8(image))
    picture.save(buffer, format, icc_profile=srgb_profile(), dpi=(dpi, dpi), **options)
    return buffer.getvalue()


def _tiff(image: Float, bits: int, xmp: bytes | None, dpi: float) -> bytes:
    import tifffile  # only those who write TIFFs wait for it

    samples: NDArray[Any] = _u16(image) if bits == 16 else to_u8(image)
    extra = [] if xmp is None else [(_XMP_TAG, _BYTE, len(xmp), xmp, True)]
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        samples,
        photometric="rgb",
        extrasamples=["unassalpha"] if samples.shape[2] == 4 else [],
        compression="zlib",
        predictor=True,
        iccprofile=srgb_profile(),
        resolution=(dpi, dpi),
        resolutionunit="INCH",
        software="headshots",
        metadata=None,
        extratags=extra,
    )
    return buffer.getvalue()


def _u16(image: Float) -> NDArray[np.uint16]:
    """Float samples 0..1 as 16-bit, row by row: large prints are a third of a gigabyte."""
    samples = np.empty(image.shape, np.uint16)
    for row, target in zip(image, samples, strict=True):
        target[:] = np.clip(row, 0, 1) * 65535 + 0.5
    return samples
