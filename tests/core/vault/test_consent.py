"""Consent: what counts as one, what a record must say, and what it doesn't cover."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from headshots.core.errors import (
    ConsentError,
    ConsentExpired,
    ConsentMissing,
    ConsentUnclear,
    ConsentWithheld,
)
from headshots.core.vault.consent import (
    USES,
    USUAL,
    WAYS,
    agreed,
    consent_question,
    from_json,
    require,
    to_json,
)

NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
RECORD = {"who": "Ada", "uses": ["deliver", "generate"], "how": "by signed form"}


@pytest.mark.parametrize(
    ("said", "uses", "how", "until"),
    [
        ("yes", USUAL, "in person", "2026-06-02"),
        (" Yes. ", USUAL, "in person", "2026-06-02"),
        ("yes, by signed form\n", USUAL, "by signed form", "2026-06-02"),
        ("yes to generate", ("generate",), "in person", "2026-06-02"),
        ("YES to deliver, tune and generate, By  Mail", USES, "by mail", "2026-06-02"),
        ("yes to generate, and deliver", USUAL, "in person", "2026-06-02"),
        ("yes, until 2026-05-10", USUAL, "in person", "2026-05-10"),
        ("yes until 2026-05-03", USUAL, "in person", "2026-05-03"),
        ("yes, until 2036-05-10", USUAL, "in person", "2026-06-02"),  # no longer than the policy
        ("yes to tune, until 2026-05-10, by email.", ("tune",), "by email", "2026-05-10"),
        ("yes, by email until 2026-05-10", USUAL, "by email", "2026-05-10"),
    ],
)
def test_a_sentence(said: str, uses: tuple[str, ...], how: str, until: str) -> None:
    consent = agreed("Ada", said, days=30, now=NOW)
    assert (consent.who, consent.uses, consent.how) == ("Ada", uses, how)
    assert consent.until == until and consent.given.startswith("2026-05-03")


def test_a_day_that_is_over() -> None:
    with pytest.raises(ConsentExpired, match="2026-05-02"):
        agreed("Ada", "Yes, until 2026-05-02", days=30, now=NOW)


def test_a_last_day_that_is_no_date_is_refused_in_words() -> None:
    consent = replace(agreed("Ada", "yes", days=30), until="garbage")
    with pytest.raises(ConsentUnclear, match="'garbage', which is no date"):
        require(consent, "generate", "Ada")


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
            "yes, but they have NOT agreed",
            "yes for 10 years",
            "yes, until they say no",
            "yes, until 2026-02-30",
            "yes, until 01.02.2027",
            "yes, until 2027-01-01, until 2027-02-01",
            "yes, by email, by phone",
            "yes to generate and generate",
            "yes to generate, not deliver",
            "yes to",
            "yes not to generate",
            "yes?",
            "yes, no",
            "ye\u017f",
            "yes, until \uff12\uff10\uff12\uff17-01-01",
            "yes to generate: by mail",
            "yes, to try it",
        ),
        *("[]", "{", '{"who": "Ada"}', "x" * 20_000, "{" * 9000),
    ],
)
def test_what_is_no_yes(said: str) -> None:
    with pytest.raises(ConsentUnclear) as raised:
        agreed("Ada", said, days=30)
    assert "yes to generate, tune and deliver, until 2027-01-31, by signed form" in str(
        raised.value
    )


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
        {"how": "they have not agreed"},
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
    assert until in consent_question("Ada", 7)


def listed(uses: Sequence[str]) -> str:
    return f"{', '.join(uses[:-1])} and {uses[-1]}" if len(uses) > 1 else uses[0]


# All that a sentence can hold, each part at most once, in this order.
FORM = st.tuples(
    st.lists(st.sampled_from(USES), unique=True, max_size=3),
    st.none() | st.dates(NOW.date(), NOW.date() + timedelta(days=30)),
    st.none() | st.sampled_from(WAYS),
)


@given(FORM)
def test_every_sentence_of_the_form_is_taken_at_its_word(
    form: tuple[list[str], date | None, str | None],
) -> None:
    uses, until, how = form
    parts = [
        "yes" + (f" to {listed(uses)}" if uses else ""),
        *([f"until {until}"] if until else []),
        *([how] if how else []),
    ]
    consent = agreed("Ada", ", ".join(parts), days=30, now=NOW)
    assert set(consent.uses) == set(uses or USUAL) and consent.how == (how or "in person")
    assert consent.until == str(until or "2026-06-02")
    assert from_json(json.loads(json.dumps(to_json(consent)))) == consent


# What people write, and what turns it round.
WORDS = st.sampled_from(
    [
        *("yes", "to", "and", "until", "2026-05-20", "2026-05-01", *USES, *WAYS),
        *("no", "not", "NOT", "never", "but", "don't", "only", "except", "unless", "they have"),
        *("agreed", "for 10 years", "if", "maybe", "from 2027-01-01", "later", "?", "!", "by"),
    ]
)
SAID = st.lists(st.tuples(WORDS, st.sampled_from([" ", ", ", ",", ": ", ". "])), max_size=9).map(
    lambda words: "".join(word + end for word, end in words)
)


@settings(max_examples=2000)
@example("yes, but they have NOT agreed")
@given(
    SAID
    | SAID.map(lambda text: "yes " + text)
    | st.text(max_size=300)
    | st.text(max_size=300).map(lambda text: "yes" + text)
)
def test_whatever_else_is_written_is_refused(said: str) -> None:
    """What is taken holds no word but those that the consent stands for, in their order."""
    try:
        consent = agreed("Ada", said, days=30, now=NOW)
    except ConsentError:
        return
    left = re.sub(r"[\s,.]+", " ", said.lower()).strip()
    assert left.startswith("yes")
    left = left.removeprefix("yes")
    if " to " in left:
        left = left.replace(" to ", " ", 1).replace(" and ", " ")
        for use in consent.uses:
            assert left.count(use) == 1
            left = left.replace(use, "", 1)
    if " until " in left:
        left = left.replace(f" until {consent.until}", "", 1)
    assert left.replace(consent.how, "", 1).strip() == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=9) | st.just("2026-01-01"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
)


@example({"who": "\x1b"})
@given(st.dictionaries(st.sampled_from(["who", "uses", "how", "until", "given", "text"]), JSON))
def test_any_record_is_a_consent_or_a_named_error(record: dict[str, object]) -> None:
    with contextlib.suppress(ConsentError):
        agreed("Ada", json.dumps(RECORD | record), days=30)


def test_the_page_names_every_way() -> None:
    page = (Path(__file__).parents[3] / "docs" / "privacy.md").read_text("utf-8")
    assert all(f"`{each}`" in page for each in (*USES, *WAYS))
