"""Verdicts and histories bound to the pixels that they are of.

Pictures, scorecards and histories travel along links of their own, through nodes of other packs
too, which hand on other pixels in the same place. So each is asked whether it is of this picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import repeat
from typing import TypeVar

from ...errors import InputError
from ...images import Image, pixel_digest
from ...provenance import UNKNOWN, Provenance
from ...scoring.scorecard import Scorecard

T = TypeVar("T")

NOT_SCORED = "changed after it was scored, and not scored since"


def bound(history: Provenance, image: Image) -> Provenance:
    """`history`, marked as that of `image`."""
    return history.model_copy(update={"pixels": pixel_digest(image)})


def histories(given: Sequence[Provenance] | None, images: list[Image]) -> list[Provenance]:
    """The history of each picture; unknown where none is given, or where it is of other pixels.

    Raises:
        InputError: there are more or fewer than pictures.
    """
    told = parallel("origins", given, images)
    return [_of(history, image) for history, image in zip(told, images, strict=True)]


def _of(history: Provenance | None, image: Image) -> Provenance:
    if history is None:
        return UNKNOWN
    if history.pixels == pixel_digest(image):
        return history
    # What the sitter did not agree to holds for what another program made of the picture, too.
    return UNKNOWN.model_copy(update={"deliverable": history.deliverable})


def verdicts(
    given: Sequence[Scorecard], images: list[Image], what: str = "scorecards"
) -> list[Scorecard]:
    """The scorecard of each picture; one that says that it is not scored, where it is of others.

    Raises:
        InputError: there are more or fewer than pictures.
    """
    parallel(what, given, images)
    return [
        card if card.pixels == pixel_digest(image) else _unscored(card)
        for card, image in zip(given, images, strict=True)
    ]


def scored(card: Scorecard) -> bool:
    """Whether a card of `verdicts` is a verdict on its picture."""
    return card.reasons != (NOT_SCORED,)


def _unscored(card: Scorecard) -> Scorecard:
    """Nothing but the name of the picture, and of the sitter whom it may still show."""
    return replace(
        card,
        judge="",
        likeness=0.0,
        percentile=0.0,
        measures=(),
        overall=0.0,
        verdict="reject",
        reasons=(NOT_SCORED,),
        provenance=UNKNOWN.model_copy(update={"deliverable": card.provenance.deliverable}),
        pixels="",
        rank=0,
        notes=(),
    )


def parallel(what: str, items: Sequence[T] | None, images: list[Image]) -> Sequence[T | None]:
    """`items`, or as many None as there are images.

    Raises:
        InputError: there are more or fewer than images.
    """
    if items is None:
        return list(repeat(None, len(images)))
    if len(items) != len(images):
        raise InputError(
            f"There are {len(items)} {what} for {len(images)} pictures",
            "Link both from the same step.",
        )
    return items
