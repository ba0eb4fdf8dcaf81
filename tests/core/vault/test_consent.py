"""Consent: what counts as one, what a record must say, and what it doesn't cover."""

from __future__ import annotations

import contextlib
import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headshots.core.errors import (
    ConsentError,
    ConsentExpired,
    ConsentMissing,
    ConsentUnclear,
    ConsentWithheld,
)
from headshots.core.vault.consent import USES, agreed, asked, from_json, require, to_json

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
RECORD = {"who": "Ada", "uses": ["deliver", "generate"], "how": "signed form"}


@pytest.mark.parametrize(
    ("said", "uses", "how"),
    [
        ("yes", ("generate", "deliver"), "in person"),
        (" Yes. ", ("generate", "deliver"), "in person"),
        ("yes, by signed form", ("generate", "deliver"), "by signed form"),
        ("yes to generate", ("generate",), "in person"),
        ("YES to deliver, tune and generate: by mail", USES, "by mail"),
        ("yes to generate and tune, to try it", ("generate", "tune"), "to try it"),
    ],
)
def test_a_sentence(said: str, uses: tuple[str, ...], how: str) -> None:
    consent = agreed("Ada", said, days=30, now=NOW)
    assert (consent.who, consent.uses, consent.how) == ("Ada", uses, how)
    assert consent.until == "2026-06-02" and consent.given.startswith("2026-05-03")


@pytest.mark.parametrize("said", ["", "  ", "\n"])
def test_nothing_said_is_no_consent(said: str) -> None:
    with pytest.raises(ConsentMissing, match="'Ada'"):
        agreed("Ada", said, days=30)


@pytest.mark.parametrize(
    "said",
    [
        *(
            "no",
            "yes \ud800",
            "not yet",
            "yesterday",
            "true",
            "1",
            "y",
            "ja",
            "on",
            "null",
            "yes to everything",
        ),
        *("[]", "{", '{"who": "Ada"}', "x" * 20_000, "{" * 9000),
    ],
)
def test_what_is_no_yes(said: str) -> None:
    with pytest.raises(ConsentUnclear):
        agreed("Ada", said, days=30)


def test_a_record() -> None:
    consent = agreed("ADA", json.dumps(RECORD | {"until": "2026-05-10"}), days=30, now=NOW)
    assert (consent.who, consent.uses, consent.until) == (
        "ADA",
        ("generate", "deliver"),
        "2026-05-10",
    )
    later = agreed("Ada", json.dumps(RECORD | {"until": "2036-05-10"}), days=30, now=NOW)
    assert later.until == "2026-06-02"  # as long as the policy, however long they agreed to


@pytest.mark.parametrize(
    "change",
    [
        {"who": "Bea"},
        {"who": ""},
        {"who": None},
        {"uses": []},
        {"uses": "generate"},
        {"uses": ["generate", "sell"]},
        {"how": ""},
        {"until": "soon"},
        {"given": "2027-01-01"},
        {"given": 5},
        {"purpose": "x" * 600},
        {"signature": "x"},
    ],
)
def test_a_record_with_a_fault(change: dict[str, object]) -> None:
    with pytest.raises(ConsentUnclear):
        agreed("Ada", json.dumps(RECORD | change), days=30, now=NOW)


def test_a_record_that_has_run_out() -> None:
    with pytest.raises(ConsentExpired, match="2026-05-02"):
        agreed("Ada", json.dumps(RECORD | {"until": "2026-05-02"}), days=30, now=NOW)


def test_what_was_not_agreed_to_is_refused_by_name() -> None:
    consent = agreed("Ada", "yes to generate", days=30)
    require(consent, "generate", "Ada")
    with pytest.raises(ConsentWithheld, match="'Ada' consented to generate, not to deliver"):
        require(consent, "deliver", "Ada")
    with pytest.raises(ConsentMissing):
        require(None, "generate", "Ada")


def test_it_runs_out_after_its_last_day() -> None:
    today = datetime.now(UTC)
    last = agreed("Ada", "yes", days=1, now=today - timedelta(days=1))
    require(last, "generate", "Ada")
    assert last.days_left() == 0
    over = agreed("Ada", "yes", days=1, now=today - timedelta(days=3))
    with pytest.raises(ConsentExpired):
        require(over, "generate", "Ada")


def test_the_question_says_for_how_long() -> None:
    until = (datetime.now(UTC) + timedelta(days=7)).date().isoformat()
    assert until in asked("Ada", 7)


@given(st.text(max_size=300) | st.text(max_size=300).map(lambda text: "yes" + text))
def test_any_text_is_a_consent_or_a_named_error(said: str) -> None:
    try:
        consent = agreed("Ada", said, days=30)
    except ConsentError:
        return
    assert said.strip().lower().startswith("yes") and consent.uses
    assert from_json(json.loads(json.dumps(to_json(consent)))) == consent


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.just("2026-01-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)


@example({"who": "\x1b"})
@given(st.dictionaries(st.sampled_from(["who", "uses", "how", "until", "given", "text"]), JSON))
def test_any_record_is_a_consent_or_a_named_error(record: dict[str, object]) -> None:
    with contextlib.suppress(ConsentError):
        agreed("Ada", json.dumps(RECORD | record), days=30)
