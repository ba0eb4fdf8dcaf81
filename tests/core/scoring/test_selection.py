"""The choice, on pictures whose scorecards are written by hand: order, variety and the words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.delivery.contact import axes, summary
from headshots.core.errors import InputError
from headshots.core.picture import NOT_SCORED, Picture
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, Retouched
from headshots.core.recipes.actions.scores import show_scores
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.measure import take
from headshots.core.scoring.selection import choose, similarity, what_to_add

from ...histories import pictured, studio

PIXEL = np.zeros((1, 1, 3), np.float32)


def scored(
    name: str,
    overall: float = 0.9,
    *,
    look: str = "grey",
    photo: str = "a.jpg",
    turn: float = 0.0,
    smile: float = 0.5,
    eyes: float = 0.9,
    percentile: float = 60.0,
    azimuth: float = 30.0,
) -> Picture:
    measures = (
        take("likeness", 0.97, 0.92),
        take("percentile", percentile),
        take("eyes-open", eyes),
        take("sharpness", 0.8),
        take("turn", turn),
        take("smile", smile),
    )
    provenance = studio(
        look, azimuth=azimuth, index=int(name), sources=(sha256(photo.encode()).hexdigest(),)
    )
    card = Scorecard(name, "sitter", "dlib", 0.97, percentile, measures, overall, "pending", ())
    return pictured(PIXEL, card, provenance=provenance)


def cards_of(given: Sequence[Picture]) -> list[Scorecard]:
    return [each.card for each in given]


pictures = st.builds(
    scored,
    name=st.integers(1, 99).map(str),
    overall=st.floats(0, 1),
    look=st.sampled_from("abc"),
    photo=st.sampled_from("xy"),
    turn=st.floats(-40, 40),
    smile=st.floats(0, 1),
    eyes=st.floats(0, 1),
    percentile=st.floats(0, 100),
)


def test_the_best_come_first_and_say_why() -> None:
    given = [scored("1", 0.7), scored("2", 0.9, look="blue"), scored("3", 0.8, look="white")]
    chosen = choose(given, keep=2)
    assert [(each.name, each.card.verdict) for each in chosen] == [
        ("2", "keep"),
        ("3", "keep"),
        ("1", "spare"),
    ]
    assert chosen[0].card.reasons[:2] == (
        "rank 1",
        "as like them as their own photos are (percentile 60)",
    )
    assert chosen[2].card.reasons == ("good enough, but 2 better ones were kept",)
    assert all(each.card.reasons for each in chosen)
    assert [each.card.verdict for each in given] == ["pending"] * 3


def test_variety_beats_a_little_quality() -> None:
    given = [
        scored("1", 0.92),
        scored("2", 0.91, azimuth=60),
        scored("3", 0.85, look="x", photo="b.jpg"),
    ]
    chosen = choose(given, keep=2)
    assert [each.name for each in chosen if each.card.verdict == "keep"] == ["1", "3"]
    assert chosen[-1].card.reasons == (
        "too similar to 1 (same look, same photo), which scores higher",
    )


def test_the_best_of_each_look_comes_before_any_second() -> None:
    given = [
        scored("1", 0.99),
        scored("2", 0.98, turn=30, smile=0.0, photo="b.jpg"),
        scored("3", 0.40, look="blue"),
        scored("4", 0.35, look="blue", turn=30),
    ]
    chosen = choose(given, keep=2)
    kept = [each.name for each in chosen if each.card.verdict == "keep"]
    assert kept == ["1", "3"]
    assert [each.name for each in choose(given, keep=3)][:3] == ["1", "3", "2"]


def test_twins_are_one_picture_however_many_are_asked_for() -> None:
    chosen = choose([scored("1", 0.90), scored("2", 0.91), scored("3", 0.89, turn=20)], keep=10)
    assert [(each.name, each.card.verdict) for each in chosen] == [
        ("2", "keep"),
        ("3", "keep"),
        ("1", "spare"),
    ]
    assert "too similar to 2" in chosen[-1].card.reasons[0]


def test_faults_are_told_with_their_figures() -> None:
    faulty = scored("1", eyes=0.41, percentile=2.0)
    (judged,) = choose([faulty], keep=1)
    assert judged.card.verdict == "reject"
    assert judged.card.reasons == (
        "less like the sitter than their own photos are (2, at least 5 %)",
        "eyes half closed (0.41, at least 0.60)",
    )


def test_none_is_a_valid_answer_and_says_what_to_add() -> None:
    chosen = choose(
        [scored("1", eyes=0.3), scored("2", eyes=0.2), scored("3", percentile=1.0)], keep=3
    )
    assert {each.card.verdict for each in chosen} == {"reject"}
    assert any("both eyes open" in each for each in what_to_add(cards_of(chosen)))
    assert what_to_add(cards_of(choose([scored("1")], keep=1))) == []
    assert choose([], keep=3) == () and what_to_add(()) == []


def test_what_to_add_is_told_where_nothing_was_kept() -> None:
    chosen = choose([scored("1", eyes=0.3), scored("2", eyes=0.2)], keep=3)
    (text,) = show_scores(SILENT, list(chosen))
    assert text.splitlines()[-1].startswith("None is good enough to keep. Add a photo with both")
    cards = cards_of(chosen)
    assert summary(cards, axes(cards)).startswith("0 of 2 kept. Add a photo with both")
    assert "None is good" not in show_scores(SILENT, [scored("1", eyes=0.3)])[0]  # not judged yet


def test_a_difference_costs_rank_and_is_told_but_refuses_nobody() -> None:
    other_beard = take("beard", 30.0, high=12.0, severity="difference")
    odd = scored("1")
    odd = replace(
        odd, scorecard=replace(odd.card, measures=(*odd.card.measures, other_beard), overall=0.5)
    )
    first, second = choose([odd, scored("2", look="blue")], keep=2)
    assert (first.name, second.name) == ("2", "1")
    assert second.card.verdict == "keep"
    assert any("beard" in reason for reason in second.card.reasons)
    changed = replace(other_beard, severity="defect")
    made_wrong = replace(odd, scorecard=replace(odd.card, measures=(*odd.card.measures, changed)))
    (refused,) = choose([made_wrong], keep=1)
    assert refused.card.verdict == "reject"


@given(st.lists(pictures, max_size=8, unique_by=lambda each: each.name), st.integers(1, 4))
def test_there_are_never_fewer_reasons_than_rejects(given: list[Picture], keep: int) -> None:
    chosen = choose(given, keep=keep)
    cards = cards_of(chosen)
    rejects = [each for each in cards if each.verdict == "reject"]
    assert all(each.reasons for each in cards)
    assert sum(len(each.reasons) for each in rejects) >= len(rejects)
    if rejects and len(rejects) == len(cards):
        assert what_to_add(cards) and any(not m.passed for each in cards for m in each.measures)
    order = choose(list(reversed(given)), keep=keep)
    marks = {each.card.overall for each in given}
    if len(marks) == len(given):  # no tie: the order given is no reason
        assert [each.name for each in order] == [each.name for each in chosen]


def test_a_spare_is_no_reject_and_comes_before_one() -> None:
    chosen = choose(
        [scored("1", 0.99, eyes=0.3), scored("2", 0.9), scored("3", 0.8, look="x")], keep=1
    )
    assert [each.card.verdict for each in chosen] == ["keep", "spare", "reject"]
    cards = cards_of(chosen)
    assert summary(cards, axes(cards)).startswith("1 of 3 kept, 1 spare, likeness")
    again = choose(chosen[1:], keep=1)  # what was kept before is gone: the spare takes its place
    assert [(each.name, each.card.verdict) for each in again] == [("3", "keep"), ("1", "reject")]


def test_a_reject_stays_one_with_its_reason() -> None:
    card = replace(scored("1").card, verdict="reject", reasons=("There is no face",), measures=())
    rejected = pictured(PIXEL, card)
    kept, left = choose([rejected, scored("2")], keep=5)
    assert kept.name == "2" and left.card.reasons == ("There is no face",)


@pytest.mark.parametrize("least", [None, 5.0])
def test_a_picture_that_was_not_scored_is_rejected_for_that(
    least: float | None,
) -> None:
    plain = pictured(PIXEL, name="2", provenance=studio())
    edited = scored("3").edited(Retouched(skin=0.5), PIXEL)
    kept, *left = choose([plain, edited, scored("1", 0.1)], keep=3, least_percentile=least)
    assert (kept.name, kept.card.verdict) == ("1", "keep")
    assert [each.name for each in left] == ["2", "3"]
    assert [each.scorecard for each in left] == [None, None]
    assert [each.card.reasons for each in left] == [("not scored",), (NOT_SCORED,)]


def test_the_least_percentile_can_be_set() -> None:
    given = [scored("1", percentile=30.0)]
    assert choose(given, keep=1, least_percentile=50)[0].card.verdict == "reject"
    (least,) = choose([scored("1", percentile=1.0)], keep=1, least_percentile=0)
    assert least.card.verdict == "keep"
    for bad in (-1.0, 101.0):
        with pytest.raises(InputError):
            choose(given, keep=1, least_percentile=bad)
    with pytest.raises(InputError):
        choose(given, keep=0)


@given(st.lists(pictures, max_size=12, unique_by=lambda each: each.name), st.integers(1, 6))
def test_every_picture_is_judged_once_with_a_reason(given: list[Picture], keep: int) -> None:
    chosen = choose(given, keep=keep)
    assert sorted(each.name for each in chosen) == sorted(each.name for each in given)
    assert all(each.card.verdict != "pending" and each.card.reasons for each in chosen)
    kept = [each for each in chosen if each.card.verdict == "keep"]
    assert len(kept) <= keep and list(chosen[: len(kept)]) == kept
    assert not any(measure.refuses for each in kept for measure in each.card.measures)


@given(pictures, pictures)
def test_similarity_is_a_share_and_symmetric(one: Picture, other: Picture) -> None:
    assert 0 <= similarity(one, other) <= 1 + 1e-9
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert similarity(one, one) == pytest.approx(1)
    assert similarity(one, replace(other, provenance=UNKNOWN)) <= 0.2 + 1e-9
