"""A value beyond its limit by a hair's breadth refuses no picture; and the likeness in words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.scorecard import Measurement, Scorecard
from headshots.core.scoring.likeness_words import likeness_in_words
from headshots.core.scoring.measure import KINDS, MeasureKind, take


def limits(kind: MeasureKind) -> list[tuple[float, float]]:
    """Each limit, and the step beyond it that is a hundredth of the way to it."""
    steps: list[tuple[float, float]] = []
    for bound, over in ((kind.low, -1), (kind.high, 1)):
        if bound is not None:
            way = abs(bound - kind.best) if kind.best not in (None, bound) else abs(bound)
            steps.append((bound, over * 0.01 * way))
    return steps


LIMITED = [
    (name, bound, step)
    for name, kind in KINDS.items()
    if kind.severity == "defect" and not kind.exact
    for bound, step in limits(kind)
    if step
]


@given(st.sampled_from(LIMITED), st.floats(0.1, 2.9), st.floats(3.1, 100))
def test_a_hairs_breadth_is_told_and_more_refuses(
    case: tuple[str, float, float], little: float, much: float
) -> None:
    name, bound, step = case
    near, far = take(name, bound + little * step), take(name, bound + much * step)
    assert not near.passed and not near.refuses and near.severity == "difference" and near.advice
    assert far.refuses
    assert take(name, bound).passed


def test_who_it_is_has_no_grey_zone() -> None:
    assert take("likeness", 0.9199, low=0.92).refuses
    assert take("copy", 0.7001, high=0.70).severity == KINDS["copy"].severity


def card(percentile: float, likeness: Measurement) -> Scorecard:
    measures = (likeness, take("percentile", percentile))
    return Scorecard("01", "Ada", "dlib", likeness.value, percentile, measures, 0.5, "keep", ())


@pytest.mark.parametrize(
    ("percentile", "words"),
    [
        (2, "less like them than their own photos are"),
        (10, "like their less typical photos"),
        (50, "as like them as their own photos are"),
        (90, "like their most typical photos"),
        (float("nan"), "how typical it is of them isn't known"),
    ],
)
def test_the_likeness_in_words(percentile: float, words: str) -> None:
    assert likeness_in_words(card(percentile, take("likeness", 0.97, low=0.92))) == words


def test_a_strangers_likeness_is_none() -> None:
    assert likeness_in_words(card(90, take("likeness", 0.878, low=0.92))) == "not the sitter"
