"""Translates the English texts of an authenticity card."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from ...errors import UnknownName

Say: TypeAlias = Callable[[str], str]

# By language code (BCP 47): the file of translations, and the decimal separator.
LANGUAGES: dict[str, tuple[str, str]] = {"en": ("", "."), "de": ("german.toml", ",")}
# Separators between parts that are translated one by one.
_JOINTS = (". ", "; ", ": ", ", ")
# The longest text that is looked up, in characters. An untrusted text may be of any length, and the
# time to match all patterns grows faster than the length.
_LONGEST = 500
_DECIMAL = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?![\w.])")


def speaker(language: str) -> Say:
    """The function that translates a card's texts to `language`; unknown texts stay English.

    Raises:
        UnknownName: there is no such language.
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UnknownName(f"No card is written in {language!r}", f"Choose one of {known}.")
    table, point = LANGUAGES[language]
    if not table:
        return lambda text: text
    return lambda text: _DECIMAL.sub(rf"\1{point}\2", translated(text, table) or text)


def translated(text: str, table: str) -> str | None:
    """The translation of `text` by the file `table`; None if no part of it can be translated, or
    the text is too long.
    """
    if len(text) > _LONGEST:
        return None
    if not any(letter.isalpha() for letter in text):
        return text
    exact, patterns = _words(table)
    # Texts are looked up with and without a capital letter and a full stop.
    for words, ending in ((text, ""), (text.removesuffix("."), "." if text.endswith(".") else "")):
        for form in (words, words[:1].lower() + words[1:], words[:1].upper() + words[1:]):
            phrase = exact.get(form) or _filled(form, patterns, table)
            if phrase is not None:
                return (phrase[:1].upper() + phrase[1:] if words[:1].isupper() else phrase) + ending
    for joint in _JOINTS:
        if joint in text:
            parts = text.split(joint)
            each = [translated(part, table) for part in parts]
            if any(each):
                return joint.join(new or old for new, old in zip(each, parts, strict=True))
    return None


def _filled(text: str, patterns: list[tuple[re.Pattern[str], str]], table: str) -> str | None:
    for pattern, words in patterns:
        if match := pattern.fullmatch(text):
            parts = [translated(part, table) or part for part in match.groups()]
            return words.replace("{#}", "{}").format(*parts)
    return None


@lru_cache
def _words(table: str) -> tuple[dict[str, str], list[tuple[re.Pattern[str], str]]]:
    """The plain translations, and the patterns with gaps, the longest first."""
    translations: dict[str, str] = tomllib.loads(Path(__file__).with_name(table).read_text("utf-8"))
    gapped = sorted((each for each in translations if "{" in each), key=len, reverse=True)
    plain = {each: words for each, words in translations.items() if "{" not in each}
    return plain, [
        (re.compile("".join(_pattern(each)), re.DOTALL), translations[each]) for each in gapped
    ]


def _pattern(text: str) -> Iterator[str]:
    for part in re.split(r"(\{#?\})", text):
        yield {"{}": "(.+?)", "{#}": r"([-+]?\d[\d.]*)"}.get(part) or re.escape(part)
