"""Consent: what a sitter agreed to. Without one, nothing of a person is stored or made."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal, TypeAlias, cast, get_args

from ..errors import ConsentExpired, ConsentMissing, ConsentUnclear, ConsentWithheld, InputError
from .names import check_name, key_of

Use: TypeAlias = Literal["generate", "tune", "deliver"]
USES: tuple[Use, ...] = get_args(Use)
# What an identity is read from the vault for. "any" is covered by every consent: being stored, and
# scoring against it. "manage" needs no consent: listing, exporting and erasing are the sitter's
# own right.
Purpose: TypeAlias = Literal["generate", "tune", "deliver", "any", "manage"]
# What a plain "yes" covers. Training a model on somebody must be named.
USUAL: tuple[Use, ...] = ("generate", "deliver")
PURPOSE = "headshots"
# Names the version of the text that a plain "yes" agrees to: `consent_question`, below.
TEXT = "headshots 1"
# The field of a consent record, as handed to the person, with the key that verifies their receipt.
RECEIPT_KEY = "receipt_key"

# By language: the text, and who is meant where no name is known yet.
_QUESTIONS = {
    "en": (
        "Has {name} agreed that their photos and measurements of their face are kept on this "
        "machine until {until}, to make headshots of them and hand these on?",
        "the sitter",
    ),
    "de": (
        "Hat {name} eingewilligt, dass die Fotos und die Messungen des Gesichts bis zum {until} "
        "auf diesem Rechner gespeichert bleiben, um daraus Porträts zu machen und diese "
        "weiterzugeben?",
        "die Person",
    ),
}

Way: TypeAlias = Literal[
    "in person",
    "in writing",
    "by email",
    "by mail",
    "by phone",
    "by signed form",
    "by signed release",
    "by contract",
    "by release into the public domain",
]
# How consent is given. A list, because free text could also say no.
WAYS: tuple[Way, ...] = get_args(Way)

_LONGEST = 10_000
_LONGEST_FIELD = 500
_USE, _DAY, _WAY = "|".join(USES), r"\d{4}-\d\d-\d\d", "|".join(WAYS)
# All that a sentence can say, with runs of spaces made one. ASCII: "\u017f" is no "s" here.
_SENTENCE = re.compile(
    rf"yes(?: to (?P<uses>(?:{_USE})(?:(?:,| and|, and) (?:{_USE}))*))?"
    rf"(?:,? until (?P<until>{_DAY}))?(?:,? (?P<way>{_WAY}))?(?:,? until (?P<last>{_DAY}))?\.?",
    re.IGNORECASE | re.ASCII,
)
_HOW_TO = (
    "Write 'yes' if the sitter agreed in person, now, or say more: 'yes to generate, tune and "
    "deliver, until 2027-01-31, by signed form'. Each part may be left out; nothing else is "
    f"understood. The way is one of: {', '.join(WAYS)}. Or give a record as JSON (docs/privacy.md)."
)


@dataclass(frozen=True)
class Consent:
    """A person's consent and what it covers.

    who: the sitter's name.
    purpose: what for, in words.
    uses: out of "generate" (pictures of them), "tune" (a model trained on them), "deliver"
        (pictures handed on).
    until: the day after which nothing of theirs is kept, ISO 8601.
    how: how it was given, one of `WAYS`.
    text: which version of which text they agreed to.
    given: when, ISO 8601.
    """

    who: str
    purpose: str
    uses: tuple[Use, ...]
    until: str
    how: str
    text: str
    given: str

    @property
    def last_day(self) -> date:
        """`until` as a date.

        Raises:
            ConsentUnclear: it is none.
        """
        try:
            return date.fromisoformat(self.until)
        except ValueError:
            raise ConsentUnclear(
                f"The consent of {self.who!r} runs until {self.until!r}, which is no date",
                "Give its last day as in 2026-11-29.",
            ) from None

    def days_left(self, today: date | None = None) -> int:
        """Days until nothing is kept any more; 0 on the last one, below 0 once it has expired."""
        return (self.last_day - (today or _today())).days


def require(consent: Consent | None, purpose: Purpose, name: str) -> None:
    """Refuse to use the sitter called `name` for `purpose` unless the consent covers it.

    Raises:
        ConsentMissing: none was recorded.
        ConsentExpired: it has expired.
        ConsentWithheld: it covers other uses.
    """
    if purpose == "manage":
        return
    if consent is None:
        raise ConsentMissing(
            f"No consent of {name!r} is recorded",
            f"Ask them, and enrol them again. {_HOW_TO}",
        )
    if consent.days_left() < 0:
        raise ConsentExpired(
            f"The consent of {name!r} ran until {consent.until}",
            "Ask them again, and enrol them again with their consent.",
        )
    if purpose != "any" and purpose not in consent.uses:
        raise ConsentWithheld(
            f"{name!r} consented to {_listed(consent.uses)}, not to {purpose}",
            "Ask them, and enrol them again with a consent that covers it.",
        )


def agreed(name: str, said: str, *, days: int, now: datetime | None = None) -> Consent:
    """The consent of the sitter called `name`, as `said` states it.

    Args:
        said: "yes", optionally with the uses, the last day and the way: "yes to generate and
            deliver, until 2027-01-31, by signed form". Or a record: a JSON object with `who`,
            `uses`, `how`, and optionally `purpose`, `until`, `text` and `given`. The uses of a
            plain "yes" are `USUAL`.
        days: how long a sitter is kept at most; `until` is no later.

    Raises:
        InputError: a name that is none.
        ConsentMissing: `said` is empty.
        ConsentUnclear: it is anything else, a record of somebody else, or a record with a fault.
        ConsentExpired: it has expired.
    """
    name, said = check_name(name), said.strip()
    moment = now or datetime.now(UTC)
    if not said:
        raise ConsentMissing(f"Nothing says that {name!r} agreed", f"Ask them. {_HOW_TO}")
    if any("\ud800" <= letter <= "\udfff" for letter in said):
        raise _unclear("holds half a character")
    if len(said) > _LONGEST:
        raise _unclear(f"is over {_LONGEST} characters long")
    record = _record(said, moment) if said.startswith("{") else _sentence(name, said, moment)
    if key_of(record.who) != key_of(name):
        raise _unclear(f"is that of {record.who!r}, and {name!r} is to be enrolled")
    latest = moment.date() + timedelta(days=days)
    consent = replace(record, who=name, until=min(record.last_day, latest).isoformat())
    if consent.days_left(moment.date()) < 0:
        raise ConsentExpired(
            f"The consent of {name!r} ran until {record.until}", "Ask them again, and say so here."
        )
    return consent


def consent_question(name: str, days: int, language: str = "en") -> str:
    """The question that a "yes" answers with a consent to `USUAL`: version `TEXT` of the text.

    Args:
        name: of the sitter; empty where it isn't known yet.
        language: "de", or English for any other.
    """
    question, somebody = _QUESTIONS.get(language[:2].lower(), _QUESTIONS["en"])
    until = _today() + timedelta(days=days)
    return question.format(name=name or somebody, until=until.isoformat())


def to_json(consent: Consent) -> dict[str, Any]:
    """The record as JSON values, which `from_json` reads."""
    return asdict(consent) | {"uses": list(consent.uses)}


def handed_out(consent: Consent, receipt_key: str) -> dict[str, Any]:
    """The record for the person to keep, with the key that verifies their erasure receipt."""
    return to_json(consent) | {RECEIPT_KEY: receipt_key}


def from_json(value: object) -> Consent:
    """The consent that `to_json` wrote as `value`.

    Raises:
        ValueError: it is something else.
    """
    if not isinstance(value, Mapping):
        raise ValueError("a consent is an object")
    record = cast(Mapping[str, Any], value)
    fields = {name: _field(record, name) for name in Consent.__annotations__ if name != "uses"}
    date.fromisoformat(fields["until"])
    datetime.fromisoformat(fields["given"])
    try:
        check_name(fields["who"])
    except InputError as error:
        raise ValueError(error.what) from None
    return Consent(uses=_uses(record.get("uses")), **fields)


def _sentence(name: str, said: str, moment: datetime) -> Consent:
    read = _SENTENCE.fullmatch(" ".join(said.split()))
    if read is None or (read["until"] and read["last"]):
        raise _unclear("can't be understood")
    uses = re.findall(_USE, (read["uses"] or "").lower())
    if len(set(uses)) < len(uses):
        raise _unclear("names a use twice")
    until = read["until"] or read["last"] or date.max.isoformat()
    try:
        date.fromisoformat(until)
    except ValueError:
        raise _unclear(f"runs until {until}, which is no day") from None
    return Consent(
        who=name,
        purpose=PURPOSE,
        uses=_ordered(uses) or USUAL,
        until=until,
        how=(read["way"] or WAYS[0]).lower(),
        text=TEXT,
        given=moment.isoformat(timespec="seconds"),
    )


def _record(said: str, moment: datetime) -> Consent:
    try:
        value = json.loads(said)
        if not isinstance(value, dict):
            raise ValueError("it is no object")
        record = cast(dict[str, Any], value)
        if strange := set(record) - {*Consent.__annotations__, RECEIPT_KEY}:
            raise ValueError(f"{min(strange)!r} is no part of one")
        usual = {
            "purpose": PURPOSE,
            "until": date.max.isoformat(),
            "text": "unnamed",
            "given": moment.isoformat(timespec="seconds"),
        }
        consent = from_json(usual | record)
        if consent.how not in WAYS:
            raise ValueError(f"'how' is to be one of {', '.join(WAYS)}")
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else error
        raise _unclear(f"is a record with a fault: {reason}") from None
    if date.fromisoformat(consent.given[:10]) > moment.date() + timedelta(days=1):
        raise _unclear("is a record with a fault: it was given in the future")
    return consent


def _field(record: Mapping[str, Any], name: str) -> str:
    value = record.get(name)
    if not isinstance(value, str) or not value.strip() or len(value) > _LONGEST_FIELD:
        raise ValueError(f"{name!r} is to be a text")
    return value.strip()


def _uses(value: object) -> tuple[Use, ...]:
    if not isinstance(value, list | tuple) or not value:
        raise ValueError(f"'uses' is to be a list out of {', '.join(USES)}")
    names = [str(each) for each in cast(list[Any], value)]
    if strange := set(names) - set(USES):
        raise ValueError(f"{min(strange)!r} is no use; the uses are {', '.join(USES)}")
    return _ordered(names)


def _ordered(names: Iterable[str]) -> tuple[Use, ...]:
    named = set(names)
    return tuple(use for use in USES if use in named)


def _unclear(what: str) -> ConsentUnclear:
    return ConsentUnclear(f"The consent given {what}", _HOW_TO)


def _listed(uses: Iterable[str]) -> str:
    *others, last = uses
    return f"{', '.join(others)} and {last}" if others else last


def _today() -> date:
    return datetime.now(UTC).date()
