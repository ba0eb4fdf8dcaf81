"""Ids that stand for stored sitters where their names must not appear."""

from __future__ import annotations

from contextlib import suppress

from ..errors import IdentityNotFound
from . import open_vault
from .names import ID, key_of


def ids() -> dict[str, str]:
    """The id of each stored sitter, by name."""
    numbers = open_vault().ids().items()
    return {
        name: _written(number)
        for name, number in sorted(numbers, key=lambda each: (each[0].casefold(), each[0]))
    }


def id_of(sitter: str) -> str:
    """The id of the stored sitter called `sitter`, such as "id:3f9a2b7c1e".

    It is random. A sitter who is enrolled again after an erasure gets another one.

    Raises:
        IdentityNotFound: there is none.
    """
    for name, number in open_vault().ids().items():
        if key_of(name) == key_of(sitter):
            return _written(number)
    raise _unknown(sitter)


def name_of(sitter: str) -> str:
    """The name of the stored sitter with the id `sitter`. Anything but an id is returned as it is.

    Raises:
        IdentityNotFound: it is an id that nobody has.
    """
    wanted = sitter.strip().lower()
    if not ID.fullmatch(wanted):
        return sitter
    names = [name for name, number in open_vault().ids().items() if _written(number) == wanted]
    if len(names) != 1:
        raise _unknown(sitter)
    return names[0]


def known_as(sitter: str) -> str:
    """`name_of`, or `sitter` itself where nobody has that id."""
    with suppress(IdentityNotFound):
        return name_of(sitter)
    return sitter


def _written(number: str) -> str:
    return f"id:{number[:10]}"  # of 32 digits; enough that no two begin alike


def _unknown(sitter: str) -> IdentityNotFound:
    return IdentityNotFound(
        f"No sitter called {sitter!r} is stored",
        "`headshots identities` lists those who are, and their ids.",
    )
