"""The little that is wanted of a photo's metadata: no place, no names, no serial numbers."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import PIL.Image

# EXIF 2.32 tag numbers.
_MAKE, _MODEL, _ORIENTATION, _SOFTWARE = 0x010F, 0x0110, 0x0112, 0x0131
_EXIF, _TAKEN, _COMMENT = 0x8769, 0x9003, 0x9286


@dataclass(frozen=True)
class Tags:
    """What a photo says of itself.

    orientation: EXIF 1..8; 1 is upright.
    taken: date and time in ISO 8601, by the camera's clock, or None.
    camera: make and model; software: the program that wrote it; comment: its user comment (phones
        put "Screenshot" there). Empty where it says nothing.
    """

    orientation: int = 1
    taken: str | None = None
    camera: str = ""
    software: str = ""
    comment: str = ""


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
        taken=_date(_text(inner.get(_TAKEN))),
        # Makers often begin the model with their own name.
        camera=model if model.startswith(make) else f"{make} {model}".strip(),
        software=_text(exif.get(_SOFTWARE)),
        comment=_text(inner.get(_COMMENT)),
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


def _date(text: str) -> str | None:
    try:
        return datetime.strptime(text[:19], "%Y:%m:%d %H:%M:%S").isoformat()
    except ValueError:
        return None
