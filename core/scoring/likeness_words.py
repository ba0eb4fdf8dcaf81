"""The likeness of a picture in plain words, for photographers."""

from __future__ import annotations

import math

from ..scorecard import Scorecard

STRANGER = "not the sitter"
# Percentiles of the sitter's own photos between which a picture is as like them as usual.
_LESS_TYPICAL, _MOST_TYPICAL = 25, 75


def is_stranger(card: Scorecard) -> bool:
    """Whether the judge says that the face is somebody else's."""
    return any(each.name == "likeness" and not each.passed for each in card.measures)


def likeness_in_words(card: Scorecard) -> str:
    """How like the sitter the picture is, beside their own photos; in lower case."""
    if is_stranger(card):
        return STRANGER
    if not card.measures:
        return "not measured"
    if not math.isfinite(card.percentile):
        return "how typical it is of them isn't known"
    if any(each.name == "percentile" and not each.passed for each in card.measures):
        return "less like them than their own photos are"
    if card.percentile < _LESS_TYPICAL:
        return "like their less typical photos"
    if card.percentile <= _MOST_TYPICAL:
        return "as like them as their own photos are"
    return "like their most typical photos"
