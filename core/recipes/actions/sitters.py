"""Sitters: enrolled, stored, loaded and forgotten."""

from __future__ import annotations

from ...faces import ANALYSERS
from ...identity.enrollment import Report, enrol
from ...identity.identity import Identity
from ...identity.serialisation import from_bytes, to_bytes
from ...photos import Photo
from ...progress import Progress
from ...settings import settings
from ...vault import check_name, open_vault

KIND = "identity"


def enrol_sitter(
    progress: Progress, photos: list[Photo], name: str, face: str
) -> tuple[Identity, str]:
    """HeadshotsEnrolSitter."""
    enrolled = enrol(
        name,
        photos,
        analyser=ANALYSERS.get(settings().analyser),
        judge=ANALYSERS.get(settings().judge),
        face=face,
        progress=progress,
    )
    return enrolled.identity, "\n".join(_line(report) for report in enrolled.reports)


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


def _line(report: Report) -> str:
    verdict = "accepted" if report.accepted else "not accepted"
    findings = (f"{finding.text} {finding.advice}" for finding in report.findings)
    return ". ".join([f"{report.name}: {verdict}", *findings])
