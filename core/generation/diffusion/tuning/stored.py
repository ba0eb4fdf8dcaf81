"""What is kept of a tuning: with the sitter's data in the vault, sealed, and forgotten with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ....errors import IdentityNotFound
from ....identity.identity import Identity
from ....safetensors_header import metadata_of
from ....vault import Vault
from ....vault.versions import require_same
from ..families.detect import Family

# What the header of the LoRA says: of which photos it is; the model; the word for the sitter.
PHOTOS, MODEL, WORD = "headshots.photos", "headshots.model", "modelspec.trigger_phrase"
FAMILIES_TUNED = ("klein", "sdxl", "sd15")


def lora_kind(family: Family) -> str:
    """The vault's kind of the LoRA for models of `family`."""
    return f"tuned-{family.name}"


def realism_kind(family: Family) -> str:
    """The vault's kind of the discriminator that was trained against it."""
    return f"realism-{family.name}"


def run_kind(family: Family) -> str:
    """The vault's kind of a run that isn't over."""
    return f"tuning-{family.name}"


def photos_of(identity: Identity) -> str:
    """What stands for a sitter's photos: others give another."""
    named = "\n".join(sorted(photo.sha256 for photo in identity.photos))
    return hashlib.sha256(named.encode()).hexdigest()


@dataclass(frozen=True)
class Tuned:
    """lora, realism: as files. word: the sitter's in prompts. model: the one that was tuned."""

    lora: bytes
    realism: bytes
    word: str
    model: str


def tuned_to(identity: Identity, family: Family, vault: Vault) -> Tuned | None:
    """What models of `family` are tuned to the sitter by.

    None where nothing is, where it is of other photos than those enrolled now, and where the
    sitter doesn't consent to it any more.
    """
    if not identity.allows("tune") or lora_kind(family) not in vault.kinds(identity.name):
        return None
    lora = vault.get(identity.name, lora_kind(family))
    about = metadata_of(lora)
    if about.get(PHOTOS) != photos_of(identity):
        return None
    realism = vault.get(identity.name, realism_kind(family))
    return Tuned(lora, realism, about.get(WORD, ""), about.get(MODEL, ""))


class Writer:
    """Writes what is made of a sitter over what was there when it was begun, and over its own.

    Raises:
        SitterForgotten: the sitter was forgotten since `identity` was loaded.
    """

    def __init__(self, vault: Vault, identity: Identity, kind: str) -> None:
        self._vault, self._sitter, self._kind = vault, identity.name, kind
        self._version = vault.read(identity.name, kind).version
        if identity.version:
            require_same(identity.name, identity.version, self._version)

    def write(self, data: bytes) -> None:
        """Store `data` with the sitter's.

        Raises:
            SitterForgotten: the sitter was forgotten meanwhile, and may have been enrolled anew.
            SitterChanged: another tuning of the sitter was quicker.
        """
        self._version = self._vault.put(self._sitter, self._kind, data, version=self._version)


def require_stored(vault: Vault, identity: Identity) -> None:
    """Raise IdentityNotFound if the sitter isn't in `vault`."""
    if not vault.kinds(identity.name):
        raise IdentityNotFound(
            f"No sitter called {identity.name!r} is stored", "Save the sitter, then tune."
        )
