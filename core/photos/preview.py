"""Reads a photo for looking through many: colours reduced, and sharp details where they are asked.

A JPEG is decoded at a fraction of its size, and in full only its brightness, once it is asked for.
Of a RAW file the preview that the camera put into it is read, where it is large enough.
"""

from __future__ import annotations

import io
import warnings
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import PIL.Image
from numpy.typing import NDArray

from ..errors import HeadshotsError, PhotoDamaged, PhotoEmpty
from ..images import Box, Float, Image, from_u8
from . import raw
from .decoding import decode
from .file_type import RAW_SUFFIXES, Format, format_of
from .limits import MAX_PIXELS, check_size
from .metadata import Tags, parse_exif, read_exif
from .raster import flatten, reduce, samples
from .reading import read_file
from .upright import finish, stored_box, turn

# An embedded preview with a shorter longest side shows no eyes: the RAW itself is developed.
_LEAST_PREVIEW = 1200


class Preview:
    """A photo for looking through.

    Attributes:
        name: of its file.
        image: upright sRGB float32 (H, W, 3) 0..1, reduced.
        width, height: upright full size, or an embedded preview's, in pixels.
        scale: pixels of `image` per pixel of `detail`, at most 1.
        tags: the photo's metadata.
    """

    def __init__(self, path: Path, longest: int) -> None:
        """Read `path` with an `image` of about `longest` pixels.

        Raises:
            PhotoError: its subclasses say what is wrong with the photo.
        """
        self.name = path.name.encode(errors="replace").decode()
        try:
            with warnings.catch_warnings(action="ignore"):
                self._read(path, longest)
        except (HeadshotsError, ImportError):
            raise
        except Exception as error:  # a damaged file leads decoders to raise nearly anything
            raise PhotoDamaged(
                f"{self.name} is a photo whose content is damaged or cut off",
                "Copy it again from the camera.",
            ) from error
        self.scale = max(self.image.shape[:2]) / max(self.width, self.height)

    def _read(self, path: Path, longest: int) -> None:
        self._grey: PIL.Image.Image | None = None
        self._jpeg, self._orientation = b"", 1
        self._whole: NDArray[Any] | None = None
        tags: Tags | None = None
        if path.suffix.lower() in RAW_SUFFIXES and (found := raw.embedded_preview(path)):
            jpeg, orientation = found
            with PIL.Image.open(io.BytesIO(jpeg)) as picture:
                large, tags = max(picture.size) >= _LEAST_PREVIEW, read_exif(picture)
            if large:
                if tags.taken is None:  # some previews have no tags of their own
                    tags = parse_exif(path.read_bytes())
                self._read_jpeg(jpeg, longest, tags, orientation)
                return
        data = read_file(path, self.name)
        if not data:
            raise PhotoEmpty(f"{self.name} is empty", "Copy the photo again from the camera.")
        kind = format_of(data, self.name)
        if kind == "jpeg":
            self._read_jpeg(data, longest, None, None)
            return
        self._read_whole(data, kind, longest)

    def _read_jpeg(
        self, data: bytes, longest: int, tags: Tags | None, orientation: int | None
    ) -> None:
        with PIL.Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
            full = picture.size
            check_size(*full, self.name)
            reduce(picture, longest)
            picture.load()
            self.tags = tags or read_exif(picture)
            self._orientation = orientation or self.tags.orientation
            profile = picture.info.get("icc_profile")
            pixels = samples(flatten(picture, self.name))
        upright = Tags(orientation=self._orientation)
        decoded = finish(pixels, full, upright, profile, longest)
        self.image: Image = decoded.image
        self.width, self.height = decoded.width, decoded.height
        self._jpeg = data

    def _read_whole(self, data: bytes, kind: Format, longest: int) -> None:
        decoded = decode(data, self.name, kind, None, MAX_PIXELS)
        samples, self.tags = decoded.samples, decoded.tags
        self.width, self.height = decoded.width, decoded.height
        factor = min(1.0, longest / max(samples.shape[:2]))
        rows, columns = (max(1, round(side * factor)) for side in samples.shape[:2])
        # With the bytes that were decoded: as floats a large photo would take four times as many.
        small = cv2.resize(samples, (columns, rows), interpolation=cv2.INTER_AREA)
        self.image = _as_floats(small)
        self._whole = np.asarray(cv2.cvtColor(samples, cv2.COLOR_RGB2GRAY))

    def detail(self, box: Box) -> Float:
        """The brightness within `box` of the full-size photo, float32 (h, w) 0..1, sRGB-encoded.

        Brightness is JPEG's: .299 red, .587 green, .114 blue (ITU-R BT.601).

        Raises:
            PhotoDamaged: the photo is cut off.
        """
        if self._whole is not None:
            return _as_floats(box.cut(self._whole))
        try:
            if self._grey is None:
                picture = PIL.Image.open(io.BytesIO(self._jpeg), formats=["JPEG"])
                picture.draft("L", picture.size)
                picture.load()
                self._grey = picture if picture.mode == "L" else picture.convert("L")
        except Exception as error:
            raise PhotoDamaged(
                f"{self.name} is a photo whose content is damaged or cut off",
                "Copy it again from the camera.",
            ) from error
        stored = stored_box(box, self._orientation, self._grey.size)
        return from_u8(turn(np.asarray(self._grey.crop(stored)), self._orientation))


def _as_floats(samples: NDArray[Any]) -> Float:
    return from_u8(samples) if samples.dtype == np.uint8 else np.asarray(samples, np.float32)
