"""Analyses photos for enrolment: the sitter's face, findings against it, and duplicates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ..errors import NoSource
from ..faces import Face, FaceAnalyser, Recogniser
from ..faces.selection import choose_face, neighbour_proximity
from ..faces.suitability import check_count, check_face
from ..framing import PORTRAIT, Outline
from ..framing.outline import outline_of
from ..framing.room import ROOM, lacks_room
from ..images import Float
from ..photos import Photo
from ..photos.suitability import Finding, looks_like_screenshot, near_duplicates
from ..portrait.expression import GRIMACE, grimace
from ..portrait.held_objects import HAND, obstruction
from ..portrait.photo_light import PhotoLight, photo_light
from ..portrait.traits import Traits, measure_traits

# Two frames of a burst are one picture unless one of these differs by more. Copies of five photos
# (reduced, darkened, grey, cropped, turned) differed by .09 at most, by .22 at JPEG q10.
_EXPRESSIONS = ("eyeBlinkLeft", "eyeBlinkRight", "jawOpen", "mouthSmileLeft", "mouthSmileRight")
_OTHER_MOMENT = 0.25


@dataclass(frozen=True, eq=False)
class Looked:
    """An analysed photo.

    face: in full-size pixels; None if there is no usable one.
    """

    photo: Photo
    findings: tuple[Finding, ...]
    face: Face | None = None
    embeddings: Mapping[str, Float] | None = None
    traits: Traits | None = None
    light: PhotoLight | None = None
    neighbour_proximity: float = 0.0
    obstruction: float = 0.0
    outline: Outline | None = None

    @property
    def usable(self) -> bool:
        return self.face is not None and not any(f.severity == "blocks" for f in self.findings)


def recognisers_of(analyser: FaceAnalyser, judge: FaceAnalyser | None) -> list[Recogniser]:
    """The recognisers, the steering one first; the judge's only if it is a different one."""
    recognisers = [analyser.recogniser]
    if judge is not None and judge.recogniser.name != analyser.recogniser.name:
        recognisers.append(judge.recogniser)
    return recognisers


def look(
    photo: Photo, analyser: FaceAnalyser, recognisers: Sequence[Recogniser], choice: str
) -> Looked:
    """The face of `photo` that `choice` means (see `choose_face`), and what was noticed.

    Raises:
        SeveralFaces: the choice doesn't say who is meant.
    """
    faces = analyser.analyse(photo.image, embed=False)
    screenshot = looks_like_screenshot(photo)
    noticed = (screenshot,) if screenshot else ()
    if not faces:
        return Looked(photo, (*check_count(faces), *noticed))
    face = choose_face(faces, choice, photo.name, photo.image.shape[1])
    findings = (*check_count(faces), *check_face(photo.image, face, scale=photo.scale), *noticed)
    if any(finding.severity == "blocks" for finding in findings):
        return Looked(photo, findings)
    embeddings = {each.name: each.embed(photo.image, [face])[0] for each in recognisers}
    outline, held = _outline(photo, face), obstruction(photo.image, face)
    return Looked(
        photo,
        (*findings, *_room(outline), *_spoiling(face, held)),
        replace(face, embedding=embeddings[analyser.recogniser.name]).scaled(1 / photo.scale),
        embeddings,
        measure_traits(photo.image, face),
        photo_light(photo.image, face),
        neighbour_proximity(faces, face),
        held,
        outline,
    )


def _outline(photo: Photo, face: Face) -> Outline | None:
    """None where the head lies on its side."""
    try:
        return outline_of(photo.image, face)
    except NoSource:
        return None


def _room(outline: Outline | None) -> Iterator[Finding]:
    """That no headshot can be framed from the photo, however well it tells who the sitter is."""
    if outline is None:
        what, advice = "the head lies on its side", "Turn the photo upright."
        yield Finding("no-room", "warns", f"No headshot can be made from it: {what}", advice)
        return
    reason = lacks_room(outline, PORTRAIT)
    if reason:
        yield Finding("no-room", "warns", f"No headshot can be made from it: it {reason}", ROOM)


def _spoiling(face: Face, held: float) -> Iterator[Finding]:
    """What a headshot from the photo is refused for where its crop can't leave it out."""
    if held >= HAND:
        yield Finding(
            "hand",
            "warns",
            "A hand or something held is before face or chest",
            "Lower the hands and put down what they hold.",
        )
    if grimace(face) > GRIMACE:
        yield Finding("grimace", "warns", "The face is a grimace", "Relax it, smile or laugh.")


def without_copies(looked: Sequence[Looked]) -> list[Looked]:
    """The photos; of duplicates only the best stays usable, and the others get a finding."""
    unique = list(looked)
    places = [place for place, each in enumerate(looked) if each.usable]
    if len(places) < 2:
        return unique
    for first, second in near_duplicates([looked[place].photo for place in places]):
        pair = [places[first], places[second]]
        if not all(unique[place].usable for place in pair):
            continue
        if _other_moment(unique[pair[0]], unique[pair[1]]):
            continue
        best, other = sorted(pair, key=lambda place: (-_quality(unique[place]), place))
        finding = Finding(
            "duplicate",
            "blocks",
            f"It is the same picture as {unique[best].photo.name}",
            "Nothing; a different photo would add more.",
        )
        unique[other] = replace(unique[other], findings=(*unique[other].findings, finding))
    return unique


def _other_moment(one: Looked, other: Looked) -> bool:
    """Whether it is the same sitting a moment later, with another expression: not a duplicate."""
    if one.face is None or other.face is None:
        return False
    return any(
        abs(one.face.blendshape(name) - other.face.blendshape(name)) > _OTHER_MOMENT
        for name in _EXPRESSIONS
    )


def _quality(looked: Looked) -> float:
    return looked.face.quality if looked.face else 0.0
