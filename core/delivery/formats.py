"""A picture as the file that was asked for: cropped, sized, marked with what it is."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from ..errors import InputError, PhotographNeeded
from ..faces import Face
from ..generation import Origin
from ..generation.layers import Layer
from ..images import Box, Image, Mask, check_image, resize
from ..photos.writing import JPEG_XMP, SUFFIXES, FileFormat, encode, make_folder, write_file
from ..scoring.scorecard import Scorecard
from .openraster import SUFFIX, encode_openraster
from .sizes import FULL, Size, crop_for, find_size
from .xmp import build_xmp

Format: TypeAlias = FileFormat | Literal["ora"]
LAYERED: Format = "ora"
FORMATS: dict[str, str] = {**SUFFIXES, LAYERED: SUFFIX}  # names with their files' suffixes

# Enlarging by more than this shows; the picture is then delivered with the pixels it has.
_MOST_ENLARGED = 1.5
# IPTC source types of pictures that a lens saw as they are.
_PHOTOGRAPHS = {"digitalCapture", "computationalCapture", "negativeFilm", "positiveFilm", "print"}
_FULL_DPI = 300
# What some file system can't hold in a name, and what would lead out of the folder.
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]+')


@dataclass(frozen=True)
class Delivery:
    """A delivered file.

    width, height: of the file in pixels. dpi: pixels per inch written into it.
    box: the part of the picture that it shows. enlarged: pixels per pixel of the picture.
    note: what differs from what was asked, in words; empty if nothing does.
    """

    path: Path
    width: int
    height: int
    dpi: float
    box: Box
    enlarged: float
    note: str


def deliver(
    image: Image,
    scorecard: Scorecard | None,
    *,
    folder: Path,
    name: str,
    size: str = FULL,
    format: Format = "jpeg",
    face: Face | None = None,
    matte: Mask | None = None,
    layers: Sequence[Layer] | None = None,
    origin: Origin | None = None,
    recipe: str | None = None,
    title: str | None = None,
) -> Delivery:
    """Write `image` (sRGB float32 (H, W, 3) 0..1) into `folder` as `size` and `format`.

    The file is called `name`, with the size where it isn't the full picture; one of that name is
    replaced. TIFFs have 16 bits per channel. `face` and `matte`, in pixels of `image`, are needed
    for every size but the full one (`matte` may be missing). `layers` are needed for "ora" alone,
    which keeps the picture's own pixels in every size: layers that are resized mix otherwise.
    `origin`, `recipe` and `title`: see `build_xmp`.

    Raises:
        UnknownName: no such size. InputError: no such format, no usable name, or no layers of this
            picture for "ora".
        NoFace: the size is cropped around a face, and none was given.
        PhotographNeeded: the size is for photographs only, and this picture was made.
        WriteFailed: nothing was written.
    """
    check_image(image)
    if format not in FORMATS:
        raise InputError(f"{format!r} is not written here", f"Choose one of {', '.join(FORMATS)}.")
    if format == LAYERED and not layers:
        raise InputError(
            f"{name!r} has no layers, which {LAYERED} is for",
            f"Make it anew with `headshots generate --format {LAYERED}`, or choose another format.",
        )
    stem, notes = _file_name(name), list[str]()
    if scorecard and scorecard.origin:
        origin = scorecard.origin
    if size == FULL:
        box, dpi = Box(0, 0, image.shape[1], image.shape[0]), float(_FULL_DPI)
        part = image
    else:
        wanted = find_size(size)
        _check_photograph(wanted, origin)
        box = crop_for(wanted, face, matte, image)
        part, dpi, note = _sized(box.cut(image), wanted, format)
        stem, notes = f"{stem}-{size}", [note] if note else []
    xmp = build_xmp(scorecard, origin=origin, recipe=recipe, title=title)
    if format == "jpeg" and len(xmp) > JPEG_XMP:
        xmp = build_xmp(scorecard, origin=origin, title=title)
        notes.append("The recipe is too long for a JPEG and was left out; PNG and TIFF hold it.")
    if format == "ora":
        cut = [layer.cut(box) for layer in layers or ()]
        data = encode_openraster(cut, part, xmp=xmp, dpi=dpi)
    else:
        data = encode(part, format, bits=16 if format == "tiff" else 8, xmp=xmp, dpi=dpi)
    path = folder / (stem + FORMATS[format])
    make_folder(folder)
    write_file(path, data)
    height, width = part.shape[:2]
    return Delivery(path, width, height, dpi, box, height / box.height, " ".join(notes))


def _sized(part: Image, size: Size, format: Format) -> tuple[Image, float, str]:
    """`part` with the pixels of `size`, or with its own where that would enlarge it too much."""
    rows, columns = part.shape[:2]
    if format != LAYERED and size.height <= _MOST_ENLARGED * rows:
        return resize(part, size.width, size.height), size.dpi, ""
    # The same size on paper, with other pixels per inch.
    note = f"It has {columns}x{rows} pixels where {size.name} asks for {size.width}x{size.height}: "
    if format == LAYERED:
        note += "layers keep their own pixels."
    else:
        note += "give a larger picture, or upscale it by `headshots refine --refiner upscale`."
    return part, size.dpi * rows / size.height, note


def _check_photograph(size: Size, origin: Origin | None) -> None:
    if size.photograph and origin is not None and origin.source_type not in _PHOTOGRAPHS:
        raise PhotographNeeded(
            f"{size.name} is for official documents, and this picture is not a photograph as taken",
            "Deliver one of the sitter's own photos in this size.",
        )


def _file_name(name: str) -> str:
    stem = _NOT_IN_NAMES.sub("-", name).strip(" .-")[:100]
    if not stem:
        raise InputError(f"{name!r} can't be a file's name", "Give a name with letters or digits.")
    return stem
