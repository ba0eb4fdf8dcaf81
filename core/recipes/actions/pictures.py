"""Reading photos and pictures from paths given one a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from ...errors import InputError, PhotoNotFound, PhotoUnreadable
from ...generation import Origin
from ...images import Image
from ...photos import Photo, read_photo
from ...progress import Progress
from ..values import lines
from .origins import origin_of

# Names that stand for a photo within a folder; what a file is, is told by its bytes when read.
SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif",
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".arw", ".srf", ".sr2", ".pef", ".srw", ".3fr",
    ".iiq", ".rwl", ".erf", ".mef", ".mos", ".kdc", ".dcr", ".raf", ".rw2", ".orf", ".x3f",
}  # fmt: skip

# Enrolment looks at faces, and needs no more than this of a photo's longest side in pixels; the
# file itself travels along whole.
_LONGEST = 2048


def read_photos(progress: Progress, paths: str) -> tuple[list[Photo]]:
    """HeadshotsReadPhotos."""
    return (list(_read(progress, paths, _LONGEST)),)


def read_pictures(progress: Progress, paths: str) -> tuple[list[Image], str, list[Origin | None]]:
    """HeadshotsReadPictures."""
    images: list[Image] = []
    names: list[str] = []
    origins: list[Origin | None] = []
    for photo in _read(progress, paths, None):
        images.append(photo.image)
        names.append(photo.name)
        origins.append(origin_of(photo.data))
    return images, "\n".join(names), origins


def fingerprint(paths: str, **_: object) -> str:
    """A hash of the files' names and bytes; a file that can't be read counts as absent."""
    digest = hashlib.sha256()
    for path in _expanded(paths):
        digest.update(repr(str(path)).encode())
        with suppress(OSError, ValueError), path.open("rb") as file:  # ValueError: no file's name
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _read(progress: Progress, paths: str, longest: int | None) -> Iterator[Photo]:
    found = list(_expanded(paths))
    if not found:
        raise InputError("No photo was given", "Give the path of at least one photo, or a folder.")
    for index, path in enumerate(found):
        # A name that isn't UTF-8 on disk holds half surrogate pairs, which can't be stored.
        name = path.name.encode(errors="replace").decode()
        progress.update(index / len(found), name)
        yield read_photo(path, name=name, longest=longest)


def _expanded(paths: str) -> Iterator[Path]:
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
