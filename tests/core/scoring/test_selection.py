"""The choice, on scorecards written by hand: order, variety and the words."""

from __future__ import annotations

from dataclasses import replace
from hashlib import sha256

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.delivery.contact import Entry, axes, summary
from headshots.core.errors import InputError
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN
from headshots.core.recipes.actions.judging import show_scores
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.measures import take
from headshots.core.scoring.selection import choose, similarity, what_to_add

from ...histories import studio


def card(
    picture: str,
    overall: float = 0.9,
    *,
    look: str = "grey",
    photo: str = "a.jpg",
    turn: float = 0.0,
    smile: float = 0.5,
    eyes: float = 0.9,
    percentile: float = 60.0,
    azimuth: float = 30.0,
) -> Scorecard:
    measures = (
        take("likeness", 0.97, 0.92),
        take("percentile", percentile),
        take("eyes-open", eyes),
        take("sharpness", 0.8),
        take("turn", turn),
        take("smile", smile),
    )
    provenance = studio(
        look, azimuth=azimuth, index=int(picture), sources=(sha256(photo.encode()).hexdigest(),)
    )
    return Scorecard(
        picture, "sitter", "dlib", 0.97, percentile, measures, overall, "pending", (), provenance
    )


cards = st.builds(
    card,
    picture=st.integers(1, 99).map(str),
    overall=st.floats(0, 1),
    look=st.sampled_from("abc"),
    photo=st.sampled_from("xy"),
    turn=st.floats(-40, 40),
    smile=st.floats(0, 1),
    eyes=st.floats(0, 1),
    percentile=st.floats(0, 100),
)


def test_the_best_come_first_and_say_why() -> None:
    cards = [card("1", 0.7), card("2", 0.9, look="blue"), card("3", 0.8, look="white")]
    chosen = choose(cards, keep=2)
    assert [(each.picture, each.verdict) for each in chosen] == [
        ("2", "keep"),
        ("3", "keep"),
        ("1", "spare"),
    ]
    assert chosen[0].reasons[:2] == ("rank 1", "likeness 0.970, percentile 60")
    assert chosen[2].reasons == ("good enough, but 2 better ones were kept",)
    assert all(each.reasons for each in chosen)
    assert [each.verdict for each in cards] == ["pending"] * 3


def test_variety_beats_a_little_quality() -> None:
    cards = [card("1", 0.92), card("2", 0.91, azimuth=60), card("3", 0.85, look="x", photo="b.jpg")]
    chosen = choose(cards, keep=2)
    assert [each.picture for each in chosen if each.verdict == "keep"] == ["1", "3"]
    assert chosen[-1].reasons == ("too similar to 1 (same look, same photo), which scores higher",)


def test_twins_are_one_picture_however_many_are_asked_for() -> None:
    chosen = choose([card("1", 0.90), card("2", 0.91), card("3", 0.89, turn=20)], keep=10)
    assert [(each.picture, each.verdict) for each in chosen] == [
        ("2", "keep"),
        ("3", "keep"),
        ("1", "spare"),
    ]
    assert "too similar to 2" in chosen[-1].reasons[0]


def test_faults_are_told_with_their_figures() -> None:
    faulty = card("1", eyes=0.41, percentile=2.0)
    (judged,) = choose([faulty], keep=1)
    assert judged.verdict == "reject"
    assert judged.reasons == (
        "less like the sitter than their own photos are (2, at least 5 %)",
        "eyes half closed (0.41, at least 0.60)",
    )


def test_none_is_a_valid_answer_and_says_what_to_add() -> None:
    chosen = choose([card("1", eyes=0.3), card("2", eyes=0.2), card("3", percentile=1.0)], keep=3)
    assert {each.verdict for each in chosen} == {"reject"}
    assert any("both eyes open" in each for each in what_to_add(chosen))
    assert what_to_add(choose([card("1")], keep=1)) == []
    assert choose([], keep=3) == () and what_to_add(()) == []


