"""Sitters' names: which are valid, and which are the same."""

from __future__ import annotations

import hashlib
import re
import unicodedata

from ..errors import InputError

LONGEST_NAME = 200

# The form of an id (see `ids`); no sitter can have such a name.
ID = re.compile(r"id:[0-9a-f]{10}")
_KIND = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
# Control characters, lone surrogates (not encodable) and line or paragraph separators.
_FORBIDDEN = ("Cc", "Cs", "Zl", "Zp")


def check_name(name: str) -> str:
    """`name` as it is stored: composed (NFC), trimmed, runs of spaces made one.

    Raises:
        InputError: empty, over 200 characters, with characters that can't be shown on a line, or
            an id.
    """
    if any(unicodedata.category(letter) in _FORBIDDEN for letter in name):
        raise InputError(
            f"The sitter's name {name!r} has control characters",
            "Give a name on one line, of letters, digits, spaces and punctuation.",
        )
    tidy = " ".join(unicodedata.normalize("NFC", name).split())
    if not tidy:
        raise InputError("The sitter's name is empty", "Give a name, such as 'Ada Lovelace'.")
    if ID.fullmatch(tidy.lower()):
        raise InputError(
            f"{tidy} is the id of a sitter, and no name",
            "Enrol them under their name; where somebody is chosen, a stored one's id will do.",
        )
    if len(tidy) > LONGEST_NAME:
        raise InputError(
            f"The sitter's name has {len(tidy)} characters",
            f"Give one of at most {LONGEST_NAME}.",
        )
    return tidy


def key_of(name: str) -> str:
    """32 hex digits that are equal for names of the same sitter.

    A hash and not the name itself, so that a list of jobs doesn't reveal whom they are about.
    """
    # Unicode's caseless match (Unicode Standard 3.13, D145): casefolding can undo composition.
    decomposed = unicodedata.normalize("NFD", check_name(name))
    folded = unicodedata.normalize("NFD", decomposed.casefold())
    return hashlib.sha256(folded.encode()).hexdigest()[:32]


def check_kind(kind: str) -> str:
    """`kind` itself.

    Raises:
        InputError: not lower-case letters, digits and single hyphens.
    """
    if len(kind) > 40 or not _KIND.fullmatch(kind):
        raise InputError(
            f"{kind!r} is not a kind of stored data",
            "Use at most 40 lower-case letters, digits and hyphens, such as 'identity'.",
        )
    return kind
