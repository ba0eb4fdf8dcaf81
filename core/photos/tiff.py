"""Checks the sample format of a TIFF by its tags, as some kinds can't be decoded here."""

from __future__ import annotations

import io
from typing import Any

from PIL.TiffImagePlugin import ImageFileDirectory_v2

from ..errors import PhotoUnsupported

# TIFF 6.0 tag numbers.
BITS, PHOTOMETRIC, SAMPLE_FORMAT, EXTRA_SAMPLES = 258, 262, 339, 338
_PLANAR = 284
_KINDS = {2: "signed whole numbers", 3: "floating-point numbers", 5: "complex numbers",
          6: "complex numbers"}  # fmt: skip


def check_samples(data: bytes, name: str) -> None:
    """Raise PhotoUnsupported if the TIFF `data`, called `name`, holds samples that aren't read.

    One whose tags can't be parsed passes: its decoder says what is wrong with it.
    """
    try:
        tags = _tags(data)
        kinds = {int(each) for each in tags.get(SAMPLE_FORMAT, (1,))}
        bits = {int(each) for each in tags.get(BITS, (1,))}
        planes = tags.get(_PLANAR, 1) == 2
    except Exception:  # Pillow's parser raises whatever a damaged directory leads it to
        return
    fault = ""
    if strange := sorted(kinds & _KINDS.keys()):
        fault = f"its samples are {_KINDS[strange[0]]} of {max(bits)} bits"
    elif max(bits) > 16:
        fault = f"its samples have {max(bits)} bits"
    elif planes and max(bits) == 16:  # OpenCV would take one plane's samples for pixels
        fault = "it holds each 16-bit channel in a plane of its own"
    if fault:
        raise PhotoUnsupported(
            f"{name} is a TIFF of a kind that isn't read here: {fault}",
            "Save it as a JPEG, or as a PNG or TIFF with 8 or 16 bits per channel, interleaved.",
        )


def _tags(data: bytes) -> dict[int, Any]:
    """The first directory's tags."""
    file = io.BytesIO(data)
    large = 43 in (data[2], data[3])  # BigTIFF, whose header is longer
    directory = ImageFileDirectory_v2(file.read(16 if large else 8))
    file.seek(directory.next)
    directory.load(file)
    return dict(directory)
