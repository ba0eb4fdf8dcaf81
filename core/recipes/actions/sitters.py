"""Sitters: enrolled, stored, loaded and forgotten."""

from __future__ import annotations

from ...identity.enrollment import enrol
from ...identity.identity import Identity
from ...identity.serialisation import from_bytes, to_bytes
from ...photos import Photo
from ...progress import Progress
from ...vault import check_name, open_vault

KIND = "identity"


def enrol_sitter(progress: Progress, photos: list[Photo], name: str, face: str) -> tuple[Identity]:
    """HeadshotsEnrolSitter."""
    ...


def save_sitter(progress: Progress, identity: Identity, replace: bool) -> tuple[Identity]:
    """HeadshotsSaveSitter."""
    open_vault().put(identity.name, KIND, to_bytes(identity), replace=replace)
    return (identity,)


def load_sitter(progress: Progress, name: str) -> tuple[Identity]:
    """HeadshotsLoadSitter."""
    return (from_bytes(open_vault().get(name, KIND)),)


def fingerprint(name: str) -> str:
    """SHA-256 of the stored identity."""
    return open_vault().fingerprint(name, KIND)


def forget_sitter(progress: Progress, name: str) -> tuple[str]:
    """HeadshotsForgetSitter."""
    open_vault().forget(name)
    return (check_name(name),)
