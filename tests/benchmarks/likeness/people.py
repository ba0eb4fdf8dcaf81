"""Folders of people, and what the recognisers make of every photo in them.

A folder holds one folder for each person, with photos in it. Without one, the public photos that
the tests use stand in: few, so figures from them carry wide intervals.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from headshots.core.errors import HeadshotsError, InputError, NoFace
from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Float
from headshots.core.photos import Photo, read_photo
from headshots.core.weights.store import weight_path

RECOGNISERS = {"dlib": "dlib", "mobilefacenet": "embedded"}  # and the analyser of each
SUFFIXES = {".jpg", ".jpeg", ".png", ".heic", ".tif", ".tiff", ".webp"}
# The public photos: three of one person, two of others, and everybody in the group photos. One
# woman seems to be in two of these (group1 and group3), so one of her faces is left out.
_PUBLIC = {
    "Speaker": ("photo-obama", "photo-obama2", "photo-obama3"),
    "Senator": ("photo-biden",),
    "Astronaut": ("demo-photo",),
}
_GROUPS = [f"photo-group{number}" for number in range(1, 7)]
_SEEN_TWICE = ("photo-group3", 0)
LONGEST = 2000
_WANTED = "Give a folder that holds a folder of photos for each of two people or more."


@dataclass(frozen=True, eq=False)
class Sample:
    """One face of one person. embeddings: by recogniser name. photo: as read."""

    person: str
    photo: Photo
    face: Face
    embeddings: Mapping[str, Float]


def samples(folder: Path | None, skipped: list[str] | None = None) -> list[Sample]:
    """Every usable photo of `folder`, or the public ones; what is wrong with the others goes to
    `skipped`.

    Raises:
        InputError: there is no such folder, or it doesn't show the faces of two people.
    """
    if folder is not None and not folder.is_dir():
        raise InputError(f"There is no folder {folder}", _WANTED)
    found: list[Sample] = []
    for person, photo, which in _photos(folder):
        try:
            found.append(_sample(person, photo() if callable(photo) else photo, which))
        except HeadshotsError as error:
            if skipped is not None:
                skipped.append(f"{person}: {error}")
    people = len(by_person(found))
    if people < 2:
        said = "".join(f" Left out: {each}" for each in (skipped or [])[:3])
        told = "one person" if people else "nobody"
        raise InputError(f"{folder} has photos with a face of {told}", _WANTED + said)
    return found


def labels(folder: Path | None) -> dict[str, dict[str, str]]:
    """Of each person the labels that labels.csv in `folder` gives; nothing without such a file.

    Raises:
        InputError: it isn't a table with a column `person` of folders' names.
    """
    path = folder / "labels.csv" if folder else None
    if path is None or not path.is_file():
        return {}
    told: dict[str, dict[str, str]] = {}
    remedy = "Give a line for each person: a column 'person' with the folder's name, and labels."
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            for number, row in enumerate(csv.DictReader(lines, strict=True), 2):
                person = row.pop("person", None)
                if person is None or None in row or None in row.values():
                    what = "has no column 'person'" if person is None else "has another length"
                    raise InputError(f"Line {number} of {path} {what}", remedy)
                if person in told or not (path.parent / person).is_dir():
                    what = "is there twice" if person in told else "has no folder"
                    raise InputError(f"{person!r} in {path} {what}", remedy)
                told[person] = row
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"{path} is no table in UTF-8: {error}", remedy) from error
    return told


def in_words(run: Callable[[], None]) -> None:
    """Run a program; what it can't use is told in words, with the command line's exit code."""
    try:
        run()
    except HeadshotsError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        sys.exit(error.exit_code)


def by_person(found: Sequence[Sample]) -> dict[str, list[Sample]]:
    people: dict[str, list[Sample]] = {}
    for each in found:
        people.setdefault(each.person, []).append(each)
    return people


def pairs(found: Sequence[Sample], recogniser: str) -> tuple[Float, Float, list[tuple[str, str]]]:
    """Cosines of all pairs: of the same person, of different people, and who the latter are."""
    vectors = np.stack([each.embeddings[recogniser] for each in found])
    cosines = vectors @ vectors.T
    same: list[float] = []
    other: list[float] = []
    who: list[tuple[str, str]] = []
    for i, one in enumerate(found):
        for j, two in enumerate(found[:i]):
            if one.person == two.person:
                same.append(float(cosines[i, j]))
            else:
                other.append(float(cosines[i, j]))
                who.append((one.person, two.person))
    return np.array(same, np.float32), np.array(other, np.float32), who


def _photos(
    folder: Path | None,
) -> Iterator[tuple[str, Photo | Callable[[], Photo], int | None]]:
    if folder is None:
        for person, names in _PUBLIC.items():
            for name in names:
                yield person, read_photo(weight_path(name), longest=LONGEST), 0
        for name in _GROUPS:
            photo = read_photo(weight_path(name), longest=LONGEST)
            count = len(ANALYSERS.get("embedded").analyse(photo.image, embed=False))
            for which in range(count):
                if (name, which) != _SEEN_TWICE:
                    yield f"{name} {which}", photo, which
        return
    for person in sorted(each for each in folder.iterdir() if each.is_dir()):
        for path in sorted(each for each in person.iterdir() if each.suffix.lower() in SUFFIXES):
            # Read where it is looked at, so that one damaged file is left out and stops nothing.
            yield person.name, partial(read_photo, path, longest=LONGEST), None


def _sample(person: str, photo: Photo, which: int | None) -> Sample:
    faces = ANALYSERS.get("embedded").analyse(photo.image, embed=False)
    if not faces:
        raise NoFace(f"There is no face in {photo.name}", "Give a photo that shows the face.")
    face = faces[which or 0]  # the largest, where a folder says whose photo it is
    embeddings = {
        name: ANALYSERS.get(analyser).recogniser.embed(photo.image, [face])[0]
        for name, analyser in RECOGNISERS.items()
    }
    return Sample(person, photo, face, embeddings)
