"""The steps that read photos and pictures from paths, one a line."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from ...errors import InputError, PhotoNotFound, PhotoUnreadable
from ...photos import Photo, read_photo
from ...photos.described import beside
from ...photos.file_type import SUFFIXES
from ...photos.limits import MAX_PIXELS, MAX_WHOLE_PIXELS
from ...picture import unlike
from ...progress import Progress
from ..values import lines
from .embedded_history import picture_of
from .images import Unpacked, unpacked

# Longest side in pixels at which photos are decoded for enrolment; more is not needed for faces.
# The file itself is passed on complete.
LONGEST = 2048


def read_photos(progress: Progress, paths: str) -> tuple[list[Photo]]:
    """HeadshotsReadPhotos."""
    return (list(_read(progress, _files(paths), LONGEST)),)


def read_pictures(progress: Progress, paths: str) -> Unpacked:
    """HeadshotsReadPictures."""
    files = _files(paths)
    return read_out(list(_read(progress, files, None)), files)


def read_out(photos: Sequence[Photo], paths: Sequence[Path] = ()) -> Unpacked:
    """The outputs of HeadshotsReadPictures for photos read in full size.

    Args:
        paths: the files; their folders make equal names of pictures unique, and their sidecars
            describe them.
    """
    pictures = list(map(picture_of, photos))
    names, many = [each.name for each in pictures], Counter(each.name for each in pictures)
    if paths:
        pictures = [
            replace(each, description=beside(path).over(each.description))
            for each, path in zip(pictures, paths, strict=True)
        ]
        names = [
            f"{path.parent.name}/{name}" if many[name] > 1 else name
            for name, path in zip(names, paths, strict=True)
        ]
    return unpacked(
        [each.renamed(name) for each, name in zip(pictures, unlike(names), strict=True)]
    )


def fingerprint(paths: str, **_: object) -> str:
    """A hash of the files' names and bytes; a file that can't be read counts as absent."""
    digest = hashlib.sha256()
    for path in expanded(paths):
        digest.update(repr(str(path)).encode())
        with suppress(OSError, ValueError), path.open("rb") as file:  # ValueError: no file's name
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _files(paths: str) -> list[Path]:
    files = list(expanded(paths))
    if not files:
        raise InputError("No photo was given", "Give the path of at least one photo, or a folder.")
    return files


def _read(progress: Progress, files: Sequence[Path], longest: int | None) -> Iterator[Photo]:
    for index, path in enumerate(files):
        # A name that isn't UTF-8 on disk holds half surrogate pairs, which can't be stored.
        name = path.name.encode(errors="replace").decode()
        progress.update(index / len(files), name)
        yield read_photo(path, name=name, longest=longest, most=most_pixels(longest))


def most_pixels(longest: int | None) -> int:
    """The pixel limit for photos decoded at most `longest` pixels long, or in full size."""
    return MAX_WHOLE_PIXELS if longest is None else MAX_PIXELS


def expanded(paths: str) -> Iterator[Path]:
    """The files named by `paths`, one a line; a folder stands for the pictures in it."""
    for path in map(Path, lines(paths)):
        try:
            yield from _within(path) if path.is_dir() else [path]
        except OSError as error:  # no permission, or a name too long to be one
            raise PhotoUnreadable(
                f"{path} can't be opened: {error.strerror}",
                "Check the name and that you may read it.",
            ) from error


def _within(folder: Path) -> list[Path]:
    inside = [
        path
        for path in folder.iterdir()
        if path.suffix.lower() in SUFFIXES and not path.name.startswith(".") and path.is_file()
    ]
    if not inside:
        raise PhotoNotFound(
            f"There are no photos in the folder {folder}", "Give a folder that holds photos."
        )
    return sorted(inside, key=lambda path: (path.name.casefold(), path.name))
