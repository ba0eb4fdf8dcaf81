"""Delivers a picture as a file: cropped, resized, with metadata, signed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import chain, count
from pathlib import Path
from typing import Any, Literal, TypeAlias, cast

import numpy as np

from ..errors import InputError, PhotographNeeded
from ..files import make_folder
from ..generation.looks import Colour
from ..generation.transparency import shown_on, stands_on, taken_off, written
from ..images import Box, Image, Mask, check_image, resize
from ..photos.described import NOTHING, Description
from ..photos.writing import (
    DEVICES,
    JPEG_XMP,
    SUFFIXES,
    TRANSPARENT,
    FileFormat,
    encode,
)
from ..picture import Picture
from ..portrait.matting import cut_out
from ..provenance import Provenance
from ..vault.shown_files import write_shown
from . import openraster, photoshop
from .openraster import encode_openraster
from .photoshop import encode_photoshop
from .sizes import FULL, MOST_ENLARGED, Size, crop_for, find_size
from .xmp import build_xmp

Format: TypeAlias = FileFormat | Literal["ora", "psd"]
LAYERED: dict[str, str] = {"ora": openraster.SUFFIX, "psd": photoshop.SUFFIX}
FORMATS: dict[str, str] = {**SUFFIXES, **LAYERED}  # names with their files' suffixes

_FULL_DPI = 300
_STEM = 120  # characters; with size and suffix, some systems allow no more than 255 bytes
# Characters that some file system forbids in a name, or that would lead out of the folder.
_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]+')


@dataclass(frozen=True)
class Delivery:
    """A delivered file.

    width, height: of the file in pixels.
    dpi: pixels per inch written into it.
    box: the part of the picture that it shows.
    enlarged: pixels of the file per pixel of the picture.
    note: differences from the request, in words; empty if there are none.
    """

    path: Path
    width: int
    height: int
    dpi: float
    box: Box
    enlarged: float
    note: str


@dataclass(frozen=True, eq=False)
class Rendered:
    """The bytes of a file that isn't written yet; the rest as in `Delivery`."""

    data: bytes
    width: int
    height: int
    dpi: float
    box: Box
    note: str


def deliver(
    picture: Picture,
    *,
    folder: Path,
    size: str = FULL,
    format: Format = "jpeg",
    recipe: str | None = None,
    title: str | None = None,
    replace: bool = True,
    description: Description = NOTHING,
) -> Delivery:
    """Write `picture` into `folder` as `size` and `format`; see `render`.

    The file is named after the picture, with the size appended unless it is the full picture.

    Args:
        replace: an existing file is replaced; else this one gets a number, see `unused`.

    Raises:
        SitterForgotten: the sitter was erased meanwhile.
        WriteFailed: the file can't be written. After any error nothing was written.
        HeadshotsError: as `render`.
    """
    made = render(
        picture, size=size, format=format, recipe=recipe, title=title, description=description
    )
    path = file_of(folder, picture.name, size, format)
    if not replace:
        path = unused(path)
    make_folder(folder)
    write_shown({path: made.data}, [picture.sitter], handed="delivered", mode=0o666)
    return Delivery(
        path, made.width, made.height, made.dpi, made.box, made.height / made.box.height, made.note
    )


