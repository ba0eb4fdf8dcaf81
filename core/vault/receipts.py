"""Erasure receipts: what was destroyed of a sitter and when, signed (Ed25519, RFC 8032).

A receipt holds no name, but a salted hash of it: whoever knows the name can check it. Anybody can
sign something, so a receipt is verified with a key that is known by other means: the vault's own,
or one that the person got before. docs/privacy.md describes the format.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from ..errors import InputError, ReceiptInvalid
from .names import key_of
from .vault import Erasure

if TYPE_CHECKING:
    from .sealed import SealedVault

FORMAT = "headshots receipt 1"
PURPOSE = "receipts"  # of the secret that signs them
_LARGEST = 10_000_000  # bytes


@dataclass(frozen=True)
class File:
    """A file outside of the vault.

    sha256: of its content, hex.
    destroyed: it is gone.
    """

    sha256: str
    size: int
    delivered: bool
    destroyed: bool


def make(erasure: Erasure, files: Sequence[File], *, secret: bytes) -> dict[str, Any]:
    """The receipt for an erased sitter; the same for the same arguments.

    Args:
        files: what became of the files that showed them.
        secret: 32 bytes, from which the signing key is made.
    """
    signer = Ed25519PrivateKey.from_private_bytes(secret)
    receipt: dict[str, Any] = {
        "format": FORMAT,
        "when": erasure.when.isoformat(),
        "why": erasure.why,
        "sitter": {"salt": erasure.salt, "id": _salted(erasure.salt, erasure.name)}
        if erasure.name
        else None,
        "key": erasure.key,
        "stored": [asdict(blob) for blob in erasure.blobs],
        "files": [asdict(file) for file in files],
        "signer": signer.public_key().public_bytes_raw().hex(),
    }
    return receipt | {"signature": signer.sign(_signed(receipt)).hex()}


def own_key(vault: SealedVault) -> str | None:
    """The public key, hex, that verifies the receipts of `vault`; None if it does not exist yet.

    It stays the same for the life of the vault.
    """
    if not vault.file.exists():
        return None
    signer = Ed25519PrivateKey.from_private_bytes(vault.secret(PURPOSE))
    return signer.public_key().public_bytes_raw().hex()


def read(file: Path, key: str) -> dict[str, Any]:
    """The receipt in that file, verified.

    Args:
        key: the public key, hex, that it must be signed with.

    Raises:
        InputError: it can't be read, or is no receipt.
        ReceiptInvalid: it is signed with another key, or was altered since.
    """
    try:
        with file.open("rb") as opened:
            receipt = json.loads(opened.read(_LARGEST))
        if not isinstance(receipt, dict) or cast(Any, receipt).get("format") != FORMAT:
            raise ValueError("it is in another format")
        content = cast(dict[str, Any], receipt)
        signature, signer = bytes.fromhex(content["signature"]), str(content["signer"])
        signed = _signed({name: v for name, v in content.items() if name != "signature"})
    except (OSError, ValueError, TypeError, KeyError, RecursionError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no receipt of ours"
        raise InputError(
            f"{file} can't be read as a receipt: {reason}", "Give the file that `forget` wrote."
        ) from None
    if signer != key:
        raise ReceiptInvalid(
            f"The receipt {file} is signed with another key ({signer}) than the one that it was "
            f"checked against ({key})",
            "Give the key of the vault that it should be from with --key.",
        )
    try:
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(key)).verify(signature, signed)
    except (InvalidSignature, ValueError):
        raise ReceiptInvalid(
            f"The receipt {file} was altered since it was signed, or not signed with that key",
            "Ask for the file as it was made.",
        ) from None
    return content


def is_of(receipt: Mapping[str, Any], name: str) -> bool:
    """Whether the receipt is that of the sitter called `name`."""
    match receipt.get("sitter"):
        case {"salt": str(salt), "id": str(id)}:
            return secrets.compare_digest(_salted(salt, name).encode(), id.encode())
        case _:
            return False


def _salted(salt: str, name: str) -> str:
    return hashlib.sha256(f"{salt}{key_of(name)}".encode()).hexdigest()


def _signed(receipt: Mapping[str, Any]) -> bytes:
    """What is signed: JSON with sorted keys and without spaces."""
    return json.dumps(receipt, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()
