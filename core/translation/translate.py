"""Translates the English texts that a person reads: of cards, reports, errors and progress.

All is worded in English where it arises. The files NAME.LANGUAGE.toml beside this one, such as
`errors.de.toml`, hold a translation for each text, with gaps for the values in it. So nothing that
words a text knows of languages, and the finished text is translated where it is shown.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from ..errors import UnknownName

Say: TypeAlias = Callable[[str], str]

# By language code (BCP 47): the decimal separator.
LANGUAGES = {"en": ".", "de": ","}
_FOLDER = Path(__file__).parent
# Separators between parts that are translated one by one.
_JOINTS = (". ", "; ", ": ", ", ")
# The longest text that patterns are tried on, in characters; longer ones are taken apart first. An
# untrusted text may be of any length, and the time to match grows faster than the length.
_LONGEST = 500
_DECIMAL = re.compile(r"(?<![\w.])(\d+)\.(\d+)(?![\w.])")
_GAP = re.compile(r"\{#?\}")


@dataclass(frozen=True)
class _Pattern:
    """A text with gaps.

    literal: the longest part between them, which is in every text that matches.
    letters: of all parts between them.
    words: the translation, its gaps {} or {0}, {1} where their order is another.
    """

    literal: str
    letters: int
    matches: re.Pattern[str]
    words: str


def speaker(language: str) -> Say:
    """The function that translates texts to `language`; unknown texts stay English.

    Raises:
        UnknownName: there is no such language.
    """
    if language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        raise UnknownName(f"There are no texts in {language!r}", f"Choose one of {known}.")
    if language == "en":
        return lambda text: text
    point = LANGUAGES[language]
    return lambda text: _DECIMAL.sub(rf"\1{point}\2", translated(text, language) or text)


def speaker_for(language: str) -> Say:
    """As `speaker`, for a language as a system names it: "de-AT", "de_DE.UTF-8". English where
    there are no texts in it.
    """
    code = re.split(r"[-_.@]", language, maxsplit=1)[0].lower()
    return speaker(code if code in LANGUAGES else "en")


def translated(text: str, language: str) -> str | None:
    """The translation of `text`; None if no part of it can be translated."""
    translation = Reading(language).of(text)
    return translation.words if translation.letters or not _letters(text) else None


@dataclass(frozen=True)
class _Translation:
    """A translation, and how many letters of the English it is of."""

    words: str
    letters: int


class Reading:
    """Looks for the translation that leaves the fewest letters of a text in English: of all of it
    by one entry of the tables, or by one with gaps, or of its parts one by one.
    """

    def __init__(self, language: str) -> None:
        self._exact, self._patterns = tables(language)
        self._known: dict[str, _Translation] = {}

    def of(self, text: str) -> _Translation:
        if text not in self._known:
            self._known[text] = self._best(text)
        return self._known[text]

    def _best(self, text: str) -> _Translation:
        best = _Translation(text, 0)
        if not _letters(text):
            return best
        if text != (bare := text.strip()):
            inside = self.of(bare)
            return replace(inside, words=text.replace(bare, inside.words, 1))
        if "\n" in text:
            return self._joined("\n", text.split("\n"))
        if len(text) <= _LONGEST:
            for translation in self._whole(text):
                best = max(best, translation, key=lambda each: each.letters)
        for parts in _taken_apart(text):
            if best.letters == _letters(text):
                break
            best = max(self._joined(*parts), best, key=lambda each: each.letters)
        return best

    def _joined(self, joint: str, texts: Sequence[str]) -> _Translation:
        parts = list(map(self.of, texts))
        return _Translation(
            joint.join(each.words for each in parts), sum(each.letters for each in parts)
        )

    def _whole(self, text: str) -> Iterator[_Translation]:
        """By one entry, with and without a capital letter and a full stop."""
        for words, ending in (
            (text, ""),
            (text.removesuffix("."), "." if text.endswith(".") else ""),
        ):
            for form in (words, words[:1].lower() + words[1:], words[:1].upper() + words[1:]):
                for translation in self._by_entry(form):
                    sentence = translation.words
                    if words[:1].isupper():
                        sentence = sentence[:1].upper() + sentence[1:]
                    yield replace(translation, words=sentence + ending)

    def _by_entry(self, text: str) -> Iterator[_Translation]:
        if (words := self._exact.get(text)) is not None:
            yield _Translation(words, _letters(text))
            return
        for pattern in self._patterns:
            if pattern.literal in text and (match := pattern.matches.fullmatch(text)):
                parts = [self.of(part) for part in match.groups()]
                letters = pattern.letters + sum(each.letters for each in parts)
                yield _Translation(pattern.words.format(*(each.words for each in parts)), letters)


def _taken_apart(text: str) -> Iterator[tuple[str, Sequence[str]]]:
    """(What joined them, parts) of a text, as it may have been put together."""
    for joint in _JOINTS:
        if joint not in text:
            continue
        if len(text) > _LONGEST:
            yield joint, text.split(joint)
        else:  # a part may hold what joins others, too
            yield joint, text.split(joint, 1)
            yield joint, text.rsplit(joint, 1)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


@lru_cache
def tables(language: str) -> tuple[dict[str, str], list[_Pattern]]:
    """The plain translations, and the patterns with gaps, the longest first."""
    texts: dict[str, str] = {}
    for path in sorted(_FOLDER.glob(f"*.{language}.toml")):
        texts |= tomllib.loads(path.read_text("utf-8"))
    gapped = sorted(filter(_GAP.search, texts), key=len, reverse=True)
    plain = {each: words for each, words in texts.items() if not _GAP.search(each)}
    return plain, [
        _Pattern(
            max(_GAP.split(each), key=len),
            _letters(_GAP.sub("", each)),
            re.compile("".join(_pattern(each)), re.DOTALL),
            texts[each].replace("{#}", "{}"),
        )
        for each in gapped
    ]


def _pattern(text: str) -> Iterator[str]:
    for part in re.split(r"(\{#?\})", text):
        yield {"{}": "(.+?)", "{#}": r"([-+]?\d[\d.]*)"}.get(part) or re.escape(part)
