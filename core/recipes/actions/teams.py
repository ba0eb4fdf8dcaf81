"""The steps that join pictures of several sitters and compare them."""

from __future__ import annotations

from collections import Counter

import numpy as np

from ...images import Image, resize
from ...picture import Picture, unlike
from ...progress import Progress
from ...scoring.team_consistency import Range, TeamSpread, team_spread

_TALL = 640  # pixels, of the strip


def join_sitters(
    progress: Progress, pictures: list[Picture], more: list[Picture]
) -> tuple[list[Picture]]:
    """HeadshotsJoin."""
    return (_named([*pictures, *more]),)


def spread_of_team(progress: Progress, pictures: list[Picture]) -> tuple[str, list[Image]]:
    """HeadshotsTeamSpread."""
    spread = team_spread(pictures, progress)
    return "\n".join(report(spread)), [strip([each.image for each in pictures])]


def report(spread: TeamSpread) -> list[str]:
    """The spread in words: the verdict, then a line for each trait."""
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


def _line(spread: Range) -> str:
    trait = spread.trait
    figures = spread.low, spread.high, spread.range, spread.deviation
    low, high, apart, deviation = map(trait.write, figures)
    unit = trait.unit if trait.unit == "°" else f" {trait.unit}"
    # A colour has no lowest and highest value, only distances.
    between = "" if trait.unit == "Lab" else f"{low} to {high}{unit}, "
    return f"{trait.title}: {between}range {apart}{unit}, standard deviation {deviation}"


def _named(pictures: list[Picture]) -> list[Picture]:
    """`pictures` named after their sitters, numbered where one has several."""
    many = Counter(each.sitter for each in pictures)
    count: Counter[str] = Counter()
    names: list[str] = []
    for each in pictures:
        count[each.sitter] += 1
        number = f"{count[each.sitter]:02}" if many[each.sitter] > 1 or not each.sitter else ""
        names.append(" ".join(filter(None, (each.sitter, number))))
    return [each.renamed(name) for each, name in zip(pictures, unlike(names), strict=True)]
