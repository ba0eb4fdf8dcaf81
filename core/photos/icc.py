"""Converts colours from a photo's ICC profile to sRGB.

8-bit samples go through LittleCMS. It has no 16-bit modes in Pillow, so deep pictures with a
matrix profile (Adobe RGB, Display P3, ProPhoto, grey: nearly all of them) are computed here in
floats after ICC.1:2022; with a table profile they are converted at 8 bits.
"""

from __future__ import annotations

import io
import struct
from functools import lru_cache
from typing import Any

import numpy as np
import PIL.Image
from numpy.typing import NDArray
from PIL import ImageCms

from ..images import Float, Image, from_u8, to_linear, to_srgb, to_u8

# sRGB's primaries in the profile connection space (XYZ, D50), Bradford-adapted (Lindbloom).
_SRGB_TO_XYZ = np.array(
    [
        [0.4360747, 0.3850649, 0.1430804],
        [0.2225045, 0.7168786, 0.0606169],
        [0.0139322, 0.0971045, 0.7141733],
    ]
)
_MODES = {b"GRAY": "L", b"RGB ": "RGB", b"CMYK": "CMYK"}


@lru_cache(maxsize=1)
def srgb_profile() -> bytes:
    """An sRGB profile to embed in written files; always the same bytes."""
    profile = _srgb().tobytes()
    # LittleCMS writes the time of day into it (ICC.1:2022, 7.2.10), 12 bytes from the 24th.
    return profile[:24] + struct.pack(">6H", 2000, 1, 1, 0, 0, 0) + profile[36:]


@lru_cache(maxsize=1)
def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))


def convert_u8(pixels: NDArray[np.uint8], profile: bytes | None) -> NDArray[np.uint8]:
    """`pixels` (H, W) grey, (H, W, 3) RGB or (H, W, 4) CMYK as sRGB (H, W, 3).

    A profile that is damaged or made for another kind of colour is ignored, as browsers do.
    """
    picture = PIL.Image.fromarray(
        pixels, "CMYK" if pixels.ndim == 3 and pixels.shape[2] == 4 else None
    )
    transform = _transform(profile, picture.mode) if profile else None
    if transform is not None:
        return np.asarray(transform.apply(picture))
    return pixels if picture.mode == "RGB" else np.asarray(picture.convert("RGB"))


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """To sRGB from `mode`; None if the profile doesn't fit or is sRGB itself."""
    try:
        if _mode(profile) != mode:
            return None
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.ImageCmsTransform(
            source,
            _srgb(),
            mode,
            "RGB",
            ImageCms.Intent.RELATIVE_COLORIMETRIC,
            flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
        )
    except (ImageCms.PyCMSError, OSError, ValueError):
        return None
    return None if mode == "RGB" and _changes_nothing(transform) else transform


def _changes_nothing(transform: ImageCms.ImageCmsTransform) -> bool:
    """True if no colour of a coarse grid moves by more than rounding: most profiles are sRGB."""
    steps = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(steps, steps, steps), -1).reshape(27, 27, 3)
    moved = np.asarray(transform.apply(PIL.Image.fromarray(grid))).astype(int) - grid
    return bool(np.abs(moved).max() <= 1)


def convert_float(pixels: Float, profile: bytes | None) -> Image:
    """`pixels` float 0..1, (H, W) grey or (H, W, 3) RGB, as sRGB (H, W, 3)."""
    colours = np.repeat(pixels[..., None], 3, 2) if pixels.ndim == 2 else pixels
    if not profile:
        return colours
    if _transform(profile, "L" if pixels.ndim == 2 else "RGB") is None:
        return colours
    try:
        with np.errstate(all="ignore"):  # a damaged profile's nonsense is caught below
            image = _by_matrix(colours, profile)
        if np.isfinite(image).all():
            return image
    except (LookupError, ValueError, ArithmeticError, struct.error):
        pass
    return from_u8(convert_u8(to_u8(pixels), profile))


