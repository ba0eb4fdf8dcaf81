"""Pictures of several sitters, together."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np

from ...images import Image, Mask, resize
from ...progress import Progress
from ...scoring.scorecard import Scorecard
from ...scoring.spread import Member, Range, TeamSpread, team_spread
from .binding import parallel, verdicts
from .judging import names_of, portraits_of, unlike

_TALL = 640  # pixels, of the strip


def join_sitters(
    progress: Progress,
    images: list[Image],
    scorecards: list[Scorecard],
    mattes: list[Mask] | None,
    more_images: list[Image],
    more_scorecards: list[Scorecard],
    more_mattes: list[Mask] | None,
) -> tuple[list[Image], list[Scorecard], list[Mask]]:
    """HeadshotsJoin."""
    scorecards = verdicts(scorecards, images)
    more_scorecards = verdicts(more_scorecards, more_images, "more scorecards")
    parallel("mattes", mattes or None, images)
    parallel("more mattes", more_mattes or None, more_images)
    whole = (mattes or not images) and (more_mattes or not more_images)
    return (
        [*images, *more_images],
        _named([*scorecards, *more_scorecards]),
        [*(mattes or ()), *(more_mattes or ())] if whole else [],
    )


def spread_of_team(
    progress: Progress,
    images: list[Image],
    scorecards: list[Scorecard] | None,
    mattes: list[Mask] | None,
    names: str,
) -> tuple[str, list[Image]]:
    """HeadshotsTeamSpread."""
    cards = verdicts(scorecards, images) if scorecards else [None] * len(images)
    portraits = portraits_of(images, mattes)
    if names.strip() or not scorecards:
        called = names_of(names, len(images))
    else:
        called = unlike(card.picture for card in scorecards)
    rows = zip(called, portraits, cards, strict=True)
    spread = team_spread([Member(*row) for row in rows], progress)
    return "\n".join(report(spread)), [strip(images)]


def report(spread: TeamSpread) -> list[str]:
    """The spread for people: the verdict, then a line for each trait."""
    unknown = [
        f"{trait.title}: not known, as fewer than two pictures tell" for trait in spread.unknown
    ]
    return [spread.verdict, *map(_line, spread.ranges), *unknown]


def strip(images: list[Image]) -> Image:
    """The pictures side by side, at one height."""
    tall = min(_TALL, *(image.shape[0] for image in images))
    return np.hstack(
        [
            np.clip(
                resize(image, max(1, round(image.shape[1] * tall / image.shape[0])), tall), 0, 1
            )
            for image in images
        ]
    )


def _line(found: Range) -> str:
    trait = found.trait
    figures = found.low, found.high, found.range, found.deviation
    low, high, apart, deviation = map(trait.write, figures)
    unit = trait.unit if trait.unit == "°" else f" {trait.unit}"
    # A colour has no low and no high, only distances.
    between = "" if trait.unit == "Lab" else f"{low} to {high}{unit}, "
    return f"{trait.title}: {between}range {apart}{unit}, standard deviation {deviation}"


def _named(cards: list[Scorecard]) -> list[Scorecard]:
    """`cards` with their pictures named after the sitter, numbered where there are several."""
    many = Counter(card.sitter for card in cards)
    seen: Counter[str] = Counter()
    names: list[str] = []
    for card in cards:
        seen[card.sitter] += 1
        number = f"{seen[card.sitter]:02}" if many[card.sitter] > 1 or not card.sitter else ""
        names.append(" ".join(filter(None, (card.sitter, number))))
    unique = unlike(names)
    return [replace(card, picture=name) for card, name in zip(cards, unique, strict=True)]
