"""Reads the few tags of a photo that are needed: no place, no names, no serial numbers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from math import isfinite
from typing import Any

import PIL.Image

# EXIF 2.32 tag numbers.
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE = 0x010F, 0x0110, 0x0112, 0x0131
_EXIF, _TAKEN, _FRACTION, _COMMENT = 0x8769, 0x9003, 0x9291, 0x9286
_COLUMNS, _ROWS, _ZOOM, _FOCAL = 0xA002, 0xA003, 0xA404, 0xA405

# Longer side by shorter side of cameras' and phones' sensors. Programs that crop a photo often
# write its new size into the tags, so that only its proportions tell.
_SENSORS = (4 / 3, 3 / 2)
_TOLERANCE = 0.02  # of a side: RAW decoders and lens corrections shave a few pixels off


@dataclass(frozen=True)
class Tags:
    """Metadata of a photo.

    orientation: EXIF 1..8; 1 is upright.
    taken: date and time in ISO 8601, by the camera's clock, with its fraction of a second where it
        has one, or None.
    camera: make and model.
    software: the program that wrote it.
    comment: its user comment (phones put "Screenshot" there). Empty where it says nothing.
    equivalent: 35 mm-equivalent focal length of the uncropped frame, mm, or None.
    frame: width and height in pixels as the camera stored it, or None.
    """

    orientation: int = 1
    taken: str | None = None
    camera: str = ""
    software: str = ""
    comment: str = ""
    equivalent: float | None = None
    frame: tuple[int, int] | None = None

    def focal(self, width: int, height: int) -> float | None:
        """35 mm-equivalent focal length, mm, of a photo of this size in pixels, either way up.

        None where it isn't told, or the photo may not be the camera's full frame: cameras write the
        frame's size (EXIF 2.32 asks for it), editors that crop leave it out or change it.
        """
        if self.frame is None:
            return None
        longer, shorter = max(width, height), min(width, height)
        full = any(abs(longer / shorter / sensor - 1) <= _TOLERANCE for sensor in _SENSORS)
        whole = (longer, shorter), (max(self.frame), min(self.frame))
        full = full and all(abs(a / b - 1) <= _TOLERANCE for a, b in zip(*whole, strict=True))
        return self.equivalent if full else None


def tags_of(exif: PIL.Image.Exif) -> Tags:
    """The tags in `exif`; a damaged entry reads as if it weren't there."""
    try:
        inner = exif.get_ifd(_EXIF)
    except Exception:  # Pillow's parser raises whatever a damaged directory leads it to
        inner = {}
    orientation = exif.get(_ORIENTATION, 1)
    make, model = _text(exif.get(_MAKE)), _text(exif.get(_MODEL))
    return Tags(
        orientation=orientation if orientation in range(1, 9) else 1,
        taken=_date(_text(inner.get(_TAKEN)), _text(inner.get(_FRACTION))),
        # Makers often begin the model with their own name.
        camera=model if model.startswith(make) else f"{make} {model}".strip(),
        software=_text(exif.get(_SOFTWARE)),
        comment=_text(inner.get(_COMMENT)),
        equivalent=_equivalent(inner),
        frame=_frame(inner),
    )


def read_exif(picture: PIL.Image.Image) -> Tags:
    """The tags of an opened picture; none of them if its EXIF block can't be parsed."""
    try:
        return tags_of(picture.getexif())
    except Exception:  # as above; a photo with broken metadata is still a photo
        return Tags()


def parse_exif(data: object) -> Tags:
    """The tags in an EXIF block or a TIFF file; orientation 1, as its decoder turns the photo."""
    exif = PIL.Image.Exif()
    try:
        exif.load(data if isinstance(data, bytes) else b"")
        return replace(tags_of(exif), orientation=1)
    except Exception:  # as above
        return Tags()


def _text(value: Any) -> str:
    if isinstance(value, bytes):
        # A user comment starts with eight bytes that name its encoding (EXIF 2.32, 4.6.6).
        value = value.removeprefix(b"ASCII\0\0\0").removeprefix(b"UNICODE\0").replace(b"\0", b"")
        value = value.decode("latin-1")
    return " ".join(re.sub(r"[^ -~]", " ", value).split())[:200] if isinstance(value, str) else ""


def _date(text: str, fraction: str) -> str | None:
    """fraction: the decimals of the second (EXIF's SubSecTimeOriginal), or empty."""
    try:
        taken = datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S")
    except ValueError:
        return None
    decimals = fraction[:6].ljust(6, "0") if fraction.isdecimal() else "0"
    return taken.replace(microsecond=int(decimals)).isoformat()


def _equivalent(inner: Mapping[int, Any]) -> float | None:
    """Cameras differ in whether a digital zoom is part of it: with one it isn't known."""
    focal, zoom = _number(inner.get(_FOCAL)), _number(inner.get(_ZOOM))
    return focal if focal > 0 and zoom in (0, 1) else None


def _frame(inner: Mapping[int, Any]) -> tuple[int, int] | None:
    columns, rows = int(_number(inner.get(_COLUMNS))), int(_number(inner.get(_ROWS)))
    return (columns, rows) if columns > 0 and rows > 0 else None


def _number(value: Any) -> float:
    """A tag's number; 0, which EXIF takes for "not known", if it has none."""
    try:
        number = float(value)
    except (TypeError, ValueError, ZeroDivisionError, OverflowError):
        return 0.0
    return number if isfinite(number) else 0.0
