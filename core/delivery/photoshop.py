"""Writes Photoshop files (.psd): layered pictures for Photoshop, Affinity Photo, GIMP and others.

"Adobe Photoshop File Formats Specification", November 2019. Each layer keeps its mask apart from
its pixels, so that both can be painted into.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import PIL.Image

from ..images import Image, to_u8
from ..layers import Blend, Bytes, Layer
from ..photos.icc import srgb_profile
from .layered import check_same, shown_part

if TYPE_CHECKING:
    from psd_tools import PSDImage

SUFFIX = ".psd"
MOST_SIDE = 30_000  # pixels; only .psb holds more
# Photoshop's "linear dodge" adds, as the operator "plus" does.
_MODES = {
    Blend.NORMAL: "NORMAL",
    Blend.MULTIPLY: "MULTIPLY",
    Blend.DODGE: "COLOR_DODGE",
    Blend.OVERLAY: "OVERLAY",
    Blend.HARD_LIGHT: "HARD_LIGHT",
    Blend.PLUS: "LINEAR_DODGE",
    Blend.DIFFERENCE: "DIFFERENCE",
}
_INCHES, _FIXED = 1, 65536  # units of the resolution: per inch, as 16.16


def encode_photoshop(
    layers: Sequence[Layer], image: Image, *, xmp: bytes | None = None, dpi: float = 300
) -> bytes:
    """`layers`, bottom to top, as the bytes of a Photoshop file with 8 bits per channel.

    `image` (sRGB float32 (H, W, 3) 0..1) is the flat picture, for viewers that don't know layers.
    The same arguments give the same bytes.

    Raises:
        InputError: no layers, arrays of wrong type or shape, or layers that are not of `image`.
    """
    from psd_tools import PSDImage  # only those who write such files wait for it

    check_same(layers, image)
    file = PSDImage.frompil(PIL.Image.fromarray(to_u8(image)))
    for layer in layers:
        _add(file, layer)
    _describe(file, xmp, dpi)
    buffer = io.BytesIO()
    # `save` would paint the flat picture anew, by an arithmetic of its own.
    file._record.write(buffer)  # pyright: ignore[reportPrivateUsage]
    return buffer.getvalue()


def _add(file: PSDImage, layer: Layer) -> None:
    """Put `layer` on top: what its mask shows, at its place."""
    from psd_tools.constants import BlendMode

    part = shown_part(layer)
    top, left = part[0].start, part[1].start
    added = file.create_pixel_layer(
        PIL.Image.fromarray(layer.pixels[part]),
        top=top,
        left=left,
        opacity=round(255 * layer.opacity),
        blend_mode=BlendMode[_MODES[layer.blend]],
    )
    added.name = layer.name  # written here it may hold letters beyond Mac Roman
    if layer.mask is not None:
        added.create_mask(PIL.Image.fromarray(_contiguous(layer.mask[part])), top=top, left=left)


def _describe(file: PSDImage, xmp: bytes | None, dpi: float) -> None:
    """The colour profile, the resolution and the metadata."""
    from psd_tools.constants import Resource
    from psd_tools.psd.image_resources import ImageResource, ResoulutionInfo

    per_inch = round(dpi * _FIXED)
    resolution = ResoulutionInfo(per_inch, _INCHES, _INCHES, per_inch, _INCHES, _INCHES)
    values = {
        Resource.RESOLUTION_INFO: resolution,
        Resource.ICC_PROFILE: srgb_profile(),
        Resource.XMP_METADATA: xmp,
    }
    for key, value in values.items():
        if value is not None:
            file.image_resources[key] = ImageResource(key=key, data=value)  # type: ignore[arg-type]


def _contiguous(mask: Bytes) -> Bytes:
    return np.ascontiguousarray(mask)
