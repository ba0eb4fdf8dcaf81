"""Pictures as arrays, and the colour arithmetic that everything shares.

Image: float32 (H, W, 3), sRGB-encoded, 0..1. Linear: the same shape in linear light.
Mask: float32 (H, W), 0..1. Coordinates are pixels, x to the right and y down, pixel centres at
integers.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from .errors import InputError

Float: TypeAlias = NDArray[np.float32]
Image: TypeAlias = Float
Linear: TypeAlias = Float
Mask: TypeAlias = Float

# Rec. 709 / sRGB luminance weights (IEC 61966-2-1).
LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Box:
    """An axis-aligned rectangle in pixels: left, top, right, bottom."""

    x0: float
    y0: float
    x1: float
    y1: float

    @property
    def width(self) -> float:
        return self.x1 - self.x0

    @property
    def height(self) -> float:
        return self.y1 - self.y0

    @property
    def area(self) -> float:
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def centre(self) -> tuple[float, float]:
        return (self.x0 + self.x1) / 2, (self.y0 + self.y1) / 2

    def scaled(self, factor: float) -> Box:
        """The same box after the picture was resized by `factor`."""
        return Box(self.x0 * factor, self.y0 * factor, self.x1 * factor, self.y1 * factor)

    def grown(self, share: float) -> Box:
        """The box with `share` of its width and height added on each side."""
        dx, dy = self.width * share, self.height * share
        return Box(self.x0 - dx, self.y0 - dy, self.x1 + dx, self.y1 + dy)

    def overlap(self, other: Box) -> float:
        """Intersection over union, 0..1."""
        width = min(self.x1, other.x1) - max(self.x0, other.x0)
        height = min(self.y1, other.y1) - max(self.y0, other.y0)
        shared = max(0.0, width) * max(0.0, height)
        union = self.area + other.area - shared
        return shared / union if union > 0 else 0.0

    def cut(self, image: NDArray[Any]) -> NDArray[Any]:
        """The part of `image` inside the box, clipped to the picture; a view, possibly empty."""
        height, width = image.shape[:2]
        rows = slice(max(0, round(self.y0)), max(0, min(height, round(self.y1))))
        columns = slice(max(0, round(self.x0)), max(0, min(width, round(self.x1))))
        return image[rows, columns]


def check_image(image: NDArray[Any], name: str = "image") -> Image:
    """`image` itself if it is an Image (float32 (H, W, 3), finite, H and W at least 1).

    Raises:
        InputError: wrong type, shape, dtype or values that are not finite.
    """
    if not isinstance(image, np.ndarray) or image.ndim != 3 or image.shape[2] != 3:
        shape = getattr(image, "shape", type(image).__name__)
        raise InputError(f"{name} has shape {shape}", "Give an array of shape (H, W, 3).")
    if image.dtype != np.float32:
        raise InputError(f"{name} has dtype {image.dtype}", "Give float32 values from 0 to 1.")
    if image.size == 0:
        raise InputError(f"{name} has no pixels", "Give a picture of at least 1x1 pixels.")
    if not np.isfinite(image).all():
        raise InputError(f"{name} has values that are not finite", "Replace NaN and infinity.")
    return image


def from_u8(pixels: NDArray[np.uint8]) -> Image:
    """8-bit samples 0..255 as float32 0..1, any shape."""
    image = pixels.astype(np.float32)
    image /= 255  # in place, as below
    return image


def pixel_digest(image: Float) -> str:
    """SHA-256, hex, of a picture's shape and its samples as 8 bits.

    It is equal for pictures that look the same when shown or saved with 8 bits.
    """
    samples = np.ascontiguousarray(to_u8(image))
    digest = hashlib.sha256(repr(samples.shape).encode())
    digest.update(samples.data)
    return digest.hexdigest()


def to_u8(image: Float) -> NDArray[np.uint8]:
    """Float samples 0..1 as 8-bit, clipped and rounded, any shape."""
    return _scaled(image, 255).astype(np.uint8)


def to_u16(image: Float) -> NDArray[np.uint16]:
    """Float samples 0..1 as 16-bit, clipped and rounded, any shape."""
    return _scaled(image, 65535).astype(np.uint16)


def _scaled(image: Float, most: int) -> Float:
    """Samples clipped to 0..1, as 0..`most` plus a half, so that truncation rounds them."""
    scaled = np.clip(image, 0, 1)
    scaled *= most  # in place: large prints are a third of a gigabyte
    scaled += 0.5
    return scaled


def to_linear(image: Image) -> Linear:
    """sRGB-encoded to linear light (IEC 61966-2-1), any shape, input 0..1."""
    x = np.asarray(np.maximum(image, 0), np.float32)
    linear = x.copy()  # then in place: one expression would take six times the memory
    linear += np.float32(0.055)
    linear *= np.float32(1 / 1.055)
    linear **= np.float32(2.4)
    np.multiply(x, np.float32(1 / 12.92), out=linear, where=x <= 0.04045)
    return linear


def to_srgb(linear: Linear) -> Image:
    """Linear light to sRGB-encoded (IEC 61966-2-1), clipped to 0..1, any shape."""
    x = np.asarray(np.clip(linear, 0, 1), np.float32)
    image = x.copy()
    image **= np.float32(1 / 2.4)
    image *= np.float32(1.055)
    image -= np.float32(0.055)
    np.multiply(x, np.float32(12.92), out=image, where=x <= 0.0031308)
    return image


def luminance(linear: Linear) -> Float:
    """Relative luminance (H, W) of linear light (H, W, 3)."""
    return (linear @ LUMINANCE).astype(np.float32)


def to_lab(image: Image) -> Float:
    """SRGB (H, W, 3) 0..1 as CIE L*a*b* (D65): L 0..100, a and b about -128..127."""
    return np.asarray(cv2.cvtColor(np.ascontiguousarray(image), cv2.COLOR_RGB2LAB), np.float32)


def from_lab(lab: Float) -> Image:
    """CIE L*a*b* (D65) as sRGB (H, W, 3), clipped to 0..1."""
    return np.asarray(np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1), np.float32)


def resize(image: Float, width: int, height: int) -> Float:
    """Resized to `width` x `height`: area-averaged when shrinking, cubic when growing."""
    rows, columns = image.shape[:2]
    shrinking = width * height < rows * columns
    method = cv2.INTER_AREA if shrinking else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(image, (width, height), interpolation=method), np.float32)


def fit(image: Float, longest: int) -> tuple[Float, float]:
    """`image` shrunk so that its longest side is at most `longest`, and the factor used (<= 1)."""
    rows, columns = image.shape[:2]
    factor = min(1.0, longest / max(rows, columns))
    if factor == 1.0:
        return image, 1.0
    return resize(image, max(1, round(columns * factor)), max(1, round(rows * factor))), factor


def ramp(x: Float, low: float, high: float) -> Float:
    """0 below `low`, 1 above `high`, straight between; any shape."""
    return np.asarray(np.clip((x - low) / (high - low), 0, 1), np.float32)


def extremes(image: Image) -> tuple[Mask, Mask]:
    """The least and the greatest channel of each pixel, float32 (H, W); NumPy's takes ten times."""
    first, second, third = cv2.split(image)
    least, greatest = cv2.min(cv2.min(first, second), third), cv2.max(cv2.max(first, second), third)
    return np.asarray(least, np.float32), np.asarray(greatest, np.float32)


def blur(image: Float, sigma: float) -> Float:
    """Gaussian blur; sigma in pixels, 0 or less leaves the picture as it is."""
    if sigma <= 0:
        return image
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)


def wide_blur(image: Float, sigma: float) -> Float:
    """`blur` by a sigma of 6 pixels or more, on half the size: a sixth of the time. It is off by
    less than a hundredth of what the picture varies by.
    """
    rows, columns = image.shape[:2]
    small = resize(image, (columns + 1) // 2, (rows + 1) // 2)
    wide = cv2.resize(blur(small, sigma / 2), (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(wide, np.float32)
