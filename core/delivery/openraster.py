"""Writes OpenRaster files (.ora): layered pictures for Krita, GIMP, MyPaint and others.

The format is at openraster.org, "File Layout Specification" and "Layer Stack Specification",
version 0.0.5. It has no masks: a layer's mask and opacity are its alpha.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import TypeAlias
from xml.etree import ElementTree

import numpy as np
import PIL.Image

from ..images import Image, fit, from_u8, to_u8
from ..layers import Bytes, Layer
from ..photos.icc import srgb_profile
from ..photos.writing import encode
from .layered import check_same, shown_part

SUFFIX = ".ora"
_MIMETYPE = b"image/openraster"
_VERSION = "0.0.5"
_THUMBNAIL = 256  # longest side, pixels
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest date of a ZIP file: always the same bytes
_UNIX, _MODE = 3, 0o100644

_Drawn: TypeAlias = tuple[tuple[int, int], Bytes]


def encode_openraster(
    layers: Sequence[Layer], image: Image, *, xmp: bytes | None = None, dpi: float = 300
) -> bytes:
    """`layers`, bottom to top, as the bytes of an OpenRaster file.

    `image` (sRGB float32 (H, W, 3) 0..1) is the flat picture, for viewers that don't know layers;
    it carries the XMP packet. The same arguments give the same bytes.

    Raises:
        InputError: no layers, arrays of wrong type or shape, or layers that are not of `image`.
    """
    check_same(layers, image)
    drawn = [_drawn(layer) for layer in layers]
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        _add(file, "mimetype", _MIMETYPE)  # first and stored, so that it lies at a fixed offset
        _add(file, "stack.xml", _stack(layers, drawn, image, dpi))
        for index, (_, pixels) in enumerate(drawn):
            _add(file, _source(index), _png(pixels, dpi))
        _add(file, "mergedimage.png", encode(image, "png", xmp=xmp, dpi=dpi))
        _add(file, "Thumbnails/thumbnail.png", _png(to_u8(fit(image, _THUMBNAIL)[0]), 72))
    return buffer.getvalue()


def _stack(
    layers: Sequence[Layer],
    drawn: Sequence[tuple[tuple[int, int], Bytes]],
    image: Image,
    dpi: float,
) -> bytes:
    rows, columns = image.shape[:2]
    root = ElementTree.Element("image", version=_VERSION, w=str(columns), h=str(rows))
    root.attrib |= {"xres": str(round(dpi)), "yres": str(round(dpi))}
    stack = ElementTree.SubElement(root, "stack")
    for index in reversed(range(len(layers))):  # the file's first layer is the topmost
        (left, top), _ = drawn[index]
        ElementTree.SubElement(
            stack,
            "layer",
            {
                "name": _sayable(layers[index].name),
                "src": _source(index),
                "x": str(left),
                "y": str(top),
                "opacity": "1.0",
                "visibility": "visible",
                "composite-op": f"svg:{layers[index].blend}",
            },
        )
    return ElementTree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _drawn(layer: Layer) -> _Drawn:
    """The visible part of a layer: its origin (x, y) and pixels, RGB or RGBA."""
    alpha = layer.coverage
    if alpha.min() == 255:
        return (0, 0), layer.pixels
    shown, part = alpha > 0, shown_part(layer)
    pixels = layer.pixels * shown[..., None]  # invisible pixels only take space
    origin = part[1].start, part[0].start
    return origin, np.dstack([pixels[part], alpha[part]])


def _sayable(name: str) -> str:
    """`name` without what XML 1.0 can't hold (section 2.2)."""

    def allowed(letter: str) -> bool:
        return letter in "\t\n\r" or (letter >= " " and not "\ud800" <= letter <= "\udfff")

    return "".join(
        letter if allowed(letter) and letter not in "\ufffe\uffff" else "\ufffd" for letter in name
    )


def _source(index: int) -> str:
    return f"data/{index:03}.png"


def _png(pixels: Bytes, dpi: float) -> bytes:
    if pixels.shape[2] == 3:
        return encode(from_u8(pixels), "png", dpi=dpi)
    buffer = io.BytesIO()
    picture = PIL.Image.fromarray(pixels)
    picture.save(buffer, "PNG", icc_profile=srgb_profile(), dpi=(dpi, dpi))
    return buffer.getvalue()


def _add(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    """Add a member without compression: PNG is compressed already."""
    info = zipfile.ZipInfo(name, _EPOCH)
    info.create_system, info.external_attr = _UNIX, _MODE << 16
    file.writestr(info, data, zipfile.ZIP_STORED)