def test_what_to_add_is_told_where_nothing_was_kept() -> None:
    chosen = choose([card("1", eyes=0.3), card("2", eyes=0.2)], keep=3)
    (text,) = show_scores(SILENT, list(chosen))
    assert text.splitlines()[-1].startswith("None is good enough to keep. Add a photo with both")
    pixel = np.zeros((1, 1, 3), np.float32)
    entries = [Entry(pixel, each) for each in chosen]
    assert summary(entries, axes(chosen)).startswith("0 of 2 kept. Add a photo with both")
    assert "None is good" not in show_scores(SILENT, [card("1", eyes=0.3)])[0]  # not judged yet


@given(st.lists(cards, max_size=8, unique_by=lambda each: each.picture), st.integers(1, 4))
def test_there_are_never_fewer_reasons_than_rejects(given: list[Scorecard], keep: int) -> None:
    chosen = choose(given, keep=keep)
    rejects = [each for each in chosen if each.verdict == "reject"]
    assert all(each.reasons for each in chosen)
    assert sum(len(each.reasons) for each in rejects) >= len(rejects)
    if rejects and len(rejects) == len(chosen):
        assert what_to_add(chosen) and any(not m.passed for each in chosen for m in each.measures)
    order = choose(list(reversed(given)), keep=keep)
    if len({each.overall for each in given}) == len(given):  # no tie: the order given is no reason
        assert [each.picture for each in order] == [each.picture for each in chosen]


def test_a_spare_is_no_reject_and_comes_before_one() -> None:
    chosen = choose([card("1", 0.99, eyes=0.3), card("2", 0.9), card("3", 0.8, look="x")], keep=1)
    assert [each.verdict for each in chosen] == ["keep", "spare", "reject"]
    entries = [Entry(np.zeros((1, 1, 3), np.float32), each) for each in chosen]
    assert summary(entries, axes(chosen)).startswith("1 of 3 kept, 1 spare, likeness")
    again = choose(chosen[1:], keep=1)  # what was kept before is gone: the spare takes its place
    assert [(each.picture, each.verdict) for each in again] == [("3", "keep"), ("1", "reject")]


def test_a_reject_stays_one_with_its_reason() -> None:
    rejected = replace(card("1"), verdict="reject", reasons=("There is no face",), measures=())
    kept, left = choose([rejected, card("2")], keep=5)
    assert kept.picture == "2" and left.reasons == ("There is no face",)


def test_the_least_percentile_can_be_set() -> None:
    cards = [card("1", percentile=30.0)]
    assert choose(cards, keep=1, least_percentile=50)[0].verdict == "reject"
    assert choose([card("1", percentile=1.0)], keep=1, least_percentile=0)[0].verdict == "keep"
    for bad in (-1.0, 101.0):
        with pytest.raises(InputError):
            choose(cards, keep=1, least_percentile=bad)
    with pytest.raises(InputError):
        choose(cards, keep=0)


@given(st.lists(cards, max_size=12, unique_by=lambda each: each.picture), st.integers(1, 6))
def test_every_picture_is_judged_once_with_a_reason(given: list[Scorecard], keep: int) -> None:
    chosen = choose(given, keep=keep)
    assert sorted(each.picture for each in chosen) == sorted(each.picture for each in given)
    assert all(each.verdict != "pending" and each.reasons for each in chosen)
    kept = [each for each in chosen if each.verdict == "keep"]
    assert len(kept) <= keep and list(chosen[: len(kept)]) == kept
    assert all(measure.passed for each in kept for measure in each.measures)


@given(cards, cards)
def test_similarity_is_a_share_and_symmetric(one: Scorecard, other: Scorecard) -> None:
    assert 0 <= similarity(one, other) <= 1 + 1e-9
    assert similarity(one, other) == pytest.approx(similarity(other, one))
    assert similarity(one, one) == pytest.approx(1)
    assert similarity(one, replace(other, provenance=UNKNOWN)) <= 0.2 + 1e-9
