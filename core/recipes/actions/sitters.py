"""The steps that enrol, coach, store and load sitters."""

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
from ...identity.stored import KIND, of_each, stored_sitter
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

# JPEG quality of a photo's file made from an image: no visible loss, in a tenth of a PNG's time.
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
    agreement = agreed(name, consent, days=retention_days())
    version = begin_anew(name, KIND)
    enrolled = enrol(
        name,
        gathered(progress, photos, images),
        consent=agreement,
        analyser=ANALYSERS.get(settings().analyser),
        judge=ANALYSERS.get(settings().judge),
        face=face,
        progress=progress,
    )
    identity = replaced(enrolled.identity, version=version)
    uses, until = ", ".join(agreement.uses), agreement.until
    consented = f"{identity.name} consented to {uses}, and is kept until {until}"
    return identity, "\n".join([*map(_line, enrolled.reports), *identity.advice, consented])


def coach_sitter(
    progress: Progress, photos: list[Photo] | None, images: list[Image] | None, face: str
) -> tuple[str]:
    """HeadshotsCoach."""
    advice = coach(
        gathered(progress, photos, images),
        analyser=ANALYSERS.get(settings().analyser),
        judge=ANALYSERS.get(settings().judge),
        face=face,
        progress=progress,
    )
    report: list[str] = []
    for photo in advice.photos:
        report += [f"{photo.name}: {_weighed(finding)}" for finding in photo.findings] or [
            f"{photo.name}: good"
        ]
    report += [f"All together: {_sentence(finding)}" for finding in advice.together]
    if advice.width and not advice.together:
        report.append(f"All together: good for headshots up to {advice.width} pixels wide")
    return ("\n".join(report),)


def save_sitter(progress: Progress, identity: Identity, replace: bool) -> tuple[Identity]:
    """HeadshotsSaveSitter."""
    return (store(identity, replace=replace),)


def store(identity: Identity, *, replace: bool) -> Identity:
    """Store a sitter in place of `identity.version`; returns the identity with its new version.

    If exactly these bytes are stored already, nothing is written.

    Args:
        replace: a stored sitter of that name may be replaced.

    Raises:
        IdentityExists: a sitter of that name is stored, and `replace` is False.
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
    """SHA-256 of the stored identity and its tuned LoRAs."""
    vault, name = open_vault(), name_of(name)
    tuned = [kind for kind in vault.kinds(name) if kind.startswith("tuned-")]
    return " ".join(vault.fingerprint(name, kind) for kind in (KIND, *tuned))


def fingerprint_of_enrolment(name: str = "", **_: object) -> str:
    """Changes when a sitter of that name is forgotten, so that they are then enrolled again."""
    if not name:  # it comes along a link
        return ""
    try:
        return str(open_vault().last_forgotten(name))
    except IdentityNotFound:  # the vault is on another machine
        return ""


def fingerprint_of_all(**_: object) -> str:
    """A hash of all that is stored, so that a forgotten sitter can be stored again."""
    vault = open_vault()
    stored = list(of_each(lambda name: (name, vault.fingerprint(name, KIND))))
    return hashlib.sha256(repr(stored).encode()).hexdigest()


def always_anew(**_: object) -> str:
    """Differs each time: forgetting is never answered from a cache."""
    return uuid4().hex


def gathered(
    progress: Progress, photos: list[Photo] | None, images: list[Image] | None
) -> list[Photo]:
    """The photos, followed by the images as photos.

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
    findings = " ".join(map(_sentence, report.findings))
    return f"{report.name}: {verdict}. {findings}" if findings else f"{report.name}: {verdict}"


def _weighed(finding: Finding) -> str:
    """A finding on one line, which also says if the photo can be used nevertheless."""
    return (
        f"can't be used. {_sentence(finding)}"
        if finding.severity == "blocks"
        else _sentence(finding)
    )


def _sentence(finding: Finding) -> str:
    """A finding on one line."""
    return f"{finding.text}. {finding.advice}"
