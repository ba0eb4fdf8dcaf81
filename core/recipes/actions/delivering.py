"""Files for people: contact sheets and deliveries."""

from __future__ import annotations

from pathlib import Path

from ...delivery.report import Entry, sheet_html, sheet_png
from ...errors import InputError, WriteFailed
from ...images import Image
from ...photos.writing import encode, write_file
from ...progress import Progress
from ...scoring.scorecard import Scorecard
from .judging import parallel


def contact_sheet(
    progress: Progress, images: list[Image], scorecards: list[Scorecard], folder: str, title: str
) -> tuple[list[Image]]:
    """HeadshotsContactSheet."""
    parallel("scorecards", scorecards, images)
    entries = [Entry(image, card) for image, card in zip(images, scorecards, strict=True)]
    place = made(folder)
    sheet = sheet_png(entries, title=title)
    write_file(place / "contact-sheet.png", encode(sheet, "png"))
    progress.update(0.5, "Contact sheet")
    page = sheet_html(entries, title=title, facts=_facts(scorecards))
    write_file(place / "contact-sheet.html", page.encode())
    return ([sheet],)


def made(folder: str) -> Path:
    """The folder at that path, made if it isn't there.

    Raises:
        InputError: the path is empty.
        WriteFailed: it can't be made.
    """
    if not folder.strip():
        raise InputError("The folder to write to is empty", "Give a path, such as 'headshots'.")
    place = Path(folder)
    try:
        place.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "its name is not a valid one"
        raise WriteFailed(
            f"The folder {place} can't be made: {reason}", "Choose another folder."
        ) from error
    return place


def _facts(scorecards: list[Scorecard]) -> dict[str, str]:
    sitters = ", ".join(dict.fromkeys(card.sitter for card in scorecards))
    return {"Sitter": sitters, "Pictures": str(len(scorecards))}
