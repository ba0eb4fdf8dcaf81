"""Encrypts what a page holds, so that a browser can open it with the passphrase.

PBKDF2 with HMAC-SHA-256 (RFC 8018), 600,000 rounds (OWASP, Password Storage Cheat Sheet, 2023) and
a salt of 16 random bytes makes the key; AES-256-GCM (NIST SP 800-38D) with a nonce of 12 random
bytes encrypts. Browsers have both in WebCrypto, and no scrypt.
"""

from __future__ import annotations

import base64
import os
import unicodedata
from typing import Any

from ...errors import InputError

ROUNDS = 600_000
LEAST = 12  # characters of a passphrase
_SALT, _NONCE, _KEY = 16, 12, 32  # bytes


def sealed(text: str, passphrase: str) -> dict[str, Any]:
    """`text` encrypted, with all that is needed to open it but the passphrase.

    Raises:
        InputError: the passphrase is shorter than `LEAST` characters.
    """
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    if len(passphrase) < LEAST:
        raise InputError(
            f"The passphrase has {len(passphrase)} characters",
            f"Take at least {LEAST}, such as four or five words.",
        )
    salt, nonce = os.urandom(_SALT), os.urandom(_NONCE)
    data = AESGCM(key_of(passphrase, salt, ROUNDS)).encrypt(nonce, text.encode(), None)
    parts = {"salt": salt, "nonce": nonce, "sealed": data}
    return {"iterations": ROUNDS} | {
        name: base64.b64encode(part).decode() for name, part in parts.items()
    }


def key_of(passphrase: str, salt: bytes, rounds: int) -> bytes:
    """The key, 32 bytes; the same letters typed on another system give the same key."""
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

    secret = unicodedata.normalize("NFC", passphrase).encode()
    return PBKDF2HMAC(SHA256(), _KEY, salt, rounds).derive(secret)
