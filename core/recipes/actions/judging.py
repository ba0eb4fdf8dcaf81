"""Pictures scored and chosen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import chain
from itertools import count as count_from

from ...errors import InputError
from ...generation.layers import Layer
from ...identity.identity import Identity
from ...images import Image, Mask
from ...portrait.portrait import Portrait
from ...progress import Progress
from ...provenance import Provenance
from ...scoring.scorecard import Scorecard
from ...scoring.scoring import Picture, score_all
from ...scoring.selection import choose, what_to_add
from ..values import lines
from .binding import bound, histories, parallel, verdicts

_EVERYTHING = 0.99  # of a matte that stands for none


def score_pictures(
    progress: Progress,
    images: list[Image],
    identity: Identity,
    mattes: list[Mask] | None,
    origins: list[Provenance] | None,
    names: str,
    on_no_face: str,
) -> tuple[list[Scorecard]]:
    """HeadshotsScore."""
    called = names_of(names, len(images))
    portraits = portraits_of(images, mattes)
    told = histories(origins, images)
    pictures = [Picture(*each) for each in zip(called, portraits, told, strict=True)]
    if on_no_face == "raise":
        for each in pictures:
            each.portrait.sitter(each.name)
    cards = score_all(pictures, identity, progress=progress)
    return ([passed(card) if on_no_face == "pass" else card for card in cards],)


def passed(card: Scorecard) -> Scorecard:
    """`card`, not rejected where there was no face to measure."""
    return card if card.measures else replace(card, verdict="pending", reasons=())


def keep_best(
    progress: Progress,
    images: list[Image],
    scorecards: list[Scorecard],
    mattes: list[Mask] | None,
    layers: list[Sequence[Layer]] | None,
    keep: int,
    least_percentile: float,
) -> tuple[
    list[Image],
    list[Scorecard],
    list[Scorecard],
    list[Mask],
    list[Sequence[Layer]],
    list[Provenance],
]:
    """HeadshotsKeepBest."""
    scorecards = verdicts(scorecards, images)
    parallel("mattes", mattes or None, images)
    parallel("layers", layers or None, images)
    place = {card.picture: index for index, card in enumerate(scorecards)}
    if len(place) < len(images):
        raise InputError("Two pictures have the same name", "Give each its own name.")
    judged = choose(scorecards, keep=keep, least_percentile=least_percentile)
    kept = [card for card in judged if card.verdict == "keep"]
    verdict_of = {card.picture: card for card in judged}
    return (
        [images[place[card.picture]] for card in kept],
        kept,
        [verdict_of[card.picture] for card in scorecards],
        [mattes[place[card.picture]] for card in kept] if mattes else [],
        [layers[place[card.picture]] for card in kept] if layers else [],
        [bound(card.provenance, images[place[card.picture]]) for card in kept],
    )


def show_scores(progress: Progress, scorecards: list[Scorecard]) -> tuple[str]:
    """HeadshotsShowScores."""
    told = [_line(card) for card in scorecards]
    if add := what_to_add(scorecards):
        told.append(f"None is good enough to keep. {add[0]}")
    return ("\n".join(told),)


def names_of(names: str, count: int) -> list[str]:
    """`count` names from text with one a line: numbers where it is empty, none twice.

    Raises:
        InputError: some names, but not as many as pictures.
    """
    given = lines(names)
    if not given:
        digits = max(2, len(str(count)))
        return [f"{number:0{digits}}" for number in range(1, count + 1)]
    if len(given) != count:
        raise InputError(
            f"{len(given)} names were given for {count} pictures",
            "Give one name a line for each picture, or none.",
        )
    return unlike(given)


def unlike(names: Iterable[str]) -> list[str]:
    """`names` with a number behind those that are taken, upper and lower case being one."""
    taken: set[str] = set()
    unique: list[str] = []
    for name in names:
        again = (f"{name} ({number})" for number in count_from(2))
        free = next(each for each in chain([name], again) if each.casefold() not in taken)
        taken.add(free.casefold())
        unique.append(free)
    return unique


def portraits_of(images: list[Image], mattes: Sequence[Mask] | None) -> list[Portrait]:
    """Each picture with its matte. One that covers everything is none: links carry no gaps.

    Raises:
        InputError: there are more or fewer mattes than images.
    """
    masks = parallel("mattes", mattes or None, images)
    return [
        Portrait(image, None if matte is None or matte.min(initial=1) > _EVERYTHING else matte)
        for image, matte in zip(images, masks, strict=True)
    ]


def _line(card: Scorecard) -> str:
    why = f": {'; '.join(card.reasons)}" if card.reasons else ""
    also = "".join(f"\n    {note}" for note in card.notes)
    return (
        f"{card.picture}: {card.verdict}, likeness {card.likeness:.3f}, "
        f"percentile {card.percentile:.0f}{why}{also}"
    )