def from_srgb(colours: Image, profile: bytes | None, *, grey: bool = False) -> Float | None:
    """The samples of `profile` for `colours`, sRGB (..., 3) 0..1: `convert_float` backwards.

    Args:
        grey: the samples are those of a grey picture, so that the result is (...).

    Returns:
        Float32 0..1, clipped to what the profile holds. None where the profile is a table, which
        has no way back here.
    """
    own = colours.mean(-1) if grey else colours
    if not profile or _transform(profile, "L" if grey else "RGB") is None:
        return np.asarray(own, np.float32)
    try:
        with np.errstate(all="ignore"):
            tags = _tags(profile)
            if grey:
                image = _encoded(to_linear(own), tags["kTRC"])
            else:
                linear = to_linear(own) @ np.linalg.inv(_matrix(tags)).astype(np.float32).T
                curves = (tags[name] for name in ("rTRC", "gTRC", "bTRC"))
                image = np.stack([_encoded(linear[..., i], c) for i, c in enumerate(curves)], -1)
    except (LookupError, ValueError, ArithmeticError, struct.error, np.linalg.LinAlgError):
        return None
    return image if np.isfinite(image).all() else None


def _encoded(linear: Float, tag: bytes) -> Float:
    """The tone curve of `_linear` backwards, at each code of 16 bits."""
    codes = np.linspace(0, 1, 65536, dtype=np.float32)
    return np.interp(linear, _linear(codes, tag), codes).astype(np.float32)


def _mode(profile: bytes) -> str | None:
    """Pillow's mode for the kind of colour that `profile` describes (ICC.1:2022, 7.2.8)."""
    return _MODES.get(profile[16:20])


def _by_matrix(colours: Float, profile: bytes) -> Image:
    """Three-component matrix or monochrome profiles (ICC.1:2022, 8.3.3 and 8.4)."""
    tags = _tags(profile)
    if _mode(profile) == "L":
        return to_srgb(_linear(colours, tags["kTRC"]))
    matrix = _matrix(tags).astype(np.float32)
    channels = [
        _linear(colours[..., i], tags[name]) for i, name in enumerate(("rTRC", "gTRC", "bTRC"))
    ]
    return to_srgb(np.stack(channels, -1) @ matrix.T)


def _matrix(tags: dict[str, bytes]) -> NDArray[np.float64]:
    """From the profile's linear light to sRGB's, (3, 3)."""
    if "A2B0" in tags:
        raise ValueError("the table has precedence over the matrix")
    to_xyz = np.stack([_s15f16(tags[name], 8, 3) for name in ("rXYZ", "gXYZ", "bXYZ")], 1)
    return np.linalg.inv(_SRGB_TO_XYZ) @ to_xyz


def _tags(profile: bytes) -> dict[str, bytes]:
    (count,) = struct.unpack_from(">I", profile, 128)
    tags: dict[str, bytes] = {}
    for i in range(min(count, 100)):
        name, start, size = struct.unpack_from(">4sII", profile, 132 + 12 * i)
        tags[name.decode("latin-1")] = profile[start : start + size]
    return tags


def _s15f16(tag: bytes, start: int, count: int) -> NDArray[np.float64]:
    return np.array(struct.unpack_from(f">{count}i", tag, start)) / 65536


def _linear(x: Float, tag: bytes) -> Float:
    """Linear light by a tone curve tag (ICC.1:2022, 10.6 curveType, 10.18 parametric)."""
    kind = tag[:4]
    if kind == b"curv":
        (count,) = struct.unpack_from(">I", tag, 8)
        if count == 0:
            return x
        points = np.array(struct.unpack_from(f">{count}H", tag, 12), np.float64)
        if count == 1:
            return np.power(np.maximum(x, 0), np.float32(points[0] / 256))
        grid = np.linspace(0, 1, count)
        return np.interp(x, grid, points / 65535).astype(np.float32)
    if kind != b"para":
        raise ValueError("neither a sampled nor a parametric curve")
    return _parametric(x, tag)


def _parametric(x: Float, tag: bytes) -> Float:
    (function,) = struct.unpack_from(">H", tag, 8)
    values: list[Any] = list(_s15f16(tag, 12, (1, 3, 4, 5, 7)[function]))
    g, a, b, c, d, e, f = _parameters(function, values)
    curve = np.power(np.maximum(a * x + b, 0), g) + e
    return np.where(x >= d, curve, c * x + f).astype(np.float32)


def _parameters(function: int, values: list[float]) -> tuple[float, ...]:
    """The seven parameters of function 4, of which the simpler ones are cases."""
    if function == 0:
        return values[0], 1.0, 0.0, 0.0, 0.0, 0.0, 0.0
    if function in (1, 2):
        g, a, b = values[:3]
        offset = values[3] if function == 2 else 0.0
        return g, a, b, 0.0, -b / a, offset, offset
    if function == 3:
        return *values, 0.0, 0.0
    return tuple(values)
