"""The signing key: the user's certificate if one is set, else an identity made on this machine.

The machine's own identity proves that a picture is unchanged since delivery. It proves nobody's
name: nobody has checked who made it, and it is on no list of trusted signers.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from ..errors import SigningFailed
from ..files import discard_parts, write_whole
from ..settings import settings

FILE = "signing.pem"
_CERTIFICATE = "-----BEGIN CERTIFICATE-----"
_YEARS = 10
_OWN = "headshots on this machine"


@dataclass(frozen=True)
class Signer:
    """A key and the chain of certificates that belongs to it, as PEM.

    alg: C2PA's name of the algorithm (C2PA 2.1, 13.2).
    own: made on this machine.
    """

    alg: str
    key: str
    chain: str
    own: bool


def signer() -> Signer:
    """The signer for deliveries; the machine's own identity is created if needed.

    Raises:
        SigningFailed: the configured certificate can't be read, or doesn't fit its key.
    """
    chosen = settings()
    return _signer(chosen.sign_certificate, chosen.sign_key, chosen.config_dir / FILE)


def own_issuer() -> str:
    """The certificate, PEM, that issued this machine's own identity; empty if it has none."""
    file = settings().config_dir / FILE
    if not file.is_file():
        return ""
    return _CERTIFICATE + file.read_text("utf-8").rpartition(_CERTIFICATE)[2]


@lru_cache(maxsize=4)
def _signer(certificate: Path | None, key: Path | None, own: Path) -> Signer:
    if certificate is None and key is None:
        text = _own_identity(own)
        split = text.index(_CERTIFICATE)
        return Signer("ed25519", text[:split], text[split:], own=True)
    if certificate is None or key is None:
        raise SigningFailed(
            "A certificate to sign with was set without its key, or a key without its certificate",
            "Set both HEADSHOTS_SIGN_CERTIFICATE and HEADSHOTS_SIGN_KEY, or neither.",
        )
    try:
        chain, secret = certificate.read_text("utf-8"), key.read_text("utf-8")
        leaf = x509.load_pem_x509_certificates(chain.encode())[0]
        private = serialization.load_pem_private_key(secret.encode(), None)
        if private.public_key() != leaf.public_key():
            raise ValueError("they don't belong together")
        return Signer(_algorithm(private), secret, chain, own=False)
    except (OSError, ValueError, TypeError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        raise SigningFailed(
            f"The certificate {certificate} and the key {key} can't be used: {reason}",
            "Give a chain of certificates and its key without a passphrase, both as PEM.",
        ) from None


def _algorithm(key: object) -> str:
    match key:
        case ed25519.Ed25519PrivateKey():
            return "ed25519"
        case ec.EllipticCurvePrivateKey() if key.curve.name in _CURVES:
            return _CURVES[key.curve.name]
        case rsa.RSAPrivateKey():
            return "ps256"
        case _:
            raise ValueError("its kind of key is none of C2PA's")


_CURVES = {"secp256r1": "es256", "secp384r1": "es384", "secp521r1": "es512"}


def _own_identity(file: Path) -> str:
    """The key and chain in `file`, created if it doesn't exist."""
    try:
        if file.is_file():
            return file.read_text("utf-8")
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):  # another process discarded our part
            write_whole(file, _identity().encode(), mode=0o600)
        discard_parts(file)
        return file.read_text("utf-8")  # another process may have written it first
    except OSError as error:
        raise SigningFailed(
            f"The identity to sign with can't be kept in {file}: {error.strerror}",
            "Check the disk and the folder's permissions, or set HEADSHOTS_CONFIG_DIR.",
        ) from error


def _identity() -> str:
    """A new key and its chain: C2PA requires a certificate issued by another one."""
    root, leaf = ed25519.Ed25519PrivateKey.generate(), ed25519.Ed25519PrivateKey.generate()
    above, name = _name(f"{_OWN}, issuer"), _name(_OWN)
    issuer = _certificate(above, above, root.public_key(), root.public_key(), root, authority=True)
    own = _certificate(name, above, leaf.public_key(), root.public_key(), root, authority=False)
    key = leaf.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    chain = [each.public_bytes(serialization.Encoding.PEM) for each in (own, issuer)]
    return b"".join([key, *chain]).decode()  # the issuer's key is not stored


def _certificate(
    subject: x509.Name,
    issuer: x509.Name,
    key: ed25519.Ed25519PublicKey,
    above: ed25519.Ed25519PublicKey,
    signing: ed25519.Ed25519PrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    """A certificate as C2PA 2.1 (14.5.1) requires."""
    now = datetime.now(UTC)
    usage = x509.KeyUsage(
        digital_signature=not authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=authority,
        crl_sign=authority,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=365 * _YEARS))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(above), critical=False)
    )
    if not authority:
        purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
        builder = builder.add_extension(purpose, critical=False)
    return builder.sign(signing, None)


def _name(common: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "headshots, not verified"),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )
