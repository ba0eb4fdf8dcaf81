"""Puts an edited picture back into the file that it was read from, which keeps all else.

Only the difference that the edit made is added to the file's own samples. So they keep their depth
and colours that sRGB doesn't hold, and where nothing was edited they stay as they are.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..errors import HeadshotsError, InputError, PhotoDamaged, PhotoUnsupported
from ..images import Float, Image, check_image
from . import jpeg_file, tiff_file
from .file_type import format_of
from .icc import from_srgb

_STRIP = 256  # rows that are worked on at once
_RGB = 3


def put_back(
    data: bytes, name: str, before: Image, after: Image, xmp: bytes | None = None
) -> bytes:
    """The file `data` with what `after` differs from `before` put into its pixels.

    A TIFF keeps its depth, and every byte but those of the strips that were changed and of the XMP
    packet. Of a JPEG the pixels are compressed anew, by its own tables; segments that
    described its old bytes (further pictures behind the first) are left out.

    Args:
        data: a TIFF of 8 or 16 bits, or a JPEG.
        before: the picture as `read_photo` read it from `data`, in full size.
        after: the edited one: sRGB float32 (H, W, 3) 0..1, of the same size.
        xmp: packet that takes the place of the file's own; None: its own stays.

    Raises:
        InputError: the sizes differ.
        PhotoUnsupported: a kind of file, or of pixels, that can't be changed in place.
        PhotoDamaged: the file is damaged in a place that matters here.
    """
    check_image(after)
    if after.shape != before.shape:
        rows, columns = after.shape[:2]
        raise InputError(
            f"{name} is {before.shape[1]} x {before.shape[0]} pixels and would become "
            f"{columns} x {rows}, but a file that is edited in place keeps its size",
            "Take a recipe that neither crops nor enlarges, or write new files with it.",
        )
    kind, change = format_of(data, name), _Change(name, before, after)
    if kind in ("tiff", "jpeg"):
        file = tiff_file if kind == "tiff" else jpeg_file
        with _readable(name):
            return file.changed(data, name, change, xmp)
    raise PhotoUnsupported(
        f"{name} is a {kind.upper()} file, and only TIFF and JPEG are edited in place",
        "Hand over a 16-bit TIFF.",
    )


def packet_of(data: bytes, name: str) -> bytes | None:
    """The XMP packet of a TIFF or JPEG, as it is stored; None if it has none.

    Raises:
        PhotoDamaged: the file is damaged in a place that matters here.
    """
    kind = format_of(data, name)
    with _readable(name):
        if kind == "tiff":
            return tiff_file.xmp_of(data)
        return jpeg_file.xmp_of(data) if kind == "jpeg" else None


@contextmanager
def _readable(name: str) -> Generator[None]:
    """What parsers raise of a file whose pixels could still be read, as PhotoDamaged."""
    try:
        yield
    except (HeadshotsError, MemoryError):
        raise
    except Exception as error:  # a damaged file leads them to raise nearly anything
        raise PhotoDamaged(
            f"{name} is damaged, though it can be shown", "Export it anew, and edit that."
        ) from error


class _Change:
    """The difference between two pictures, for the samples of their file."""

    def __init__(self, name: str, before: Image, after: Image) -> None:
        self._name, self._before, self._after = name, before, after

    def __call__(self, stored: NDArray[Any], profile: bytes | None) -> NDArray[Any]:
        """`stored` samples, upright, uint8 or uint16, (H, W) or (H, W, C), after the edit.

        Channels behind the colours (transparency) stay.
        """
        grey = stored.ndim == 2 or stored.shape[2] < _RGB
        most = np.iinfo(stored.dtype).max
        result = stored.copy()
        for top in range(0, len(stored), _STRIP):
            rows = np.s_[top : top + _STRIP]
            before, after = self._before[rows], self._after[rows]
            moved = (before != after).any(axis=2)
            if not moved.any():
                continue
            step = self._own(after[moved], profile, grey) - self._own(before[moved], profile, grey)
            strip = result[rows]
            if stored.ndim == 2:
                colours = strip[moved]
                strip[moved] = _added(colours, step, most)
            else:
                samples = strip[moved]
                width = 1 if grey else _RGB
                step = step[:, None] if grey else step
                samples[:, :width] = _added(samples[:, :width], step, most)
                strip[moved] = samples
        return result

    def _own(self, colours: Image, profile: bytes | None, grey: bool) -> Float:
        own = from_srgb(colours, profile, grey=grey)
        if own is None:
            raise PhotoUnsupported(
                f"{self._name} has a colour profile made of tables, into which no edit can be put",
                "Hand it over in sRGB, Adobe RGB, Display P3 or ProPhoto RGB.",
            )
        return own


def _added(samples: NDArray[Any], step: Float, most: int) -> NDArray[Any]:
    return np.clip(np.rint(samples + step * np.float32(most)), 0, most).astype(samples.dtype)
