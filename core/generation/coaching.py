"""The sitter coach: what photos lack for good headshots, and which of them do harm.

It needs no enrolled identity, so that better photos can be taken first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median

from ..errors import InputError, SeveralFaces
from ..faces import Face, FaceAnalyser, Recogniser
from ..faces.selection import check_choice
from ..faces.suitability import asleep, leaning
from ..framing.room import ROOM
from ..identity.consensus import Sighting, left_out, people
from ..identity.enrollment import MOST_PHOTOS
from ..identity.photo_analysis import Looked, look, recognisers_of, without_copies
from ..photos import Photo
from ..photos.suitability import Finding
from ..portrait.expression import looking_away, speaking
from ..portrait.light import MeasuredLight, measure_light
from ..progress import SILENT, Progress

# With so few photos permanent marks are unknown; with the second number there is a choice.
_FEW, _SOME = 2, 3
# Degrees of yaw up to which a face is frontal, and from which it is turned a little to a side.
_FRONT, _ASIDE = 12.0, 8.0
_HIGH, _LOW = 15.0, -15.0  # median pitch: all photos from below, or all from above
# Light: the key ratio from which shadows are hard, the elevation from which the eyes lie in shadow,
# the azimuth from which light comes from a side, and the least confidence of the measurement.
_HARD, _OVERHEAD, _SIDED, _SURE = 6.0, 62.0, 25.0, 0.5
_FROM_BELOW = -8.0
# Limits of `speaking` and `looking_away`. Of 33 faces, the one that speaks has .14 and all others
# up to .03; those that look into the camera have up to .24, those that clearly don't .6 and more.
_TALKING, _AWAY = 0.08, 0.5
_REFUSED = {"no-room", "hand", "grimace", "eyes-closed", "eyes-half-closed"}
_SMILING, _CALM = 0.35, 0.2
_ONE_SITTING = timedelta(hours=1)
# Age from which the newest photo is too old, and age difference to the newest from which a photo
# shows a younger person. Our own judgement: no source gives either for adults.
_RECENT, _YOUNGER = timedelta(days=730), timedelta(days=5 * 365)
# Width of the face as a share of a headshot's, and the enlargement at which it still looks sharp.
_FACE_SHARE, _ENLARGED = 0.39, 1.2
_WIDTH = 1024  # width of a headshot, pixels, that the photos should suffice for
# How far below the median likeness of the others a photo does harm, in units of
# `consensus.AGREEMENT`. Three photos of one person and poor copies of them lie within .45 of each
# other; one stretched by half lies .37 below the rest, one half covered 1.2.
_UNLIKE = 0.5


@dataclass(frozen=True)
class Advice:
    """Advice on one photo.

    name: of the photo.
    usable: whether enrolment accepts it.
    findings: what to improve.
    """

    name: str
    usable: bool
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Coaching:
    """Advice on a sitter's photos.

    photos: advice on each, in the order of the photos.
    together: findings on all of them.
    width: of the widest headshot, in pixels, that they are sharp enough for; 0 without a usable
        one.
    """

    photos: tuple[Advice, ...]
    together: tuple[Finding, ...]
    width: int


def coach(
    photos: Sequence[Photo],
    *,
    analyser: FaceAnalyser,
    judge: FaceAnalyser | None = None,
    face: str = "only",
    today: datetime | None = None,
    progress: Progress = SILENT,
) -> Coaching:
    """Advice on `photos` (1 to 50) of one sitter; see `identity.enrollment.enrol` for the rest.

    today: with which the photos' dates are compared; default: now.

    A photo that enrolment would refuse is a finding here, and no error.

    Raises:
        InputError: no photos or too many, or an unknown choice of face.
        SetupError: weights or a package are missing.
        Cancelled: stopped through `progress`.
    """
    if not 1 <= len(photos) <= MOST_PHOTOS:
        raise InputError(f"{len(photos)} photos were given", f"Give 1 to {MOST_PHOTOS}.")
    check_choice(face)
    recognisers = recognisers_of(analyser, judge)
    looked: list[Looked] = []
    lights: list[MeasuredLight | None] = []
    for index, photo in enumerate(photos):
        progress.update(index / len(photos), photo.name)
        analysed = _looked(photo, analyser, recognisers, face)
        looked.append(analysed)
        shown = analysed.face.scaled(photo.scale) if analysed.face else None
        lights.append(measure_light(photo.image, shown) if shown else None)
    progress.check()
    looked = without_copies(looked)
    harm = _harmful(looked, recognisers)
    aged = _aged(looked)
    advice = [
        Advice(
            each.photo.name,
            each.usable and not any(finding.severity == "blocks" for finding in harm[index]),
            (*each.findings, *_single(each, lights[index]), *harm[index], *aged[index]),
        )
        for index, each in enumerate(looked)
    ]
    places = [index for index, each in enumerate(advice) if each.usable]
    usable = [looked[index] for index in places]
    measured_lights = [light for index in places if (light := lights[index]) is not None]
    progress.update(1.0)
    together = (*_together(usable, measured_lights), *_recent(usable, today or datetime.now()))
    return Coaching(tuple(advice), together, _width(usable))


def _looked(
    photo: Photo, analyser: FaceAnalyser, recognisers: Sequence[Recogniser], choice: str
) -> Looked:
    try:
        return look(photo, analyser, recognisers, choice)
    except SeveralFaces as error:
        return Looked(photo, (Finding("several-faces", "blocks", error.what, error.remedy),))


def _single(looked: Looked, light: MeasuredLight | None) -> Iterator[Finding]:
    """What matters for a headshot from this photo, but not for recognising the sitter."""
    if looked.face is None or not looked.usable or light is None:
        return
    if speaking(looked.face) > _TALKING:
        yield Finding(
            "speaking", "warns", "The mouth is caught in mid-word", "Close it, smile or laugh."
        )
    if looking_away(looked.face) > _AWAY:
        yield Finding("looking-away", "warns", "The eyes look past the camera", "Look into it.")
    if light.confidence < _SURE:
        return
    if light.elevation > _OVERHEAD and light.ratio > _HARD / 2:
        yield Finding(
            "light-overhead",
            "warns",
            "The light comes from straight above and leaves the eyes in shadow",
            "Step back from the lamp or out of the midday sun, and face a window.",
        )
    elif light.elevation < _FROM_BELOW and light.ratio > _HARD / 2:
        yield Finding(
            "light-below",
            "warns",
            "The light comes from below",
            "Keep screens and lamps above the height of the eyes.",
        )
    elif light.ratio > _HARD:
        yield Finding(
            "light-hard",
            "warns",
            f"One side of the face is {light.ratio:.0f} times darker than the other",
            "Turn towards the light, or use a larger, softer one such as a window.",
        )


def _harmful(looked: Sequence[Looked], recognisers: Sequence[Recogniser]) -> list[list[Finding]]:
    """Findings for each photo that shows somebody else, or is unlike the others."""
    findings: list[list[Finding]] = [[] for _ in looked]
    places = [index for index, each in enumerate(looked) if each.usable]
    sightings = [_sighting(looked[index]) for index in places]
    if len(sightings) < 2:
        return findings
    groups = people(sightings, recognisers)
    agreed = groups[0] if 2 * len(groups[0]) > len(sightings) else []
    for number, index in enumerate(places):
        if number in agreed:
            continue
        what = (
            "It looks like another person than the others"
            if agreed
            else ("The photos show different people, and it isn't clear who is meant")
        )
        advice = "Leave it out, or check that it shows the sitter."
        findings[index].append(Finding("another-person", "blocks", what, advice))
    if len(agreed) > 2:
        alike = _alike([sightings[number] for number in agreed], recognisers)
        for place, number in enumerate(agreed):
            others = [value for other, value in enumerate(alike) if other != place]
            if alike[place] < median(others) - _UNLIKE and alike[place] == min(alike):
                findings[places[number]].append(
                    Finding(
                        "unlike",
                        "warns",
                        "It is the least like the others and makes the sitter harder to tell",
                        "Leave it out if the others are enough.",
                    )
                )
    return findings


def _sighting(looked: Looked) -> Sighting:
    if looked.face is None or looked.embeddings is None:
        raise ValueError("only a usable photo is a sighting")
    return Sighting(looked.photo.name, looked.embeddings, looked.face.quality)


def _alike(sightings: Sequence[Sighting], recognisers: Sequence[Recogniser]) -> list[float]:
    """How like the others each photo is: the mean over recognisers, as `consensus` counts it."""
    total = [0.0] * len(sightings)
    for recogniser in recognisers:
        low, high = recogniser.different_person, recogniser.same_person
        for index, cosine in enumerate(left_out(sightings, recogniser.name)):
            total[index] += (cosine - low) / (high - low) / len(recognisers)
    return total


def _together(usable: Sequence[Looked], lights: Sequence[MeasuredLight]) -> Iterator[Finding]:
    """What none of the photos shows."""
    faces = [each.face for each in usable if each.face is not None]
    if not faces:
        yield Finding(
            "none-usable", "blocks", "No photo can be used", "Take new ones as advised above."
        )
        return
    if len(faces) <= _FEW:
        only = "Only one photo can be used" if len(faces) == 1 else "Only two photos can be used"
        yield Finding(
            "few-photos",
            "warns",
            only,
            "Give three to ten, from different days and angles: what of the face lasts, and how "
            "like a picture must be, is known from several.",
        )
    if all(any(f.code == "no-room" for f in each.findings) for each in usable):
        yield Finding(
            "none-framable", "warns", "No headshot can be made from any of the photos", ROOM
        )
    elif all(any(f.code in _REFUSED for f in each.findings) for each in usable):
        yield Finding(
            "none-deliverable",
            "warns",
            "Headshots from any of the photos may be refused for what is said above",
            "Take one with empty hands, open eyes and a calm or smiling face that shows both "
            "shoulders.",
        )
    if all(asleep(face) for face in faces):
        yield Finding(
            "no-open-eyes", "warns", "No photo has open eyes", "Take some with open eyes."
        )
    width = _width(usable)
    if width < _WIDTH:
        yield Finding(
            "small-faces",
            "warns",
            f"The largest face is sharp enough for headshots {width} pixels wide",
            f"For {_WIDTH} pixels come closer or give a photo in its full size.",
        )
    yield from _angles(faces)
    if len(faces) >= _SOME:
        yield from _variety(usable, faces, lights)


def _angles(faces: Sequence[Face]) -> Iterator[Finding]:
    turns = [face.pose.yaw for face in faces]
    if not any(abs(turn) <= _FRONT for turn in turns):
        yield Finding(
            "no-front", "warns", "No photo is from the front", "Add one that looks at the camera."
        )
    if all(map(leaning, faces)):
        yield Finding(
            "no-upright",
            "warns",
            "No photo shows the head upright",
            "Add one with head and camera held straight.",
        )
    if len(faces) >= _SOME:
        missing = [
            side
            for side, shown in (("left", min(turns) < -_ASIDE), ("right", max(turns) > _ASIDE))
            if not shown
        ]
        if missing:
            yield Finding(
                "one-angle",
                "warns",
                f"No photo shows the head turned a little to the {' or the '.join(missing)}",
                "Add one turned by 10 to 30 degrees, as the picture shows it.",
            )
    pitch = median(face.pose.pitch for face in faces)
    if not _LOW <= pitch <= _HIGH:
        way = "below" if pitch > 0 else "above"
        yield Finding(
            "camera-height",
            "warns",
            f"The photos look at the face from {way}",
            "Hold the camera at the height of the eyes.",
        )


def _variety(
    usable: Sequence[Looked], faces: Sequence[Face], lights: Sequence[MeasuredLight]
) -> Iterator[Finding]:
    sided = [light.azimuth for light in lights if light.confidence >= _SURE]
    if len(sided) == len(lights) and (min(sided) > _SIDED or max(sided) < -_SIDED):
        side = "right" if sided[0] > 0 else "left"
        yield Finding(
            "one-light",
            "warns",
            f"Every photo is lit from the {side}",
            "Add one in even light, facing a window.",
        )
    smiles = [face.smile for face in faces]
    if max(smiles) < _SMILING:
        yield Finding("no-smile", "warns", "No photo smiles", "Add one with a natural smile.")
    elif min(smiles) > _CALM:
        yield Finding(
            "only-smiles", "warns", "Every photo smiles", "Add one with a calm, friendly face."
        )
    dates = [each for each in map(_date, usable) if each is not None]
    if len(dates) == len(usable) and max(dates) - min(dates) < _ONE_SITTING:
        yield Finding(
            "one-sitting",
            "warns",
            "All were taken within an hour",
            "Add some of another day: hair, skin and light differ.",
        )


def _recent(usable: Sequence[Looked], today: datetime) -> Iterator[Finding]:
    """A finding if the newest photo is old; none where a photo without a date may be newer."""
    dates = [_date(each) for each in usable]
    dated = [each for each in dates if each is not None]
    if dated and len(dated) == len(dates) and today - max(dated) > _RECENT:
        yield Finding(
            "not-recent",
            "warns",
            f"The newest photo is from {max(dated).year}",
            "Add one of this month: a headshot has to look like the person who walks in.",
        )


def _aged(looked: Sequence[Looked]) -> list[list[Finding]]:
    """Findings for each photo that is years older than the newest."""
    dates = [_date(each) if each.usable else None for each in looked]
    newest = max((each for each in dates if each is not None), default=None)
    findings: list[list[Finding]] = [[] for _ in looked]
    for index, date in enumerate(dates):
        if date is not None and newest is not None and newest - date > _YOUNGER:
            years = round((newest - date).days / 365.25)
            what = f"It was taken {years} years before the newest"
            advice = "Leave it out if you look different now."
            findings[index].append(Finding("years-older", "warns", what, advice))
    return findings


def _date(each: Looked) -> datetime | None:
    return datetime.fromisoformat(each.photo.taken) if each.photo.taken else None


def _width(usable: Sequence[Looked]) -> int:
    """Width in pixels of the widest headshot that the largest face is sharp enough for."""
    widest = max((each.face.width for each in usable if each.face is not None), default=0.0)
    return round(_ENLARGED * widest / _FACE_SHARE)
