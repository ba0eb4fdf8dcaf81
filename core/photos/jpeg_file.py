"""Changes the pixels of a JPEG and keeps its metadata (ITU-T T.81, Annex B)."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import Any, TypeAlias

import PIL.Image
from numpy.typing import NDArray
from PIL import JpegImagePlugin

from ..errors import InputError, PhotoDamaged, PhotoUnsupported
from .metadata import read_exif
from .raster import samples
from .thumbnail import EXIF, with_thumbnail
from .upright import turn, turn_back

Change: TypeAlias = Callable[[NDArray[Any], bytes | None], NDArray[Any]]

_SOI, _SOS, _EOI, _COMMENT = 0xD8, 0xDA, 0xD9, 0xFE
_APP = range(0xE0, 0xF0)
_APP0, _APP1, _APP2, _ADOBE = 0xE0, 0xE1, 0xE2, 0xEE
_XMP = b"http://ns.adobe.com/xap/1.0/\0"  # XMP part 3, 1.1.3
_EXTENDED = b"http://ns.adobe.com/xmp/extension/\0"  # XMP part 3, 1.1.3.1
_FURTHER = b"MPF\0"  # CIPA DC-007: where further pictures lie, by bytes from here
_MOST = 65533  # bytes of a segment
_ALIKE = -1  # Pillow's word for a sampling that it can't write


def changed(data: bytes, name: str, change: Change, xmp: bytes | None) -> bytes:
    """See `put_back.put_back`."""
    with PIL.Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        if picture.mode not in ("RGB", "L"):
            raise PhotoUnsupported(
                f"{name} is a JPEG in {picture.mode}", "Hand it over as an RGB TIFF or JPEG."
            )
        picture.load()
        orientation = read_exif(picture).orientation
        stored = turn(samples(picture), orientation)
        result = turn_back(change(stored, picture.info.get("icc_profile")), orientation)
        sampling = JpegImagePlugin.get_sampling(picture)
        buffer = io.BytesIO()
        PIL.Image.fromarray(result).save(
            buffer,
            "JPEG",
            qtables=picture.quantization,  # type: ignore[attr-defined]
            subsampling=0 if sampling == _ALIKE else sampling,
            progressive=bool(picture.info.get("progressive")),
            optimize=True,
        )
    pixels = list(_segments(buffer.getvalue(), name))
    kept = [
        (marker, with_thumbnail(body, result) if body.startswith(EXIF) else body)
        for marker, body in _kept(data, name, xmp)
    ]
    coded = [each for each in pixels if each[0] not in (*_APP, _COMMENT)]
    return b"".join(
        [bytes([0xFF, _SOI])] + [_written(*each) for each in kept + coded] + [bytes([0xFF, _EOI])]
    )


def xmp_of(data: bytes) -> bytes | None:
    """The XMP packet, or None."""
    for marker, body in _segments(data, "The picture"):
        if marker == _APP1 and body.startswith(_XMP):
            return body[len(_XMP) :]
    return None


def _kept(data: bytes, name: str, xmp: bytes | None) -> Iterator[tuple[int, bytes]]:
    """The application segments and comments that stay, with the XMP packet where it belongs."""
    packet = None if xmp is None else _XMP + xmp
    if packet is not None and len(packet) > _MOST:
        raise InputError(f"XMP of {len(xmp or b'')} bytes is too long for JPEG", "Use a TIFF.")
    kept = [
        (marker, body)
        for marker, body in _segments(data, name)
        if (marker in _APP and marker != _ADOBE) or marker == _COMMENT
        if not (marker == _APP2 and body.startswith(_FURTHER))
    ]
    if packet is not None:
        old = [
            i
            for i, (marker, body) in enumerate(kept)
            if (marker, body[: len(_XMP)]) == (_APP1, _XMP)
        ]
        # Behind JFIF and EXIF, which readers look for first.
        place = old[0] if old else sum(marker in (_APP0, _APP1) for marker, _ in kept[:2])
        kept = [each for i, each in enumerate(kept) if i not in old]
        kept.insert(place, (_APP1, packet))
    yield from kept


def _segments(data: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each segment; the last, of the scans, holds all up to the end."""
    position = 2
    while position + 4 <= len(data):
        if data[position] != 0xFF:
            break
        marker = data[position + 1]
        if marker == 0xFF:  # a fill byte
            position += 1
            continue
        length = int.from_bytes(data[position + 2 : position + 4], "big")
        if marker == _SOS:
            end = data.rfind(bytes([0xFF, _EOI]))
            yield marker, data[position + 2 : end if end > position else len(data)]
            return
        yield marker, data[position + 4 : position + 2 + length]
        position += 2 + length
    raise PhotoDamaged(f"{name} is a JPEG without a picture", "Copy it again.")


def _written(marker: int, body: bytes) -> bytes:
    if marker == _SOS:
        return bytes([0xFF, marker]) + body
    return bytes([0xFF, marker]) + (len(body) + 2).to_bytes(2, "big") + body
