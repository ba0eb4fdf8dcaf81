"""Authenticated encryption (AES-256-GCM, NIST SP 800-38D), key derivation and key agreement."""

from __future__ import annotations

import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

KEY_BYTES = 32
_NONCE_BYTES = 12

# About 0.2 s and 128 MiB a guess: over OWASP's least (N = 2^17, r = 8, p = 1), RFC 7914.
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**17, 8, 1
SALT_BYTES = 16


def new_key() -> bytes:
    """A random key."""
    return os.urandom(KEY_BYTES)


def seal(key: bytes, data: bytes, context: str) -> bytes:
    """Encrypt `data` under `key`, bound to `context`: nonce, ciphertext, tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Decrypt what `seal` gave.

    Raises:
        ValueError: it was altered or cut off, or sealed under another key or in another context.
    """
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, content, context.encode())
    except (InvalidTag, ValueError):
        raise ValueError("it doesn't open") from None


def keyed_hash(key: bytes, text: str) -> bytes:
    """HMAC-SHA256 of a text: equal for equal texts; without the key it reveals nothing."""
    return hmac.digest(key, text.encode(), "sha256")


def stretched(passphrase: str, salt: bytes) -> bytes:
    """A key from a passphrase, slowly (scrypt, RFC 7914)."""
    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    return kdf.derive(passphrase.encode())


class Agreement:
    """One side of a key agreement: X25519 (RFC 7748), the key by HKDF-SHA256 (RFC 5869).

    An eavesdropper doesn't learn the key. The other side is not authenticated.
    """

    def __init__(self) -> None:
        self._secret = X25519PrivateKey.generate()
        self.public = self._secret.public_key().public_bytes_raw()

    def key(self, other: bytes, context: str) -> bytes:
        """The key shared with the side whose `public` is `other`, for one context.

        Raises:
            ValueError: `other` is no public key.
        """
        shared = self._secret.exchange(X25519PublicKey.from_public_bytes(other))
        both = b"".join(sorted((self.public, other)))
        return HKDF(SHA256(), KEY_BYTES, None, context.encode() + both).derive(shared)
