"""Makes text safe to print: names of files and people may hold any character."""

from __future__ import annotations


def shown(text: str) -> str:
    """`text` on one line, without control characters."""
    return "".join(letter if letter.isprintable() else _stand_in(letter) for letter in text)


def _stand_in(letter: str) -> str:
    return " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}"
