"""Sitters: enrolled, stored, loaded and forgotten."""

from __future__ import annotations

import hashlib
from dataclasses import replace as replaced
from uuid import uuid4

from ...errors import IdentityNotFound, InputError
from ...faces import ANALYSERS
from ...generation.coaching import coach
from ...identity.codec import to_bytes
from ...identity.enrollment import Report, enrol
from ...identity.identity import Identity
from ...identity.stored import KIND, stored_sitter
from ...images import Image
from ...photos import Photo, read_photo
from ...photos.suitability import Finding
from ...photos.writing import encode
from ...picture import unlike
from ...progress import Progress
from ...settings import settings
from ...vault import open_vault
from ...vault.consent import agreed
from ...vault.ids import id_of, name_of
from ...vault.policy import retention_days
from ...vault.shown_files import begin_anew
from .images import names_in
from .pictures import LONGEST

# Of the JPEG that stands for a photo's file: no loss to be seen, in a tenth of a PNG's time.
_QUALITY = 98


def add_photos(
    progress: Progress, images: list[Image], names: str, and_also: list[Photo] | None
) -> tuple[list[Photo]]:
    """HeadshotsAddPhotos."""
    before = and_also or []
    called = unlike(names_in(names, len(images)))
    return (before + _as_photos(progress, images, called, first=len(before) + 1),)


def enrol_sitter(
    progress: Progress,
    photos: list[Photo] | None,
    images: list[Image] | None,
    name: str,
    consent: str,
    face: str,
) -> tuple[Identity, str]:
    """HeadshotsEnrolSitter."""
    given = agreed(name, consent, days=retention_days())
    version = begin_anew(name, KIND)
    enrolled = enrol(
        name,
        gathered(progress, photos, images),
        consent=given,
        analyser=ANALYSERS.get(settings().analyser),
        judge=ANALYSERS.get(settings().judge),
        face=face,
        progress=progress,
    )
    identity = replaced(enrolled.identity, version=version)
    kept = f"{identity.name} consented to {', '.join(given.uses)}, and is kept until {given.until}"
    return identity, "\n".join([*map(_line, enrolled.reports), *identity.advice, kept])


def coach_sitter(
    progress: Progress, photos: list[Photo] | None, images: list[Image] | None, face: str
) -> tuple[str]:
    """HeadshotsCoach."""
    told = coach(
        gathered(progress, photos, images),
        analyser=ANALYSERS.get(settings().analyser),
        judge=ANALYSERS.get(settings().judge),
        face=face,
        progress=progress,
    )
    report: list[str] = []
    for photo in told.photos:
        report += [f"{photo.name}: {_weighed(finding)}" for finding in photo.findings] or [
            f"{photo.name}: good"
        ]
    report += [f"All together: {_said(finding)}" for finding in told.together]
    if told.width and not told.together:
        report.append(f"All together: good for headshots up to {told.width} pixels wide")
    return ("\n".join(report),)


def save_sitter(progress: Progress, identity: Identity, replace: bool) -> tuple[Identity]:
    """HeadshotsSaveSitter."""
    return (store(identity, replace=replace),)


def store(identity: Identity, *, replace: bool) -> Identity:
    """Store a sitter in place of the version that they know of; they come back with the new one.

    What is stored already, byte for byte, is left as it is.

    Args:
        replace: they may replace one who is stored.

    Raises:
        IdentityExists: without `replace`, somebody of that name is stored.
        SitterForgotten, SitterChanged: see `Vault.put`.
    """
    vault, data = open_vault(), to_bytes(identity)
    stored = vault.read(identity.name, KIND)
    version: str | None = stored.version
    if stored.data != data:
        until = identity.consent.last_day if identity.consent else None
        version = (identity.version or stored.version) if replace or not stored.data else None
        version = vault.put(identity.name, KIND, data, version=version, until=until)
    return replaced(identity, version=version)


def load_sitter(progress: Progress, name: str) -> tuple[Identity, str]:
    """HeadshotsLoadSitter."""
    identity = stored_sitter(name, "any")
    until = open_vault().until(identity.name)
    return identity, f"{identity.name} ({id_of(identity.name)}) is kept until {until}"


def fingerprint(name: str) -> str:
    """SHA-256 of the stored identity, and of what models are tuned to it by."""
    vault, name = open_vault(), name_of(name)
    tuned = [kind for kind in vault.kinds(name) if kind.startswith("tuned-")]
    return " ".join(vault.fingerprint(name, kind) for kind in (KIND, *tuned))


def fingerprint_of_enrolment(name: str = "", **_: object) -> str:
    """Another after each time that one of that name was forgotten: then they are enrolled anew."""
    if not name:  # it comes along a link
        return ""
    try:
        return str(open_vault().last_forgotten(name))
    except IdentityNotFound:  # the vault is on another machine
        return ""


def fingerprint_of_all(**_: object) -> str:
    """A hash of all that is stored: where something was forgotten, it can be stored again."""
    vault = open_vault()
    stored = [(name, vault.fingerprint(name, KIND)) for name in vault.sitters()]
    return hashlib.sha256(repr(stored).encode()).hexdigest()


def always_anew(**_: object) -> str:
    """Never twice the same: a wish to forget is never answered by what was done before."""
    return uuid4().hex


def gathered(
    progress: Progress, photos: list[Photo] | None, images: list[Image] | None
) -> list[Photo]:
    """The photos, and the pictures as photos after them.

    Raises:
        InputError: there are neither.
    """
    both = [*(photos or ()), *_as_photos(progress, images or [])]
    if not both:
        raise InputError("No photos are linked", "Link photos or images of the sitter.")
    return both


def _as_photos(
    progress: Progress, images: list[Image], names: list[str] | None = None, first: int = 1
) -> list[Photo]:
    called = names or [f"picture {number}" for number in range(first, first + len(images))]
    photos: list[Photo] = []
    for image, name in zip(images, called, strict=True):
        progress.check()
        photos.append(
            read_photo(encode(image, "jpeg", quality=_QUALITY), name=name, longest=LONGEST)
        )
    return photos


def _line(report: Report) -> str:
    verdict = "accepted" if report.accepted else "not accepted"
    told = " ".join(map(_said, report.findings))
    return f"{report.name}: {verdict}. {told}" if told else f"{report.name}: {verdict}"


def _weighed(finding: Finding) -> str:
    """A finding on one line, which says whether the photo can be used all the same."""
    return f"can't be used. {_said(finding)}" if finding.severity == "blocks" else _said(finding)


def _said(finding: Finding) -> str:
    """A finding on one line."""
    return f"{finding.text}. {finding.advice}"
