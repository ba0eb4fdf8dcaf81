"""Files for people: contact sheets and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import cast

from ...delivery.formats import Format, deliver
from ...delivery.report import Entry, sheet_html, sheet_png
from ...delivery.sizes import FULL
from ...errors import InputError
from ...generation import Origin
from ...generation.layers import Layer
from ...images import Image, Mask
from ...photos.writing import encode, make_folder, write_file
from ...progress import Progress
from ...scoring.scorecard import Scorecard
from ...scoring.scoring import find_sitter
from .judging import names_of, parallel, unlike
from .pictures import SUFFIXES


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


def deliver_pictures(
    progress: Progress,
    images: list[Image],
    scorecards: list[Scorecard] | None,
    mattes: list[Mask] | None,
    origins: list[Origin | None] | None,
    layers: list[Sequence[Layer]] | None,
    names: str,
    folder: str,
    size: str,
    format: str,
) -> tuple[str, str]:
    """HeadshotsDeliver."""
    cards = parallel("scorecards", scorecards, images)
    masks = parallel("mattes", mattes, images)
    origin_of = parallel("origins", origins, images)
    layers_of = parallel("layers", layers or None, images)
    if scorecards and not names.strip():
        called = [card.picture for card in scorecards]
    else:
        called = names_of(names, len(images))
    place = made(folder)
    paths: list[str] = []
    notes: list[str] = []
    for index, (image, name) in enumerate(zip(images, _stems(called), strict=True)):
        progress.update(index / len(images), f"Writing {name}")
        card = cards[index]
        delivery = deliver(
            image,
            card,
            folder=place,
            name=name,
            size=size,
            format=cast(Format, format),  # one of the declared choices
            face=None if size == FULL else find_sitter(image, name),
            matte=masks[index],
            origin=origin_of[index],
            layers=layers_of[index],
        )
        paths.append(str(delivery.path))
        if delivery.note:
            notes.append(f"{name}: {delivery.note}")
    return "\n".join(paths), "\n".join(notes)


def _stems(names: list[str]) -> list[str]:
    """Names without a picture's suffix, none twice."""
    return unlike(
        name[: -len(suffix)] if (suffix := Path(name).suffix).lower() in SUFFIXES else name
        for name in names
    )


def made(folder: str) -> Path:
    """The folder at that path, made if it isn't there.

    Raises:
        InputError: the path is empty.
        WriteFailed: it can't be made.
    """
    if not folder.strip():
        raise InputError("The folder to write to is empty", "Give a path, such as 'headshots'.")
    place = Path(folder)
    make_folder(place)
    return place


def _facts(scorecards: list[Scorecard]) -> dict[str, str]:
    sitters = ", ".join(dict.fromkeys(card.sitter for card in scorecards))
    return {"Sitter": sitters, "Pictures": str(len(scorecards))}
