"""Sealing: bytes that nobody reads or alters without the key (AES-256-GCM, NIST SP 800-38D)."""

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
    """`data` under `key`; it opens in the same context only. Nonce, ciphertext, tag."""
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """The bytes that `seal` was given.

    Raises:
        ValueError: they were altered or cut off, or sealed under another key or in another context.
    """
    nonce, content = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
    try:
        return AESGCM(key).decrypt(nonce, content, context.encode())
    except (InvalidTag, ValueError):
        raise ValueError("it doesn't open") from None


def keyed_hash(key: bytes, text: str) -> bytes:
    """HMAC-SHA256: equal for equal texts, and says nothing of them without the key."""
    return hmac.digest(key, text.encode(), "sha256")


def stretched(passphrase: str, salt: bytes) -> bytes:
    """A key from a passphrase, slowly (scrypt, RFC 7914)."""
    kdf = Scrypt(salt=salt, length=KEY_BYTES, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P)
    return kdf.derive(passphrase.encode())


class Agreement:
    """One of two sides that agree on a key which never travels: Diffie-Hellman over X25519 (RFC
    7748), the key by HKDF-SHA256 (RFC 5869). It keeps whoever reads along from the key; it doesn't
    tell who the other side is.
    """

    def __init__(self) -> None:
        self._secret = X25519PrivateKey.generate()
        self.public = self._secret.public_key().public_bytes_raw()

    def key(self, other: bytes, context: str) -> bytes:
        """The key with the side whose `public` is `other`: the same on both, for one context.

        Raises:
            ValueError: it is nobody's.
        """
        shared = self._secret.exchange(X25519PublicKey.from_public_bytes(other))
        both = b"".join(sorted((self.public, other)))
        return HKDF(SHA256(), KEY_BYTES, None, context.encode() + both).derive(shared)
