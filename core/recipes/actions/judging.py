"""Pictures scored and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count as count_from
from itertools import repeat
from typing import TypeVar

from ...errors import InputError
from ...generation import Origin
from ...identity.identity import Identity
from ...images import Image, Mask
from ...progress import Progress
from ...scoring.scorecard import Scorecard
from ...scoring.scoring import find_sitter, score
from ...scoring.selection import choose

T = TypeVar("T")


def score_pictures(
    progress: Progress,
    images: list[Image],
    identity: Identity,
    mattes: list[Mask] | None,
    origins: list[Origin] | None,
    names: str,
    on_no_face: str,
) -> tuple[list[Scorecard]]:
    """HeadshotsScore."""
    called = names_of(names, len(images))
    mattes_or_none = parallel("mattes", mattes, images)
    origins_or_none = parallel("origins", origins, images)
    cards: list[Scorecard] = []
    for index, image in enumerate(images):
        name = called[index]
        progress.update(index / len(images), f"Scoring {name}")
        card = score(
            image,
            identity,
            picture=name,
            matte=mattes_or_none[index],
            origin=origins_or_none[index],
            face=find_sitter(image, name) if on_no_face == "raise" else None,
        )
        if on_no_face == "pass" and not card.measures:
            card = replace(card, verdict="pending", reasons=())
        cards.append(card)
    return (cards,)


def keep_best(
    progress: Progress,
    images: list[Image],
    scorecards: list[Scorecard],
    keep: int,
    least_percentile: float,
) -> tuple[list[Image], list[Scorecard], list[Scorecard]]:
    """HeadshotsKeepBest."""
    parallel("scorecards", scorecards, images)
    image_of = {card.picture: image for card, image in zip(scorecards, images, strict=True)}
    if len(image_of) < len(images):
        raise InputError("Two pictures have the same name", "Give each its own name.")
    judged = choose(scorecards, keep=keep, least_percentile=least_percentile)
    kept = [card for card in judged if card.verdict == "keep"]
    verdict_of = {card.picture: card for card in judged}
    return (
        [image_of[card.picture] for card in kept],
        kept,
        [verdict_of[card.picture] for card in scorecards],
    )


def show_scores(progress: Progress, scorecards: list[Scorecard]) -> tuple[str]:
    """HeadshotsShowScores."""
    return ("\n".join(_line(card) for card in scorecards),)


def names_of(names: str, count: int) -> list[str]:
    """`count` names from text with one a line: numbers where it is empty, none twice.

    Raises:
        InputError: some names, but not as many as pictures.
    """
    given = [line.strip() for line in names.splitlines() if line.strip()]
    if not given:
        digits = max(2, len(str(count)))
        return [f"{number:0{digits}}" for number in range(1, count + 1)]
    if len(given) != count:
        raise InputError(
            f"{len(given)} names were given for {count} pictures",
            "Give one name a line for each picture, or none.",
        )
    unique: list[str] = []
    for name in given:
        again = (f"{name} ({number})" for number in count_from(2))
        unique.append(name if name not in unique else next(n for n in again if n not in unique))
    return unique


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


def _line(card: Scorecard) -> str:
    why = f": {'; '.join(card.reasons)}" if card.reasons else ""
    return (
        f"{card.picture}: {card.verdict}, likeness {card.likeness:.2f}, "
        f"percentile {card.percentile:.0f}{why}"
    )
