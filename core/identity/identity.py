"""The identity of a sitter as a value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ..faces import Face
from ..faces.suitability import asleep
from ..framing import PORTRAIT, Outline
from ..framing.room import lacks_room
from ..images import Float
from ..portrait.marks import SkinMark
from ..portrait.photo_light import PhotoLight
from ..vault.consent import Consent, Purpose, Use, require


@dataclass(frozen=True, eq=False)
class EnrolledPhoto:
    """One accepted photo.

    name: as the photographer knows it (a file name without its folder).
    sha256: of `data`, hex.
    data: the encoded photo as it came.
    width, height: upright size in pixels.
    face: the sitter's face in upright full-size pixels; its embedding is the steering
        analyser's.
    embeddings: by recogniser name, float32 (D,) of unit length.
    quality: 0..1, its weight in the template.
    light: None where the photo was enrolled before it was measured.
    neighbour_proximity: how near somebody else's face is, 0 nobody to 1 cheek to cheek.
    obstruction: how surely a hand or a held object is before face or chest, 0..1.
    outline: of the sitter in the photo, for framing; None where it isn't known.
    """

    name: str
    sha256: str
    data: bytes
    width: int
    height: int
    face: Face
    embeddings: Mapping[str, Float]
    quality: float
    light: PhotoLight | None = None
    neighbour_proximity: float = 0.0
    obstruction: float = 0.0
    outline: Outline | None = None


@dataclass(frozen=True)
class Spread:
    """How alike the sitter's own photos are: leave-one-out cosines of each to the others' mean.

    low, median, high: of these cosines.
    photos: how many there were. With one photo there is no spread: all three are the recogniser's
        population prior and photos is 1.
    """

    low: float
    median: float
    high: float
    photos: int


@dataclass(frozen=True, eq=False)
class Template:
    """The sitter in one recogniser's space: unit mean float32 (D,), and the sitter's spread."""

    vector: Float
    spread: Spread


@dataclass(frozen=True, eq=False)
class ColourStatistics:
    """A colour in CIE L*a*b* (D65), mean and standard deviation over photos, each float32 (3,)."""

    mean: Float
    deviation: Float


@dataclass(frozen=True, eq=False)
class Identity:
    """A sitter as enrolled.

    created: ISO 8601 date and time, UTC.
    photos: accepted ones, best first.
    templates: by recogniser name.
    skin, eyes: colours, None where no photo showed them well enough.
    consent: what the sitter agreed to, and until when they are kept; None where they were enrolled
        before consent was recorded.
    version: of the data stored under their name when they were loaded or their enrolment began; the
        identity can only replace that version. It is not serialised. Empty if the vault wasn't
        used.
    """

    name: str
    created: str
    photos: tuple[EnrolledPhoto, ...]
    templates: Mapping[str, Template]
    skin: ColourStatistics | None
    eyes: ColourStatistics | None
    features: tuple[SkinMark, ...]
    consent: Consent | None = None
    version: str = ""

    def require(self, purpose: Purpose) -> None:
        """Refuse a purpose without the sitter's consent; raises as `vault.consent.require`."""
        require(self.consent, purpose, self.name)

    def allows(self, use: Use) -> bool:
        """Whether the sitter consented to that use."""
        return self.consent is not None and use in self.consent.uses

    @property
    def advice(self) -> tuple[str, ...]:
        """What the photos together lack, each as a sentence without its full stop."""
        advice: list[str] = []
        if self.photos and all(asleep(photo.face) for photo in self.photos):
            advice.append(
                "All enrolled photos show closed or half-closed eyes; add one with open eyes"
            )
        outlines = [photo.outline for photo in self.photos]
        if outlines and all(each and lacks_room(each, PORTRAIT) for each in outlines):
            advice.append(
                "No enrolled photo has the room for a headshot; add one that shows both shoulders, "
                "with a hand's width above the hair"
            )
        return tuple(advice)
