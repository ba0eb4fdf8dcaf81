"""Stores tunings in the vault with the sitter's data, encrypted, and erased with it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from ....errors import IdentityNotFound
from ....identity.identity import Identity
from ....safetensors_header import metadata_of
from ....vault import Vault
from ....vault.versions import require_same
from ..families.detect import Family

# Metadata of the LoRA's file: hash of the photos, name of the model, trigger word.
PHOTOS, MODEL, WORD = "headshots.photos", "headshots.model", "modelspec.trigger_phrase"


def lora_kind(family: Family) -> str:
    """The vault's kind of the LoRA for models of `family`."""
    return f"tuned-{family.name}"


def realism_kind(family: Family) -> str:
    """The vault's kind of the discriminator that was trained with it."""
    return f"realism-{family.name}"


def run_kind(family: Family) -> str:
    """The vault's kind of an unfinished run."""
    return f"tuning-{family.name}"


def photos_of(identity: Identity) -> str:
    """A hash of the sitter's photos."""
    named = "\n".join(sorted(photo.sha256 for photo in identity.photos))
    return hashlib.sha256(named.encode()).hexdigest()


@dataclass(frozen=True)
class Tuned:
    """A stored tuning.

    lora, realism: contents of the files.
    word: the sitter's trigger word.
    model: name of the tuned model.
    """

    lora: bytes
    realism: bytes
    word: str
    model: str


def tuned_to(identity: Identity, family: Family, vault: Vault) -> Tuned | None:
    """The stored tuning of models of `family` to the sitter.

    None if there is none, if it is of other photos than the enrolled ones, or if the sitter no
    longer consents to it.
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
    """Writes data of a sitter, if nobody else has written it since.

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
            SitterForgotten: the sitter was forgotten meanwhile, and perhaps enrolled again.
            SitterChanged: another tuning of the sitter has written meanwhile.
        """
        self._version = self._vault.put(self._sitter, self._kind, data, version=self._version)


def require_stored(vault: Vault, identity: Identity) -> None:
    """Raise IdentityNotFound if the sitter isn't in `vault`."""
    if not vault.kinds(identity.name):
        raise IdentityNotFound(
            f"No sitter called {identity.name!r} is stored", "Save the sitter, then tune."
        )
