"""Enrolment: computes an identity from photos, with a report on each photo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from ..errors import ConsentUnclear, InputError, NoUsablePhoto
from ..faces import Face, FaceAnalyser, Recogniser
from ..faces.selection import check_choice
from ..framing import Outline
from ..images import Float
from ..photos import Photo
from ..photos.suitability import Finding
from ..portrait.photo_light import PhotoLight
from ..portrait.traits import Traits
from ..progress import SILENT, Progress
from ..vault import check_name, key_of
from ..vault.consent import Consent
from .colours import EYE_DEVIATION, SKIN_DEVIATION, mean_colour
from .consensus import Sighting, check_one_person, left_out, template
from .identity import EnrolledPhoto, Identity, Spread, Template
from .lasting_marks import permanent
from .photo_analysis import Looked, look, recognisers_of, without_copies

MOST_PHOTOS = 50


@dataclass(frozen=True)
class Report:
    """The report on one photo.

    name: the photo's.
    accepted: whether it is part of the identity.
    findings: problems of the photo; if it wasn't accepted, the reasons.
    """

    name: str
    accepted: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True, eq=False)
class Enrollment:
    """An identity, and a report on each photo in the order they were given."""

    identity: Identity
    reports: tuple[Report, ...]


@dataclass(frozen=True, eq=False)
class _Accepted:
    photo: Photo
    face: Face
    embeddings: Mapping[str, Float]
    traits: Traits
    light: PhotoLight | None
    neighbour_proximity: float
    obstruction: float
    outline: Outline | None


def enrol(
    name: str,
    photos: Sequence[Photo],
    *,
    consent: Consent,
    analyser: FaceAnalyser,
    judge: FaceAnalyser | None = None,
    face: str = "only",
    progress: Progress = SILENT,
) -> Enrollment:
    """The identity of the sitter whom `photos` show.

    Args:
        name: the sitter's.
        photos: 1 to 50.
        consent: the sitter's.
        analyser: finds the faces; its recogniser steers.
        judge: whose recogniser judges; None: that of `analyser`.
        face: which face is the sitter's if a photo shows several: "only", "largest", or a number
            that counts from the left.

    Raises:
        InputError: no photos or too many, or a name or choice that is none.
        ConsentUnclear: the consent is another person's.
        SeveralFaces: a photo shows several people and `face` doesn't say who is meant.
        WrongPerson, MixedPeople: the photos don't show one person.
        NoUsablePhoto: no photo was accepted; the message says why for each.
        SetupError: weights or a package are missing.
        Cancelled: stopped through `progress`.
    """
    name = check_name(name)
    if key_of(consent.who) != key_of(name):
        raise ConsentUnclear(
            f"The consent given is that of {consent.who!r}, and {name!r} is to be enrolled",
            "Give the sitter's own.",
        )
    if not 1 <= len(photos) <= MOST_PHOTOS:
        raise InputError(
            f"{len(photos)} photos were given",
            f"Give 1 to {MOST_PHOTOS}; 5 to 15 different ones are plenty.",
        )
    check_choice(face)
    recognisers = recognisers_of(analyser, judge)
    looked: list[Looked] = []
    for index, photo in enumerate(photos):
        progress.update(index / len(photos), photo.name)
        looked.append(look(photo, analyser, recognisers, face))
    progress.check()
    looked = without_copies(looked)
    accepted = [_accepted(each) for each in looked if each.usable]
    if not accepted:
        raise _none_usable(looked)
    accepted.sort(key=lambda each: -each.face.quality)
    sightings = [Sighting(e.photo.name, e.embeddings, e.face.quality) for e in accepted]
    check_one_person(sightings, recognisers)
    shown = [each.traits for each in accepted]
    identity = Identity(
        name=name,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        photos=tuple(_enrolled(each) for each in accepted),
        templates={
            each.name: Template(template(sightings, each.name), _spread(sightings, each))
            for each in recognisers
        },
        skin=mean_colour([each.skin for each in shown], SKIN_DEVIATION),
        eyes=mean_colour([each.eyes for each in shown], EYE_DEVIATION),
        features=permanent(shown),
        consent=consent,
    )
    progress.update(1.0, f"{len(accepted)} of {len(photos)} photos accepted")
    return Enrollment(
        identity, tuple(Report(each.photo.name, each.usable, each.findings) for each in looked)
    )


def _accepted(looked: Looked) -> _Accepted:
    if looked.face is None or looked.embeddings is None or looked.traits is None:
        raise ValueError("only a usable photo can be accepted")
    return _Accepted(
        looked.photo,
        looked.face,
        looked.embeddings,
        looked.traits,
        looked.light,
        looked.neighbour_proximity,
        looked.obstruction,
        looked.outline,
    )


def _none_usable(looked: Sequence[Looked]) -> NoUsablePhoto:
    reasons = [
        f"{each.photo.name}: " + ", ".join(_lowered(f.text) for f in blocking)
        for each in looked
        if (blocking := [f for f in each.findings if f.severity == "blocks"])
    ]
    advice = list(
        dict.fromkeys(f.advice for each in looked for f in each.findings if f.severity == "blocks")
    )
    return NoUsablePhoto("No photo can be used; " + "; ".join(reasons), " ".join(advice))


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:]


def _enrolled(accepted: _Accepted) -> EnrolledPhoto:
    photo = accepted.photo
    return EnrolledPhoto(
        name=photo.name,
        sha256=photo.sha256,
        data=photo.data,
        width=photo.width,
        height=photo.height,
        face=accepted.face,
        embeddings=accepted.embeddings,
        quality=accepted.face.quality,
        light=accepted.light,
        neighbour_proximity=accepted.neighbour_proximity,
        obstruction=accepted.obstruction,
        outline=accepted.outline,
    )


def _spread(sightings: Sequence[Sighting], recogniser: Recogniser) -> Spread:
    if len(sightings) == 1:
        # Halfway between "the same person" and "the same picture": .73 for MobileFaceNet and .96
        # for dlib, where pairs of one person's three photos measured .80 to .84 and .95 to .97.
        usual = (1 + recogniser.same_person) / 2
        return Spread(usual, usual, usual, 1)
    cosines = left_out(sightings, recogniser.name)
    return Spread(min(cosines), median(cosines), max(cosines), len(cosines))
