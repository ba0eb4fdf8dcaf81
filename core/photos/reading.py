"""Reads any camera's file as an upright sRGB picture, or raises an error that says what to do."""

from __future__ import annotations

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from ..errors import (
    InputError,
    PhotoEmpty,
    PhotoNotAFile,
    PhotoNotFound,
    PhotoUnreadable,
)
from ..images import Image
from .decoding import decode
from .file_type import Format, format_of
from .limits import MAX_PIXELS, check_bytes


@dataclass(frozen=True, eq=False)
class Photo:
    """One photo as it came and as a picture.

    name: file name without its folder.
    format: detected from its bytes.
    data: the encoded photo as it came.
    sha256: of `data`, hex.
    width, height: upright full size in pixels.
    image: upright sRGB float32 (H, W, 3) 0..1, decoded no larger than asked.
    scale: pixels of `image` per full-size pixel, at most 1.
    taken: when by the camera's clock, ISO 8601, or None.
    focal: 35 mm-equivalent focal length in mm, if the file has it and the photo is the camera's
        full frame; else None.
    camera, software, comment: from the file's metadata, or empty. Nothing else of it is kept: no
        place, no names, no serial numbers.
    """

    name: str
    format: Format
    data: bytes
    sha256: str
    width: int
    height: int
    image: Image
    scale: float
    taken: str | None
    camera: str
    software: str
    comment: str
    focal: float | None = None


def read_photo(
    source: Path | str | bytes,
    *,
    name: str | None = None,
    longest: int | None = None,
    most: int = MAX_PIXELS,
) -> Photo:
    """The photo at a path, or in the encoded bytes, `source`.

    JPEG, PNG, TIFF, WebP, HEIC and camera RAW. Colours are converted to sRGB from the embedded
    ICC profile, transparency is laid over white.

    Args:
        name: what to call it in messages; default: the file's name.
        longest: bound for the longest side of the decoded picture, in pixels. JPEGs are then
            decoded at reduced size, which is several times faster; they may come up to 10 %
            smaller than the bound.
        most: pixels that it may have before any reduction.

    Raises:
        PhotoError: its subclasses say what is wrong with the photo.
        InputError: `longest` is less than 1.
    """
    if longest is not None and longest < 1:
        raise InputError(f"longest is {longest}", "Give at least 1 pixel, or None for all.")
    if isinstance(source, bytes):
        name, data = name or "photo", source
    else:
        path = Path(source)
        name = name or path.name or str(path)
        data = read_file(path, name)
    if not data:
        raise PhotoEmpty(f"{name} is empty", "Copy the photo again from the camera or phone.")
    check_bytes(len(data), name)
    kind = format_of(data, name)
    decoded = decode(data, name, kind, longest, most)
    image = decoded.image
    rows, columns = image.shape[:2]
    return Photo(
        name=name,
        format=kind,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        width=decoded.width,
        height=decoded.height,
        image=image,
        scale=max(rows, columns) / max(decoded.width, decoded.height),
        taken=decoded.tags.taken,
        camera=decoded.tags.camera,
        software=decoded.tags.software,
        comment=decoded.tags.comment,
        focal=decoded.tags.focal(decoded.width, decoded.height),
    )


def read_file(path: Path, name: str) -> bytes:
    """The bytes of the file at `path`, called `name` in errors; raises as `read_photo`."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):  # reading a pipe or device might never end
            raise PhotoNotAFile(f"{name} is {_kind(status.st_mode)}", "Give a photo's file.")
        check_bytes(status.st_size, name)
        return path.read_bytes()
    except (FileNotFoundError, NotADirectoryError) as error:
        if path.is_symlink():
            raise PhotoNotAFile(
                f"{name} is a link to a file that isn't there", "Give the photo itself."
            ) from error
        raise PhotoNotFound(f"There is no file {path}", "Check the folder and the name.") from error
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or "its name is not a valid one"
        raise PhotoUnreadable(
            f"{name} can't be opened: {reason}", "Check the name and that you may read it."
        ) from error


def _kind(mode: int) -> str:
    return "a folder" if stat.S_ISDIR(mode) else "a device or pipe, not a file"
