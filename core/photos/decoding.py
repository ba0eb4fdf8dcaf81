"""Decodes untrusted photos, in a separate process if this process reads so."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..errors import (
    HeadshotsError,
    PhotoDamaged,
    PhotoTooLarge,
    PhotoTooSlow,
    ReadingFailed,
    ReadingTooLarge,
    ReadingTooSlow,
)
from ..images import Mask
from ..isolation import Bytes, apart
from . import heif, raster, raw
from .file_type import Format
from .limits import MAX_PIXELS
from .metadata import Tags
from .upright import Decoded

DECODING = __name__  # the module that a reading process loads in advance
_THREADS = 4  # of OpenCV in a reading process, where each thread's stack counts as memory used
_SMALLER = "Save a smaller copy of it; a head needs no more than 4000 pixels."
_ANEW = "Copy it again from the camera or phone, or open and save it with a photo program."


def decode(data: bytes, name: str, kind: Format, longest: int | None, most: int) -> Decoded:
    """The photo in `data`, a `kind` called `name`; see `reading.read_photo`.

    Raises:
        PhotoError: as `read_photo`.
        ImportError: a decoder doesn't load.
    """
    pool = apart()
    if pool is None:
        return _decode(data, name, kind, longest, most)
    request = {"name": name, "kind": kind, "longest": longest, "most": most}
    try:
        answer = pool.ask(f"{DECODING}:decode_apart", request, data, name)
    except ReadingTooLarge as error:
        raise PhotoTooLarge(error.what, _SMALLER) from None
    except ReadingTooSlow as error:
        raise PhotoTooSlow(error.what, _SMALLER) from None
    except ReadingFailed as error:
        raise PhotoDamaged(error.what, _ANEW) from None
    facts = answer.facts
    tags: dict[str, Any] = facts["tags"]
    tags["frame"] = tags["frame"] and tuple(tags["frame"])
    samples = _samples(answer.body, facts["shape"], facts["type"])
    return Decoded(samples, facts["width"], facts["height"], Tags(**tags))


def decode_apart(request: dict[str, Any], data: bytes) -> tuple[dict[str, Any], NDArray[Any]]:
    """`decode`, as `isolation.child` calls it."""
    cv2.setNumThreads(_THREADS)
    decoded = _decode(data, **request)
    samples = np.ascontiguousarray(decoded.samples)
    facts = {"width": decoded.width, "height": decoded.height, "tags": asdict(decoded.tags)}
    return {**facts, "shape": samples.shape, "type": samples.dtype.name}, samples


def coverage(data: bytes) -> Mask | None:
    """The alpha channel of a PNG or TIFF as stored (not turned upright), float32 (H, W) 0..1.

    None if there is no transparency, or if it can't be read.
    """
    pool = apart()
    if pool is None:
        samples = raster.coverage(data)
    else:
        try:
            answer = pool.ask(f"{DECODING}:coverage_apart", {}, data, "The picture")
        except ReadingFailed:
            return None
        shape = answer.facts["shape"]
        samples = _samples(answer.body, shape, answer.facts["type"]) if shape else None
    if samples is None:
        return None
    return np.asarray(samples / np.float32(np.iinfo(samples.dtype).max), np.float32)


def coverage_apart(
    facts: dict[str, Any], data: bytes
) -> tuple[dict[str, Any], NDArray[Any] | bytes]:
    """`coverage`, as `isolation.child` calls it."""
    samples = raster.coverage(data)
    if samples is None:
        return {"shape": None}, b""
    return {"shape": samples.shape, "type": samples.dtype.name}, samples


def _samples(body: Bytes, shape: Sequence[int], type: str) -> NDArray[Any]:
    return body.view(np.dtype(type)).reshape(shape)


def _decode(data: bytes, name: str, kind: Format, longest: int | None, most: int) -> Decoded:
    try:
        # Decoders warn about oddities (large size, strange metadata) that are handled here.
        with warnings.catch_warnings(action="ignore"):
            if kind == "heif":
                return heif.decode(data, name, longest, most)
            if kind == "raw":
                return raw.decode(data, name, longest, most)
            return raster.decode(data, name, kind, longest, most)
    except (HeadshotsError, ImportError):  # a decoder that doesn't load says nothing of the photo
        raise
    except (PIL.Image.DecompressionBombError, MemoryError) as error:
        raise _too_large(name) from error
    except Exception as error:  # a damaged file leads decoders to raise nearly anything
        if isinstance(error, cv2.error) and error.code == cv2.Error.StsNoMem:
            raise _too_large(name) from error
        raise PhotoDamaged(
            f"{name} is a {kind.upper()} file whose content is damaged or cut off", _ANEW
        ) from error


def _too_large(name: str) -> PhotoTooLarge:
    return PhotoTooLarge(
        f"{name} has more than {MAX_PIXELS / 1e6:.0f} million pixels or doesn't fit in memory",
        _SMALLER,
    )
