"""The framing that the photos of a whole team can carry, so that their pictures match.

Each person's photos are asked for their room alone, and only prices are kept (framing/common.py).
So a team is negotiated about one person at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil

from ..errors import InputError
from ..faces import Face, FaceAnalyser
from ..faces.selection import choose_face, neighbour_proximity
from ..faces.suitability import check_face
from ..framing.common import Prices, common_framing, prices
from ..framing.composition import CLOSEST, LOOSEST, eye_limits
from ..framing.outline import outline_of
from ..framing.room import ROOM
from ..identity.identity import EnrolledPhoto, Identity
from ..photos import Photo
from ..portrait.photo_light import photo_light
from .looks import Look
from .studio.candidate import MATCHED_SIDE
from .studio.sources.choice import carries, rank_sources, sources_for, suitability

_WIDTH = 1024  # of the pictures, pixels: the usual one
_MOST = 3  # photos of a person whose outlines are taken


@dataclass(frozen=True)
class TeamLook:
    """A look as a team can have it.

    look: with the common framing.
    people: how many there are.
    left_out: names of those whose photos can't carry that framing.
    """

    look: Look
    people: int
    left_out: tuple[str, ...]

    @property
    def said(self) -> str:
        """The framing in a sentence, with how many can't carry it."""
        framing = self.look.framing
        carried = "the photos of all can carry it"
        if self.left_out:
            carried = f"the photos of {self.people - len(self.left_out)} of {self.people} can"
        return (
            f"{self.look.title}: head {framing.head:.1%} of the height, eye line "
            f"{framing.eyes:.1%} from the top; {carried}"
        )


def framed(look: Look, head: float, eyes: float) -> Look:
    """`look` with another head size and eye line; 0 keeps the look's own.

    Raises:
        InputError: the head is so small that the look's own framing is far from it, or larger than
            a close portrait's; or the eye line is where no portrait has it.
    """
    own = look.framing
    least = LOOSEST * own.head
    if head and not least - 1e-6 <= head <= CLOSEST:
        raise InputError(
            f"A head of {head:g} was asked for, and that of {look.name} is {own.head:g}",
            f"Ask for {ceil(100 * least) / 100:g} to {CLOSEST:g}, or 0 for the look's own.",
        )
    framing = replace(own, head=head or own.head, eyes=eyes or own.eyes)
    highest, lowest = (float(limit) for limit in eye_limits(framing.head))
    if eyes and not highest <= eyes <= lowest:
        raise InputError(
            f"An eye line of {eyes:g} was asked for, with a head of {framing.head:g}",
            f"Ask for {highest:g} to {lowest:g}, or 0 for the look's own.",
        )
    return replace(look, framing=framing)


def room_of(photos: Sequence[EnrolledPhoto], look: Look) -> Prices:
    """What the photos that would be used for `look` can carry of its framings."""
    worths = [suitability(photo) for photo in photos]
    used = sources_for(photos, worths, look, _WIDTH, MATCHED_SIDE)
    outlines = (photos[index].outline for index in used)
    return prices((outline for outline in outlines if outline), look.framing)


def team_look(look: Look, rooms: Mapping[str, Prices]) -> TeamLook:
    """`look` with the framing nearest to its own that all can carry, or most where few can't.

    rooms: `room_of` each person's photos for `look`, by name.
    """
    common = common_framing(list(rooms.values()), look.framing)
    names = list(rooms)
    left_out = tuple(names[number] for number in common.left_out)
    return TeamLook(replace(look, framing=common.framing), len(names), left_out)


def cannot_carry(identity: Identity, look: Look) -> str | None:
    """That no photo of the sitter has the room for the look's own framing, and which one to take,
    in a sentence or two; None where one has.
    """
    if any(carries(photo, look) for photo in identity.photos):
        return None
    framing = look.framing
    return (
        f"No photo has the room for the team's framing (head {framing.head:.1%} of the height, eye "
        f"line {framing.eyes:.1%} from the top), so the picture's own differs. {ROOM}"
    )


def unenrolled(photos: Iterable[Photo], analyser: FaceAnalyser, face: str) -> list[EnrolledPhoto]:
    """The most suitable of `photos`, with what framing needs of them and nothing that tells who it
    is: no embeddings, no pixels. Photos that can't be used are left out.

    photos: of one person, each read when its turn comes. face: see `choose_face`.

    Raises:
        SeveralFaces: a photo shows several people and `face` doesn't say who is meant.
        SetupError: weights are missing.
    """
    candidates: dict[int, tuple[EnrolledPhoto, Photo]] = {}
    for number, photo in enumerate(photos):
        faces = analyser.analyse(photo.image, embed=False)
        if not faces:
            continue
        chosen = choose_face(faces, face, photo.name, photo.image.shape[1])
        findings = check_face(photo.image, chosen, scale=photo.scale)
        if any(finding.severity == "blocks" for finding in findings):
            continue
        candidates[number] = _unenrolled(photo, faces, chosen), photo
        best = rank_sources([each for each, _ in candidates.values()])[:_MOST]
        candidates = {
            n: pair for n, pair in candidates.items() if any(pair[0] is each for each in best)
        }
    return [
        replace(each, outline=outline_of(photo.image, each.face.scaled(photo.scale)))
        for each, photo in candidates.values()
    ]


def _unenrolled(photo: Photo, faces: Sequence[Face], face: Face) -> EnrolledPhoto:
    return EnrolledPhoto(
        name=photo.name,
        sha256=photo.sha256,
        data=b"",
        width=photo.width,
        height=photo.height,
        face=face.scaled(1 / photo.scale),
        embeddings={},
        quality=face.quality,
        light=photo_light(photo.image, face),
        neighbour_proximity=neighbour_proximity(faces, face),
    )
