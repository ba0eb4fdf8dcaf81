"""Files for people: contact sheets and deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import cast

from ...delivery.formats import Format, deliver
from ...delivery.report import Entry, sheet_html, sheet_png
from ...delivery.sizes import FULL
from ...errors import ConsentWithheld, IdentityNotFound, InputError
from ...files import make_folder
from ...generation.layers import Layer
from ...identity.stored import stored_sitter
from ...images import Image, Mask
from ...photos.writing import encode
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import UNKNOWN, Provenance
from ...scoring.scorecard import Scorecard
from ...scoring.spread import Member, team_spread
from ...vault.showing import write_shown
from ..nameless import nameless, written
from ..step import Within
from .binding import NOT_SCORED, histories, parallel, scored, verdicts
from .judging import names_of, portraits_of, unlike
from .pictures import SUFFIXES


def contact_sheet(
    progress: Progress, images: list[Image], scorecards: list[Scorecard], folder: str, title: str
) -> tuple[list[Image]]:
    """HeadshotsContactSheet."""
    scorecards = verdicts(scorecards, images)
    entries = [Entry(image, card) for image, card in zip(images, scorecards, strict=True)]
    place = made(folder)
    sheets = (place / "contact-sheet.png", place / "contact-sheet.html")
    sheet = sheet_png(entries, title=title)
    progress.update(0.5, "Contact sheet")
    page = sheet_html(entries, title=title, facts=_facts(images, scorecards))
    files = dict(zip(sheets, (encode(sheet, "png"), page.encode()), strict=True))
    write_shown(files, (card.sitter for card in scorecards))
    return ([sheet],)


def deliver_pictures(
    progress: Progress,
    images: list[Image],
    scorecards: list[Scorecard] | None,
    mattes: list[Mask] | None,
    origins: list[Provenance] | None,
    layers: list[Sequence[Layer]] | None,
    names: str,
    folder: str,
    size: str,
    format: str,
    within: Within | None = None,
) -> tuple[str, str]:
    """HeadshotsDeliver."""
    recipe = written(nameless(within.document, within.node)) if within else None
    cards = verdicts(scorecards, images) if scorecards else [None] * len(images)
    portraits = portraits_of(images, mattes)
    of = _histories(origins, cards, images)
    layers_of = parallel("layers", layers or None, images)
    _check_consent(of, cards)
    if scorecards and not names.strip():
        called = [card.picture for card in scorecards]
    else:
        called = names_of(names, len(images)) if images else []  # where nothing was kept
    place, chosen = made(folder), cast(Format, format)  # one of the declared choices
    paths: list[str] = []
    notes: list[str] = []
    for index, (image, name) in enumerate(zip(images, stems(called), strict=True)):
        progress.update(index / len(images), f"Writing {name}")
        card = cards[index]
        sitter = card.sitter if card else ""
        if card and not scored(card):
            notes.append(f"{name}: {NOT_SCORED}, so it is delivered without a scorecard")
            card = None
        delivery = deliver(
            image,
            card,
            folder=place,
            name=name,
            size=size,
            format=chosen,
            face=None if size == FULL else portraits[index].sitter(name),
            matte=portraits[index].matte,
            provenance=of[index],
            layers=layers_of[index],
            recipe=recipe,
            sitter=sitter,
        )
        paths.append(str(delivery.path))
        if delivery.note:
            notes.append(f"{name}: {delivery.note}")
    return "\n".join(paths), "\n".join(notes)


def _histories(
    origins: Sequence[Provenance] | None,
    cards: Sequence[Scorecard | None],
    images: list[Image],
) -> list[Provenance]:
    """How each picture came to be: as the last step says, else as it was when it was scored."""
    if origins is not None:
        return histories(origins, images)
    return [card.provenance if card else UNKNOWN for card in cards]


def _check_consent(origins: Sequence[Provenance], scorecards: Sequence[Scorecard | None]) -> None:
    """Refuse pictures whose sitter didn't agree that they are handed on.

    Raises:
        ConsentError: a picture is one of those, by its provenance or by whom it was judged to show.
    """
    for provenance, card in zip(origins, scorecards, strict=True):
        for each in (provenance, card.provenance if card else UNKNOWN):
            if not each.deliverable:
                raise ConsentWithheld(
                    "The sitter of a picture did not consent that it is delivered",
                    "Ask them, and enrol them again with a consent that covers it.",
                )
    for name in {card.sitter for card in scorecards if card and card.sitter}:
        with suppress(IdentityNotFound):  # enrolled, but not stored: the origins tell
            stored_sitter(name, "deliver")


def stems(names: list[str]) -> list[str]:
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


def _facts(images: list[Image], scorecards: list[Scorecard]) -> dict[str, str]:
    sitters = list(dict.fromkeys(card.sitter for card in scorecards))
    facts = {"Sitter" if len(sitters) == 1 else "Sitters": ", ".join(sitters)}
    kept = [
        Member(card.picture, Portrait(image), card)
        for image, card in zip(images, scorecards, strict=True)
        if card.verdict == "keep"
    ]
    if len({member.scorecard.sitter for member in kept if member.scorecard}) > 1:
        facts["Side by side"] = team_spread(kept).verdict
    return {**facts, "Pictures": str(len(scorecards))}
