"""The steps that write contact sheets and deliveries."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from ...delivery.formats import Format, deliver, file_stem
from ...delivery.report import sheet_html, sheet_png
from ...errors import ConsentWithheld, IdentityNotFound, InputError
from ...files import make_folder
from ...identity.stored import stored_sitter
from ...images import Image
from ...photos.described import NOTHING, Description
from ...photos.file_type import SUFFIXES
from ...photos.writing import encode
from ...picture import NOT_SCORED, Picture, unlike
from ...progress import Progress
from ...scoring.team_consistency import team_spread
from ...vault.shown_files import write_shown
from ..anonymise import anonymise, written
from ..step import Within
from .images import named

_STEM = 100  # characters of a name, so that a number after it is not cut off


def contact_sheet(
    progress: Progress, pictures: list[Picture], folder: str, title: str
) -> tuple[list[Image]]:
    """HeadshotsContactSheet."""
    place = ensure_folder(folder)
    sheets = (place / "contact-sheet.png", place / "contact-sheet.html")
    sheet = sheet_png(pictures, title=title)
    progress.update(0.5, "Contact sheet")
    page = sheet_html(pictures, title=title, facts=_facts(pictures))
    files = dict(zip(sheets, (encode(sheet, "png"), page.encode()), strict=True))
    write_shown(files, (each.sitter for each in pictures))
    return ([sheet],)


def deliver_pictures(
    progress: Progress,
    pictures: list[Picture],
    names: str,
    folder: str,
    size: str,
    format: str,
    existing: str = "number",
    carry: str = "nothing",
    within: Within | None = None,
) -> tuple[str, str]:
    """HeadshotsDeliver."""
    recipe = written(anonymise(within.document, within.node)) if within else None
    check_consent(pictures)
    called = stems([each.name for each in named(pictures, names)]) if pictures else []
    place, chosen = ensure_folder(folder), cast(Format, format)  # one of the declared choices
    paths: list[str] = []
    notes: list[str] = []
    for index, (picture, name) in enumerate(zip(pictures, called, strict=True)):
        progress.update(index / len(pictures), f"Writing {name}")
        if picture.outdated:
            notes.append(f"{name}: {NOT_SCORED}, so it is delivered without a scorecard")
        delivery = deliver(
            picture.renamed(name),
            folder=place,
            size=size,
            format=chosen,
            recipe=recipe,
            replace=existing == "replace",
            description=_carried(picture.description, carry),
        )
        picture.portrait.release()
        paths.append(str(delivery.path))
        if delivery.note:
            notes.append(f"{name}: {delivery.note}")
    return "\n".join(paths), "\n".join(notes)


def _carried(description: Description, carry: str) -> Description:
    """The part of `description` that goes into a delivered file."""
    if carry == "everything":
        return description
    return description.copyright if carry == "copyright" else NOTHING


def check_consent(pictures: Sequence[Picture]) -> None:
    """Refuse pictures whose sitter did not consent to their delivery.

    Raises:
        ConsentError: by a picture's provenance or by the stored sitter's consent.
    """
    if not all(each.provenance.deliverable for each in pictures):
        raise ConsentWithheld(
            "The sitter of a picture did not consent that it is delivered",
            "Ask them, and enrol them again with a consent that covers it.",
        )
    for name in {each.sitter for each in pictures if each.sitter}:
        with suppress(IdentityNotFound):  # enrolled, but not stored: the provenance decides
            stored_sitter(name, "deliver")


def stems(names: list[str]) -> list[str]:
    """Unique file names, valid on every system, without a suffix.

    Raises:
        InputError: a name has no valid character.
    """
    bare = (
        name[: -len(suffix)] if (suffix := Path(name).suffix).lower() in SUFFIXES else name
        for name in names
    )
    return unlike(unicodedata.normalize("NFC", file_stem(each))[:_STEM] for each in bare)


def ensure_folder(folder: str) -> Path:
    """The folder at that path, created if needed.

    Raises:
        InputError: the path is empty.
        WriteFailed: it can't be made.
    """
    if not folder.strip():
        raise InputError("The folder to write to is empty", "Give a path, such as 'headshots'.")
    place = Path(folder)
    make_folder(place)
    return place


def _facts(pictures: Sequence[Picture]) -> dict[str, str]:
    sitters = list(dict.fromkeys(each.card.sitter for each in pictures))
    facts = {"Sitter" if len(sitters) == 1 else "Sitters": ", ".join(sitters)}
    keepers = [each for each in pictures if each.card.verdict == "keep"]
    if len({each.sitter for each in keepers}) > 1:
        facts["Side by side"] = team_spread(keepers).verdict
    return {**facts, "Pictures": str(len(pictures))}
