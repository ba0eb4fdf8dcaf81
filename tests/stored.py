"""Sitters put into the vault as enrolment would, without enrolling them."""

from __future__ import annotations

from headshots.core.identity.codec import to_bytes
from headshots.core.identity.identity import Identity
from headshots.core.identity.stored import KIND
from headshots.core.vault import open_vault


def put(identity: Identity) -> None:
    """Store `identity`, whatever is stored under its name, and until the vault's usual day."""
    vault, name = open_vault(), identity.name
    vault.put(name, KIND, to_bytes(identity), version=vault.read(name, KIND).version)
