"""The key that verifies a vault's receipts, as people get it and as they present it."""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any, cast

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_pem_public_key,
)

from ..errors import InputError
from .consent import RECEIPT_KEY

IN_EXPORT = "receipt-key.pem"  # its file in the zip of an export

_HEX = re.compile(r"[0-9a-fA-F]{64}")
_LARGEST = 100_000  # bytes; a consent record has some hundred


def as_pem(key: str) -> bytes:
    """The public key, hex, as a PEM file (SubjectPublicKeyInfo, RFC 8410)."""
    public = Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def key_in(source: str) -> str:
    """The public key, hex, from what a person presents.

    Args:
        source: 64 hex digits; or a file: an export, its `receipt-key.pem`, or a consent record.

    Raises:
        InputError: it is none of these, or holds no such key.
    """
    if _HEX.fullmatch(source):
        return source.lower()
    try:
        return _in_file(Path(source))
    except OSError as error:
        reason = error.strerror or "it can't be read"
    except (ValueError, KeyError, RecursionError, UnsupportedAlgorithm, zipfile.BadZipFile):
        reason = "it holds no key of receipts"
    raise InputError(
        f"{source!r} can't be used as a key: {reason}",
        "Give an export of the person's, their consent record, or the 64 hex digits of the key.",
    )


def _in_file(file: Path) -> str:
    if zipfile.is_zipfile(file):
        with zipfile.ZipFile(file) as archive, archive.open(IN_EXPORT) as opened:
            return _in_pem(opened.read(_LARGEST))
    with file.open("rb") as opened:
        content = opened.read(_LARGEST)
    if content.startswith(b"-----BEGIN"):
        return _in_pem(content)
    key = cast(dict[str, Any], json.loads(content))[RECEIPT_KEY]
    if not isinstance(key, str) or not _HEX.fullmatch(key):
        raise ValueError("no key")
    return key.lower()


def _in_pem(content: bytes) -> str:
    key = load_pem_public_key(content)
    if not isinstance(key, Ed25519PublicKey):
        raise ValueError("a key of another kind")
    return key.public_bytes_raw().hex()
