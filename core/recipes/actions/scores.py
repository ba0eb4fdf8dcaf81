"""The steps that score pictures, choose the best and show scores."""

from __future__ import annotations

from dataclasses import replace

from ...delivery.contact import VERDICTS, likeness_words, reason
from ...identity.identity import Identity
from ...images import Image, Mask
from ...picture import Picture
from ...progress import Progress
from ...provenance import EditedElsewhere
from ...scorecard import Scorecard
from ...scoring.score import score_all
from ...scoring.selection import choose, what_to_add
from .images import unpacked


def score_pictures(
    progress: Progress, pictures: list[Picture], identity: Identity, on_no_face: str
) -> tuple[list[Picture], str]:
    """HeadshotsScore."""
    if on_no_face == "raise":
        for each in pictures:
            each.portrait.sitter(each.name)
    cards = score_all(pictures, identity, progress=progress)
    scored = [
        picture.scored(passed(card) if on_no_face == "pass" else card)
        for picture, card in zip(pictures, cards, strict=True)
    ]
    return scored, "\n".join(f"{each.name}: {_likeness(each.card)}" for each in scored)


def passed(card: Scorecard) -> Scorecard:
    """`card` without its rejection for having no face to measure."""
    return card if card.measures else replace(card, verdict="pending", reasons=())


def keep_best(
    progress: Progress, pictures: list[Picture], keep: int, least_percentile: float
) -> tuple[list[Picture], list[Image], list[Mask], list[Picture], str]:
    """HeadshotsKeepBest."""
    judged = choose(pictures, keep=keep, least_percentile=least_percentile)
    if pictures and all(map(_made_here, pictures)):
        kept = unpacked(pictures[:keep])
        return (*kept, pictures, "Nothing was scored: the first ones are kept.")
    by_name = {each.name: each for each in judged}
    keepers = [each for each in judged if each.card.verdict == "keep"]
    reasons = "\n".join(
        f"{each.name}: {VERDICTS[each.card.verdict]}. {reason(each.card)}" for each in judged
    )
    return (*unpacked(keepers), [by_name[each.name] for each in pictures], reasons)


def _made_here(picture: Picture) -> bool:
    """Whether it is as headshots made it, and was never scored: there is nothing to choose by.

    Pixels of anybody else's are not kept without having been judged.
    """
    provenance = picture.provenance
    unscored = picture.scorecard is None and not picture.outdated
    foreign = any(isinstance(each, EditedElsewhere) for each in provenance.edits)
    return unscored and bool(provenance.generator) and not foreign


def _likeness(card: Scorecard) -> str:
    return likeness_words(card) if card.measures else "; ".join(card.reasons)


def show_scores(progress: Progress, pictures: list[Picture]) -> tuple[str]:
    """HeadshotsShowScores."""
    cards = [each.card for each in pictures]
    rows = [_line(card) for card in cards]
    if add := what_to_add(cards):
        rows.append(f"None is good enough to keep. {add[0]}")
    return ("\n".join(rows),)


def _line(card: Scorecard) -> str:
    why = f": {'; '.join(card.reasons)}" if card.reasons else ""
    also = "".join(f"\n    {note}" for note in card.notes)
    return (
        f"{card.picture}: {card.verdict}, likeness {card.likeness:.3f}, "
        f"percentile {card.percentile:.0f}{why}{also}"
    )
