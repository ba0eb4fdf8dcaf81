"""Text that is safe to show: file names and names of people may hold anything."""

from __future__ import annotations


def shown(text: str) -> str:
    """`text` on one line, without the characters that would steer a terminal."""
    return "".join(letter if letter.isprintable() else _stand_in(letter) for letter in text)


def _stand_in(letter: str) -> str:
    return " " if letter.isspace() else "\N{REPLACEMENT CHARACTER}"
