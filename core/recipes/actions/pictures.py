"""Reading photos and pictures from paths given one a line."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from ...errors import InputError, PhotoNotFound, PhotoUnreadable
from ...images import Image, Mask
from ...photos import Photo, read_photo
from ...photos.limits import MAX_PIXELS, MAX_WHOLE_PIXELS
from ...progress import Progress
from ...provenance import Provenance
from ...scoring.scorecard import Scorecard
from ..values import lines
from .origins import told_by

# Names that stand for a photo within a folder; what a file is, is told by its bytes when read.
SUFFIXES = {
    ".jpg", ".jpeg", ".jpe", ".png", ".tif", ".tiff", ".webp", ".heic", ".heif", ".hif",
    ".dng", ".nef", ".nrw", ".cr2", ".cr3", ".arw", ".srf", ".sr2", ".pef", ".srw", ".3fr",
    ".iiq", ".rwl", ".erf", ".mef", ".mos", ".kdc", ".dcr", ".raf", ".rw2", ".orf", ".x3f",
}  # fmt: skip

# Enrolment looks at faces, and needs no more than this of a photo's longest side in pixels; the
# file itself travels along whole.
LONGEST = 2048


def read_photos(progress: Progress, paths: str) -> tuple[list[Photo]]:
    """HeadshotsReadPhotos."""
    return (list(_read(progress, paths, LONGEST)),)


def read_pictures(
    progress: Progress, paths: str
) -> tuple[list[Image], str, list[Provenance], list[Scorecard], list[Mask]]:
    """HeadshotsReadPictures."""
    return read_out(list(_read(progress, paths, None)))


def read_out(
    photos: Sequence[Photo],
) -> tuple[list[Image], str, list[Provenance], list[Scorecard], list[Mask]]:
    """What HeadshotsReadPictures gives of pictures read in full size."""
    told = [told_by(photo) for photo in photos]
    return (
        [photo.image for photo in photos],
        "\n".join(photo.name for photo in photos),
        [each.provenance for each in told],
        [each.scorecard for each in told],
        [each.matte for each in told],
    )


def fingerprint(paths: str, **_: object) -> str:
    """A hash of the files' names and bytes; a file that can't be read counts as absent."""
    digest = hashlib.sha256()
    for path in expanded(paths):
        digest.update(repr(str(path)).encode())
        with suppress(OSError, ValueError), path.open("rb") as file:  # ValueError: no file's name
            digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()


def _read(progress: Progress, paths: str, longest: int | None) -> Iterator[Photo]:
    found = list(expanded(paths))
    if not found:
        raise InputError("No photo was given", "Give the path of at least one photo, or a folder.")
    for index, path in enumerate(found):
        # A name that isn't UTF-8 on disk holds half surrogate pairs, which can't be stored.
        name = path.name.encode(errors="replace").decode()
        progress.update(index / len(found), name)
        yield read_photo(path, name=name, longest=longest, most=most_pixels(longest))


def most_pixels(longest: int | None) -> int:
    """How many a photo may have that is read at most `longest` pixels long, or in full size."""
    return MAX_WHOLE_PIXELS if longest is None else MAX_PIXELS


def expanded(paths: str) -> Iterator[Path]:
    """The files that `paths`, one a line, stand for: a folder for the pictures in it."""
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
