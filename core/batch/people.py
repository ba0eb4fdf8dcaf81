"""Reads the people of a batch: one folder, or one line of a CSV file, per person.

A person whose folder has a fault is listed with that fault; nobody is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from ..clothes.dresses import checked_colour, checked_dress
from ..errors import BatchUnreadable, ConsentMissing, HeadshotsError, InputError, PhotoNotFound
from ..photos.file_type import SUFFIXES
from ..vault import check_name, key_of
from .table import Row, read_table

CONSENT_FILES = ("consent.json", "consent.txt")
_LARGEST = 64_000_000  # bytes of a CSV file: over 100,000 people
_LARGEST_CONSENT = 100_000


@dataclass(frozen=True)
class Person:
    """One person of a batch.

    folder: the unique name of their folder of results.
    photos: files, in order.
    consent: as `vault.consent.agreed` reads it.
    dress, colour: what they wear, as the step Clothes takes it; empty: what the recipe says.
    fault: why no pictures of them can be made.
    """

    name: str
    folder: str
    photos: tuple[Path, ...] = ()
    consent: str = ""
    dress: str = ""
    colour: str = ""
    fault: HeadshotsError | None = None


def read_people(source: Path) -> list[Person]:
    """The people in a folder of folders, or in a CSV file with the columns `COLUMNS`.

    In a folder, each person has a subfolder of their name with their photos, and their consent in
    one of `CONSENT_FILES`. In a CSV file, `photos` is a folder or files separated by "|", and
    `consent` is a file or the text itself; relative paths start at the CSV file's folder. The
    columns `OPTIONAL` may be missing or empty.

    Raises:
        BatchUnreadable: it doesn't exist, can't be read, holds nobody, or lacks a column.
    """
    try:
        people = list(_in_folder(source) if source.is_dir() else _in_csv(source))
    except OSError as error:
        raise BatchUnreadable(
            f"{source} can't be read: {error.strerror}",
            "Give a folder with a folder for each person, or a CSV file.",
        ) from error
    if not people:
        raise BatchUnreadable(
            f"There is nobody in {source}",
            "Make a folder for each person, with their photos in it.",
        )
    return list(_with_unique_folders(people))


def _in_folder(source: Path) -> Iterator[Person]:
    inside = (each for each in source.iterdir() if each.is_dir() and not each.name.startswith("."))
    for folder in sorted(inside, key=lambda each: (each.name.casefold(), each.name)):
        files = [name for name in CONSENT_FILES if (folder / name).is_file()]
        yield _person(folder.name, folder, folder / files[0] if files else None, "")


def _in_csv(source: Path) -> Iterator[Person]:
    if source.stat().st_size > _LARGEST:
        raise BatchUnreadable(f"{source} is larger than any list of people", "Split it.")
    for row in read_table(source.read_bytes(), str(source)):
        person = _from_row(source.parent, row.name, row.photos, row.consent)
        yield _dressed(person, row, f"{source.name}, line {row.line}")


def _dressed(person: Person, row: Row, place: str) -> Person:
    try:
        dress = checked_dress(row.dress) if row.dress else ""
        return replace(person, dress=dress, colour=checked_colour(row.colour))
    except InputError as error:
        fault = type(error)(f"{place}: {error.what}", error.remedy)
        return replace(person, fault=person.fault or fault)


def _from_row(base: Path, name: str, photos: str, consent: str) -> Person:
    path = base / consent if consent and len(consent) < 1000 and "\n" not in consent else None
    file = path if path is not None and _is_file(path) else None
    paths = [base / each.strip() for each in photos.split("|") if each.strip()]
    if len(paths) == 1 and paths[0].is_dir():
        return _person(name, paths[0], file, consent)
    return _person(name, paths, file, consent)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # text that can't be a path
        return False


def _person(name: str, photos: Path | list[Path], consent: Path | None, words: str) -> Person:
    person = Person(name, _folder_name(name))
    try:
        person = replace(person, name=check_name(name))
        files = _photos(photos)
        statement = _consent_in(consent) if consent else words
        if not statement.strip():
            raise ConsentMissing(
                f"Nothing says that {person.name!r} agreed",
                f"Put their consent into {' or '.join(CONSENT_FILES)} in their folder "
                "(docs/privacy.md).",
            )
        return replace(person, photos=files, consent=statement)
    except HeadshotsError as error:
        return replace(person, fault=error)


def _photos(photos: Path | list[Path]) -> tuple[Path, ...]:
    try:
        files = sorted(photos.iterdir()) if isinstance(photos, Path) else photos
        if isinstance(photos, Path):
            files = [each for each in files if not each.name.startswith(".")]
        readable = [each for each in files if each.suffix.lower() in SUFFIXES and each.is_file()]
    except OSError as error:
        raise PhotoNotFound(
            f"The photos can't be read: {error.strerror}", "Check the folder and its rights."
        ) from error
    missing = [each for each in files if each not in readable] if isinstance(photos, list) else []
    if missing:
        raise PhotoNotFound(f"There is no photo {missing[0].name!r}", "Check the column 'photos'.")
    if not readable:
        raise PhotoNotFound("There are no photos", "Put photos of the person into their folder.")
    return tuple(readable)


def _consent_in(file: Path) -> str:
    try:
        if file.stat().st_size > _LARGEST_CONSENT:
            raise InputError(f"{file.name} is too large for a consent", "Give the record alone.")
        return file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise ConsentMissing(
            f"{file.name} can't be read", "Write the consent as text in UTF-8."
        ) from None


def _folder_name(name: str) -> str:
    """`name` as a folder's name on any system."""
    plain = re.sub(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]', "_", name).strip(" .")[:100]
    reserved = re.fullmatch(r"(?i)(con|prn|aux|nul|com\d|lpt\d)(\..*)?", plain)
    return f"_{plain}" if reserved or not plain else plain


def _with_unique_folders(people: list[Person]) -> Iterator[Person]:
    """The people with unique folders; a second person of the same name gets a fault."""
    names: set[str] = set()
    folders: set[str] = set()
    numbers: dict[str, int] = {}  # the last number tried per folder: thousands may share a name
    for person in people:
        folder, key_of_folder = person.folder, person.folder.casefold()
        while folder.casefold() in folders:
            numbers[key_of_folder] = numbers.get(key_of_folder, 1) + 1
            folder = f"{person.folder} {numbers[key_of_folder]}"
        folders.add(folder.casefold())
        named = replace(person, folder=folder)
        if person.fault is None:
            key = key_of(person.name)
            if key in names:
                named = replace(
                    named,
                    fault=InputError(
                        f"Somebody else is called {person.name!r} as well",
                        "Give one of them another name, such as with a middle initial.",
                    ),
                )
            names.add(key)
        yield named
