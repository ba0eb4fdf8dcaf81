"""Layers of a picture, as image editors have them, and how they are composited.

Samples are 8-bit, as in the editors' files: compositing with their rounding gives exactly the
picture again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .errors import InputError
from .images import Box, Float, Image, from_u8, to_u8

Bytes: TypeAlias = NDArray[np.uint8]


class Blend(StrEnum):
    """How a layer acts on what is below it, by the names of OpenRaster without their "svg:".

    All work on sRGB-encoded samples. OpenRaster, Krita and GIMP have each of them.
    """

    NORMAL = "src-over"
    MULTIPLY = "multiply"
    DODGE = "color-dodge"
    OVERLAY = "overlay"
    HARD_LIGHT = "hard-light"
    PLUS = "plus"
    DIFFERENCE = "difference"


@dataclass(frozen=True, eq=False)
class Layer:
    """One layer.

    name: for people.
    pixels: uint8 (H, W, 3), sRGB.
    mask: uint8 (H, W), 0 hides .. 255 shows the layer; None shows all of it.
    opacity: 0..1, of the whole layer.
    """

    name: str
    pixels: Bytes
    mask: Bytes | None = None
    blend: Blend = Blend.NORMAL
    opacity: float = 1.0

    @property
    def coverage(self) -> Bytes:
        """Mask and opacity as one, uint8 (H, W): the alpha where a format knows no masks."""
        if self.mask is None:
            return np.full(self.pixels.shape[:2], round(255 * self.opacity), np.uint8)
        return to_u8(from_u8(self.mask) * np.float32(self.opacity))

    def cut(self, box: Box) -> Layer:
        """The part of the layer inside `box`, in whole pixels of the picture."""
        mask = None if self.mask is None else box.cut(self.mask)
        return replace(self, pixels=box.cut(self.pixels), mask=mask)


def check_layers(layers: Sequence[Layer]) -> None:
    """Raise InputError unless there is a layer and all are uint8 of one size, opacity 0..1."""
    if not layers:
        raise InputError("There are no layers", "Give at least one.")
    shape = layers[0].pixels.shape
    for layer in layers:
        fits = layer.pixels.shape == shape and layer.pixels.ndim == 3 and shape[2] == 3
        if not fits or layer.pixels.dtype != np.uint8 or layer.pixels.size == 0:
            raise InputError(
                f"Layer {layer.name!r} is {layer.pixels.dtype} {layer.pixels.shape}",
                "Give uint8 arrays of one shape (H, W, 3).",
            )
        mask = layer.mask
        if mask is not None and (mask.shape != shape[:2] or mask.dtype != np.uint8):
            raise InputError(
                f"The mask of layer {layer.name!r} is {mask.dtype} {mask.shape}",
                f"Give uint8 of shape {shape[:2]}.",
            )
        if not 0 <= layer.opacity <= 1:
            raise InputError(
                f"Layer {layer.name!r} has opacity {layer.opacity}", "Give a value from 0 to 1."
            )


def composite(layers: Sequence[Layer]) -> Image:
    """The picture that `layers`, bottom to top, make over black; sRGB float32 (H, W, 3) 0..1.

    Every layer's result is rounded to 8 bits, as an 8-bit editor does.

    Raises:
        InputError: no layers, or arrays of wrong type or shape.
    """
    check_layers(layers)
    picture = np.zeros(layers[0].pixels.shape, np.uint8)
    for layer in layers:
        picture = laid(picture, layer)
    return from_u8(picture)


def laid(below: Bytes, layer: Layer) -> Bytes:
    """The opaque picture `below`, uint8 (H, W, 3), under `layer`, rounded to 8 bits."""
    return to_u8(laid_exactly(from_u8(below), layer))


def laid_exactly(below: Float, layer: Layer) -> Float:
    """The opaque picture `below`, float32 (H, W, 3) 0..1, under `layer`, not rounded."""
    cover, pixels = from_u8(layer.coverage)[..., None], from_u8(layer.pixels)
    if layer.blend is Blend.PLUS:  # an operator, not a blend: coverage counts before the sum
        return blend(below, cover * pixels, Blend.PLUS)
    blended = blend(below, pixels, layer.blend)
    return np.asarray(below + cover * (blended - below), np.float32)


def blend(below: Float, above: Float, mode: Blend) -> Float:
    """What `mode` makes of two sRGB samples 0..1, any shape.

    W3C, "Compositing and Blending Level 1", section 9.1; plus: its "lighter" operator.
    """
    match mode:
        case Blend.NORMAL:
            return above
        case Blend.MULTIPLY:
            return below * above
        case Blend.DODGE:
            return np.minimum(below / np.maximum(1 - above, np.float32(1e-6)), np.float32(1))
        case Blend.OVERLAY:
            return blend(above, below, Blend.HARD_LIGHT)
        case Blend.HARD_LIGHT:
            return np.where(above <= 0.5, 2 * below * above, 1 - 2 * (1 - below) * (1 - above))
        case Blend.PLUS:
            return np.minimum(below + above, np.float32(1))
        case Blend.DIFFERENCE:
            return np.abs(below - above)
