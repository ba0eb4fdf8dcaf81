"""Reads identities from the vault, for a stated purpose that the sitter consented to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from ..errors import IdentityNotFound, SitterForgotten
from ..vault import open_vault
from ..vault.consent import Purpose
from ..vault.ids import name_of
from .codec import from_bytes
from .identity import Identity

KIND = "identity"
Result = TypeVar("Result")


def stored_sitter(sitter: str, purpose: Purpose) -> Identity:
    """The stored sitter with that name or id.

    Raises:
        IdentityNotFound: there is none.
        IdentityDamaged: what is stored can't be read.
        ConsentError: the sitter did not agree to `purpose`, or doesn't any more.
    """
    vault, name = open_vault(), name_of(sitter)
    stored = vault.read(name, KIND)
    if stored.data is None:
        vault.missing(name)
    identity = replace(from_bytes(stored.data), version=stored.version)
    identity.require(purpose)
    return identity


def of_each(read: Callable[[str], Result]) -> Iterator[Result]:
    """What `read` says of each stored sitter, by name; who is forgotten meanwhile is left out."""
    for name in open_vault().sitters():
        with suppress(IdentityNotFound):
            yield read(name)


def for_use(identity: Identity, use: Purpose) -> Identity:
    """`identity` with its sitter's latest consent, if that covers `use`.

    An identity may have been loaded long ago, so the consent is read from the vault again. It
    counts, unless the identity was enrolled later and isn't stored yet.

    Raises:
        SitterForgotten: the sitter was forgotten since this process loaded or stored them.
        ConsentError: the sitter did not agree to `use`, or doesn't any more.
    """
    stored = _stored(identity.name)
    if stored and stored.consent != identity.consent and stored.created >= identity.created:
        identity = replace(identity, consent=stored.consent)
    identity.require(use)
    return identity


def _stored(name: str) -> Identity | None:
    """The stored sitter called `name`; None if there is none, or the vault is elsewhere.

    Raises:
        SitterForgotten: there was one.
    """
    try:
        vault = open_vault()
    except IdentityNotFound:  # this process works for another machine, which asks for itself
        return None
    try:
        return stored_sitter(name, "manage")
    except IdentityNotFound:
        pass
    try:
        with vault.showing([name], ()):
            return None
    except SitterForgotten:
        raise SitterForgotten(
            f"{name!r} was forgotten meanwhile, so nothing is made of them",
            "Ask them, and enrol them anew, if pictures of them are wanted.",
        ) from None
