"""The languages of an authenticity card: what it says in English, said in another."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from ...errors import UnknownName

Say: TypeAlias = Callable[[str], str]

# By its code (BCP 47): the table of its words, and what stands before decimals.
LANGUAGES: dict[str, tuple[str, str]] = {"en": ("", "."), "de": ("german.toml", ",")}
# What joins parts that are said apart.
_JOINTS = (". ", "; ", ": ", ", ")
# Characters of a text that is looked up; a stranger's may be of any length, and to try the gaps of
# all patterns on it takes a time that grows with a power of that.
_LONGEST = 500
_DECIMAL = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?![\w.])")


def speaker(language: str) -> Say:
    """What says a text of a card in `language`; words that its table hasn't stay English.

    Raises:
        UnknownName: the card doesn't speak it.
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UnknownName(f"No card is written in {language!r}", f"Choose one of {known}.")
    table, point = LANGUAGES[language]
    if not table:
        return lambda text: text
    return lambda text: _DECIMAL.sub(rf"\1{point}\2", said(text, table) or text)


def said(text: str, table: str) -> str | None:
    """The words of the file `table` for `text`; None where it has none for any part of it,
    or the text is longer than any of ours.
    """
    if len(text) > _LONGEST:
        return None
    if not any(letter.isalpha() for letter in text):
        return text
    exact, patterns = _words(table)
    # A sentence and its parts are the same words: with or without a capital and a full stop.
    for words, ending in ((text, ""), (text.removesuffix("."), "." if text.endswith(".") else "")):
        for form in (words, words[:1].lower() + words[1:], words[:1].upper() + words[1:]):
            found = exact.get(form) or _filled(form, patterns, table)
            if found is not None:
                return (found[:1].upper() + found[1:] if words[:1].isupper() else found) + ending
    for joint in _JOINTS:
        if joint in text:
            parts = text.split(joint)
            each = [said(part, table) for part in parts]
            if any(each):
                return joint.join(new or old for new, old in zip(each, parts, strict=True))
    return None


def _filled(text: str, patterns: list[tuple[re.Pattern[str], str]], table: str) -> str | None:
    for pattern, words in patterns:
        if found := pattern.fullmatch(text):
            parts = [said(part, table) or part for part in found.groups()]
            return words.replace("{#}", "{}").format(*parts)
    return None


@lru_cache
def _words(table: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """What is said as it stands, and what has gaps, those with the most words first."""
    known: dict[str, str] = tomllib.loads(Path(__file__).with_name(table).read_text("utf-8"))
    gapped = sorted((each for each in known if "{" in each), key=len, reverse=True)
    plain = {each: words for each, words in known.items() if "{" not in each}
    return plain, [(re.compile("".join(_pattern(each)), re.DOTALL), known[each]) for each in gapped]


def _pattern(text: str) -> Iterator[str]:
    for part in re.split(r"(\{#?\})", text):
        yield {"{}": "(.+?)", "{#}": r"([-+]?\d[\d.]*)"}.get(part) or re.escape(part)