def render(
    picture: Picture,
    *,
    size: str = FULL,
    format: Format = "jpeg",
    recipe: str | None = None,
    title: str | None = None,
    description: Description = NOTHING,
) -> Rendered:
    """`picture` as a file of that `size` and `format`, in memory.

    TIFFs have 16 bits per channel. "ora" and "psd" need layers and keep the picture's own pixels in
    every size, as resized layers would composite differently. A picture whose provenance says that
    its backdrop is transparent is written by PNG and TIFF with its matte as straight alpha; other
    formats show it on its tone, and the note says so. The file is signed (see `credentials.sign`),
    but for "psd", which C2PA has no place in.

    Args:
        recipe, title, description: see `build_xmp`.

    Raises:
        UnknownName: no such size.
        InputError: no such format, no usable name, or no layers of this picture for a
            layered one.
        NoFace, SeveralFaces: the size is cropped around the sitter's face.
        PhotographNeeded: the size is for photographs only, and this picture is none.
        SigningFailed: the configured certificate can't be used.
    """
    image, matte, provenance = check_image(picture.image), picture.matte, picture.provenance
    scorecard = picture.scorecard
    if format not in FORMATS:
        raise InputError(f"{format!r} is not written here", f"Choose one of {', '.join(FORMATS)}.")
    if format in LAYERED and not picture.layers:
        raise InputError(
            f"{picture.name!r} has no layers, which {format} is for",
            f"Make it anew with `headshots generate --format {format}`, or choose another format.",
        )
    file_stem(picture.name)  # a name that no file can have is refused before the work
    notes: list[str] = []
    tone = shown_on(provenance)
    kept = "" if tone is None else _why_opaque(image, matte, tone, format)
    if size == FULL:
        box, dpi = Box(0, 0, image.shape[1], image.shape[0]), float(_FULL_DPI)
        part = image
    else:
        wanted = find_size(size)
        _check_photograph(wanted, provenance)
        face, subject = picture.portrait.sitter(picture.name), matte
        if wanted.photograph and subject is None:  # its head has to be as large as is asked
            subject = cut_out(image, face).matte
        box = crop_for(wanted, face, subject, image)
        part, dpi, note = _sized(box.cut(image), wanted, format)
        notes = [note] if note else []
    coverage = None
    if tone is not None and matte is not None and not kept:
        coverage = np.clip(resize(box.cut(matte), part.shape[1], part.shape[0]), 0, 1)
        part = taken_off(part, coverage, tone)
    elif kept:
        notes.append(kept)
    said: dict[str, Any] = {"provenance": provenance, "title": title, "description": description}
    xmp = build_xmp(scorecard, **said, recipe=recipe)
    if format == "jpeg" and len(xmp) > JPEG_XMP:
        xmp = build_xmp(scorecard, **said)
        notes.append("The recipe is too long for a JPEG and was left out; PNG and TIFF hold it.")
    if format in LAYERED:
        cut = [layer.cut(box) for layer in picture.layers]
        write = encode_openraster if format == "ora" else encode_photoshop
        data = write(cut, part, xmp=xmp, dpi=dpi)
    else:
        bits = 16 if format == "tiff" else 8
        flat = cast(FileFormat, format)
        data = encode(part, flat, coverage=coverage, bits=bits, xmp=xmp, dpi=dpi)
    from .credentials import MIME, sign  # its library takes a sixth of a second to load

    if format in MIME:
        did = (("c2pa.cropped", size != FULL), ("c2pa.resized", part.shape[0] != box.height))
        data = sign(
            data,
            format,
            provenance=provenance,
            scorecard=scorecard,
            title=title,
            written=[action for action, done in did if done],
        )
    else:
        notes.append(f"{format} holds no signed credentials; its metadata says what it is.")
    height, width = part.shape[:2]
    return Rendered(data, width, height, dpi, box, " ".join(notes))


def file_of(folder: Path, name: str, size: str = FULL, format: Format = "jpeg") -> Path:
    """The file that `deliver` writes; raises InputError for a name that no file can have."""
    stem = file_stem(name) if size == FULL else f"{file_stem(name)}-{size}"
    return folder / (stem + FORMATS[format])


def unused(path: Path) -> Path:
    """`path`, or where a file is called so already the first of its numbered names that is free.

    They are numbered as ComfyUI numbers what it saves: name_00002_.jpg.
    """
    numbered = (path.with_stem(f"{path.stem}_{number:05}_") for number in count(2))
    return next(each for each in chain([path], numbered) if not each.exists())


def _sized(part: Image, size: Size, format: Format) -> tuple[Image, float, str]:
    """`part` resized to `size`, or unchanged if that would enlarge it too much."""
    rows, columns = part.shape[:2]
    if format not in LAYERED and size.height <= MOST_ENLARGED * rows:
        return resize(part, size.width, size.height), size.dpi, ""
    # The same size on paper, with fewer pixels per inch.
    note = f"It has {columns}x{rows} pixels where {size.name} asks for {size.width}x{size.height}: "
    if format in LAYERED:
        note += "layers keep their own pixels."
    else:
        note += "give a larger picture, or upscale it by `headshots refine --refiner upscale`."
    return part, size.dpi * rows / size.height, note


def _why_opaque(image: Image, matte: Mask | None, tone: Colour, format: Format) -> str:
    """Why a picture with a transparent backdrop is written on `tone` instead; empty if it isn't."""
    shown = written(tone)
    if format in LAYERED:
        return f"Its backdrop is a layer of the even tone {shown}; png and tiff are transparent."
    if format not in TRANSPARENT:
        return f"{format} has no transparency, so the backdrop is {shown}; png and tiff have it."
    if matte is None:
        return f"Without its matte it can't be made transparent, so the backdrop is {shown}."
    if not stands_on(image, matte, tone):
        return "Its transparent backdrop was replaced by another backdrop, which it keeps."
    return ""


def _check_photograph(size: Size, provenance: Provenance) -> None:
    if size.photograph and not provenance.photograph:
        kinds = dict.fromkeys(each.kind.replace("-", " ") for each in provenance.edits)
        done = ", ".join(kinds) or f"it is a {provenance.capture}"
        raise PhotographNeeded(
            f"{size.name} is for official documents, and this picture is not a photograph as taken "
            f"({done})",
            "Deliver one of the sitter's own photos in this size.",
        )


def file_stem(name: str) -> str:
    """`name` as a file name without suffix that is valid on every system.

    Raises:
        InputError: the name has no valid character.
    """
    stem = _NOT_IN_NAMES.sub("-", name).strip(" .-")[:_STEM]
    if not stem:
        raise InputError(f"{name!r} can't be a file's name", "Give a name with letters or digits.")
    return f"{stem}-" if stem.partition(".")[0].rstrip().upper() in DEVICES else stem
