"""The likeness of a picture in plain words for the sitter."""

from __future__ import annotations

from ...identity.identity import Identity
from ...scorecard import Scorecard
from ...scoring.measures.copy_detection import COPY


def least(card: Scorecard) -> float:
    """The lowest percentile, 0..100, that is in the sitter's own range."""
    for each in card.measures:
        if each.name == "percentile" and each.low is not None:
            return each.low
    return 5.0


def headline(card: Scorecard, within: bool) -> str:
    """The likeness in one sentence for the sitter."""
    copied = [each for each in card.measures if each.name == "copy" and each.high is not None]
    if any(each.name == "likeness" and not each.passed for each in card.measures):
        return "Not you, as far as the recognisers can tell."
    if copied and copied[0].value >= COPY:
        return "A copy of one of your photos, not a new picture."
    if not within:
        return "Less like you than your own photos are."
    if card.percentile < 25:
        return "Like you, as your less typical photos are."
    if card.percentile <= 75:
        return "As like you as your own photos are."
    return "As like you as your most typical photos."


def standing(card: Scorecard, identity: Identity) -> str:
    """The likeness compared with the sitter's own photos, with figures."""
    count = len(identity.photos)
    basis = (
        "You gave one photo, so what is expected is what is usual between any one person's photos."
        if count == 1
        else f"Expected from the {count} photos that you gave."
    )
    less = round(card.percentile)
    if 1 <= less <= 99:
        of = f"Of 100 photos of you, {less} would be less like you than this picture."
    elif less < 1:
        of = "Hardly any photo of you would be less like you than this picture."
    else:
        of = "Nearly every photo of you would be less like you than this picture."
    return f"{of} {basis}"
