"""How a picture came to be: who made it, from which photos, and every edit since.

This is the one source of what XMP, the C2PA manifest, the authenticity card and the contact sheet
say of a picture's history. What it is as a whole, in IPTC's terms, follows from the edits and is
never stored: an edit can't be added without it.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError


class SourceType(StrEnum):
    """IPTC NewsCodes, digital source type (https://cv.iptc.org/newscodes/digitalsourcetype)."""

    DIGITAL_CAPTURE = "digitalCapture"
    COMPUTATIONAL_CAPTURE = "computationalCapture"
    NEGATIVE_FILM = "negativeFilm"
    POSITIVE_FILM = "positiveFilm"
    PRINT = "print"
    HUMAN_EDITS = "humanEdits"
    ALGORITHMICALLY_ENHANCED = "algorithmicallyEnhanced"
    COMPOSITE_CAPTURE = "compositeCapture"
    COMPOSITE = "composite"
    COMPOSITE_SYNTHETIC = "compositeSynthetic"
    COMPOSITE_WITH_TRAINED_MEDIA = "compositeWithTrainedAlgorithmicMedia"
    TRAINED_MEDIA = "trainedAlgorithmicMedia"
    ALGORITHMIC_MEDIA = "algorithmicMedia"
    DATA_DRIVEN_MEDIA = "dataDrivenMedia"
    DIGITAL_CREATION = "digitalCreation"
    SCREEN_CAPTURE = "screenCapture"
    VIRTUAL_RECORDING = "virtualRecording"

    @property
    def uri(self) -> str:
        """The term's address in IPTC's vocabulary."""
        return SOURCE_TYPES + self.value


SOURCE_TYPES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
# Photographs as taken, unedited.
PHOTOGRAPHS = frozenset(
    {
        SourceType.DIGITAL_CAPTURE,
        SourceType.COMPUTATIONAL_CAPTURE,
        SourceType.NEGATIVE_FILM,
        SourceType.POSITIVE_FILM,
        SourceType.PRINT,
    }
)
# Ordered from camera to algorithm: the picture's term is the last one among its parts and edits. A
# term that is not in this list (a screen capture, a generated picture) stays, whatever is done.
_FURTHER = (
    *sorted(PHOTOGRAPHS),
    SourceType.ALGORITHMICALLY_ENHANCED,
    SourceType.HUMAN_EDITS,
    SourceType.COMPOSITE_CAPTURE,
    SourceType.COMPOSITE,
    SourceType.COMPOSITE_SYNTHETIC,
    SourceType.COMPOSITE_WITH_TRAINED_MEDIA,
)
# These are true whatever the picture was before: IPTC defines them by what at least one part is.
# "composite" may hold anything; "algorithmicallyEnhanced" applies to photographs only.
TRUE_OF_ANY = frozenset(
    {
        SourceType.COMPOSITE,
        SourceType.COMPOSITE_SYNTHETIC,
        SourceType.COMPOSITE_WITH_TRAINED_MEDIA,
    }
)


def _writable(value: object) -> object:
    """Text of no more than 4000 characters, without the halves of characters that UTF-8 lacks."""
    if not isinstance(value, str):
        return value
    return value[:4000].encode("utf-8", "replace").decode()


Word: TypeAlias = Annotated[str, BeforeValidator(_writable)]
Share: TypeAlias = Annotated[float, Field(ge=0, le=1)]
Degrees: TypeAlias = Annotated[float, Field(ge=-360, le=360)]
Positive: TypeAlias = Annotated[float, Field(gt=0, le=1e6)]
Seed: TypeAlias = Annotated[int, Field(ge=0, le=2**64)]
Sha256: TypeAlias = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Tone: TypeAlias = Annotated[str, Field(pattern=r"^#[0-9a-f]{6}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Composited(_Record):
    """The sitter, cut out of a photo, framed and placed before a drawn backdrop.

    head: chin to crown as a share of the picture's height; above 1 where hair is cropped.
    upscale: pixels of the picture per pixel of the photo.
    roll: degrees by which the photo was levelled.
    tone: "#rrggbb" on which a picture with a transparent backdrop is shown; None for others.
    camera_distance: metres from which the photo was taken, where its perspective was corrected.
    """

    kind: Literal["composited"] = "composited"
    head: Annotated[float, Field(ge=0, le=4)]
    upscale: Positive = 1.0
    roll: Degrees = 0.0
    tone: Tone | None = None
    camera_distance: Positive | None = None
    adds: ClassVar[SourceType | None] = SourceType.COMPOSITE_SYNTHETIC


class Relit(_Record):
    """The light on the sitter computed anew.

    azimuth, elevation: of the key light in degrees from the face's own forward axis; azimuth > 0
        is image right.
    ratio: key ratio, 1 (no difference) to 100 (no fill).
    strength: how far it replaces the photo's own light, 0..1.
    pattern: name of the lighting pattern; empty where a look's light was used.
    """

    kind: Literal["relit"] = "relit"
    azimuth: Degrees
    elevation: Degrees
    ratio: Annotated[float, Field(ge=1, le=100)]
    strength: Share
    pattern: Word = ""
    adds: ClassVar[SourceType | None] = SourceType.ALGORITHMICALLY_ENHANCED


class Retouched(_Record):
    """Parts of the portrait retouched; how far, 0..1 each, as in `Retouching`."""

    kind: Literal["retouched"] = "retouched"
    skin: Share = 0.0
    blemishes: Share = 0.0
    shine: Share = 0.0
    under_eyes: Share = 0.0
    eyes: Share = 0.0
    teeth: Share = 0.0
    stray_hairs: Share = 0.0
    lint: Share = 0.0
    creases: Share = 0.0
    adds: ClassVar[SourceType | None] = SourceType.ALGORITHMICALLY_ENHANCED


class FeatureTransferred(_Record):
    """A region of the face taken from another photo of the sitter.

    region: "eyes" or "mouth".
    """

    kind: Literal["feature-transferred"] = "feature-transferred"
    region: Word
    adds: ClassVar[SourceType | None] = SourceType.COMPOSITE_CAPTURE


class BackdropReplaced(_Record):
    """Another backdrop placed behind the sitter.

    backdrop: its name.
    drawn: made by software; False for a picture that the user chose, whose origin is not known.
    tone: "#rrggbb" on which a transparent backdrop is shown; None for others.
    """

    kind: Literal["backdrop-replaced"] = "backdrop-replaced"
    backdrop: Word
    drawn: bool = True
    tone: Tone | None = None

    @property
    def adds(self) -> SourceType | None:
        """Nothing is added by a transparent backdrop."""
        if self.tone is not None:
            return SourceType.ALGORITHMICALLY_ENHANCED
        return SourceType.COMPOSITE_SYNTHETIC if self.drawn else SourceType.COMPOSITE


class ModelUse(_Record):
    """The generative model that painted.

    name, licence: the model's.
    adapter: kind of the adapter that held it to the sitter.
    tuned: name of what the model was tuned to the sitter by.
    loras: names and weights of other LoRAs.
    licences_accepted: those that the user accepted, where they allow less than any use.
    """

    name: Word
    licence: Word = ""
    adapter: Word = ""
    tuned: Word = ""
    loras: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    licences_accepted: Annotated[tuple[Word, ...], Field(max_length=20)] = ()


class Guidance(_Record):
    """Identity guidance: how a painting was pulled towards the sitter while sampling.

    strength: 0..1.
    recogniser: its name.
    decoder: that decoded latents meanwhile.
    """

    strength: Share
    recogniser: Word
    decoder: Word


class Painted(_Record):
    """Painted by a generative model.

    region: "surroundings" or "everything".
    strength: 0..1.
    steps: of the sampler.
    realism: how far the head passes for a photo's, 0..1, by the discriminator that was trained on
        the sitter; None without one that is better than chance. It is of the pixels as painted.
    realism_auc: how often that discriminator tells photos that it did not learn on from the same
        ones painted again, 0.5 by chance .. 1.
    """

    kind: Literal["painted"] = "painted"
    by: ModelUse
    region: Literal["surroundings", "everything"]
    strength: Share
    steps: Annotated[int, Field(ge=0, le=10000)] = 0
    seed: Seed = 0
    prompt: Word = ""
    guidance: Guidance | None = None
    realism: Share | None = None
    realism_auc: Share | None = None
    adds: ClassVar[SourceType | None] = SourceType.COMPOSITE_WITH_TRAINED_MEDIA


class Refined(_Record):
    """Refined by a refiner.

    source_type: of a photograph that it has refined.
    by: the model, where it paints.
    """

    kind: Literal["refined"] = "refined"
    refiner: Word
    source_type: SourceType
    by: ModelUse | None = None

    @property
    def adds(self) -> SourceType | None:
        """What the refiner makes of a photograph."""
        return self.source_type


class Enlarged(_Record):
    """Brought to more pixels, by resampling or by a network that restores edges.

    factor: pixels per pixel along a side.
    network: name of the network; empty where the picture was resampled alone.
    """

    kind: Literal["enlarged"] = "enlarged"
    factor: Positive
    network: Word = ""
    adds: ClassVar[SourceType | None] = SourceType.ALGORITHMICALLY_ENHANCED


class SitterKept(_Record):
    """Edited by a generative model elsewhere, with the sitter's own pixels put back from a photo.

    kept: what stayed: "face", "head", "everything but clothes", "everything but
        backdrop", or "nothing": the edit was only registered and judged.
    by: the model, where the edited picture tells.
    lit: whether the light of the edit was put on them.
    """

    kind: Literal["sitter-kept"] = "sitter-kept"
    kept: Word
    by: ModelUse | None = None
    lit: bool = False
    adds: ClassVar[SourceType | None] = SourceType.COMPOSITE_WITH_TRAINED_MEDIA


class EditedElsewhere(_Record):
    """Made or changed by another program, which did not say what it did.

    by: the generative model that the file names; None where it names none.
    """

    kind: Literal["edited-elsewhere"] = "edited-elsewhere"
    by: ModelUse | None = None

    @property
    def adds(self) -> SourceType | None:
        """Something is known of it only where a model is named."""
        return SourceType.COMPOSITE_WITH_TRAINED_MEDIA if self.by else None


class Cropped(_Record):
    """Cropped.

    size: name of the size, or "free".
    """

    kind: Literal["cropped"] = "cropped"
    size: Word
    adds: ClassVar[SourceType | None] = None


Edit: TypeAlias = (
    Composited
    | Relit
    | Retouched
    | FeatureTransferred
    | BackdropReplaced
    | Painted
    | Refined
    | Enlarged
    | Cropped
    | SitterKept
    | EditedElsewhere
)
_AnyEdit: TypeAlias = Annotated[Edit, Field(discriminator="kind")]
T = TypeVar("T", bound=_Record)


class Provenance(_Record):
    """How a picture came to be; the default says that nothing is known.

    capture: what the picture was before any edit; None where that is not known.
    generator: name of the generator that made it here; empty for other pictures.
    look: name of the look that its framing follows; empty where none does (any more).
    index: place among the candidates of one request.
    seed: of that request.
    sources: SHA-256, hex, of the files of the photos that it is made of, first the one that most
        of it is from.
    edits: in the order in which they were made.
    photo, lender: names of the source photo and of the one that a region is from; shown to the
        photographer and never written into a file.
    deliverable: False where the sitter did not agree that pictures of them are handed on; not
        written either.
    """

    capture: SourceType | None = None
    generator: Word = ""
    look: Word = ""
    index: Annotated[int, Field(ge=0, le=10**9)] = 0
    seed: Seed = 0
    sources: Annotated[tuple[Sha256, ...], Field(max_length=100)] = ()
    edits: Annotated[tuple[_AnyEdit, ...], Field(max_length=500)] = ()
    photo: Word = Field(default="", exclude=True)
    lender: Word = Field(default="", exclude=True)
    deliverable: bool = Field(default=True, exclude=True)

    @property
    def source_type(self) -> SourceType | None:
        """What the picture is as a whole; None where that is not known."""
        term = self.capture
        for edit in self.edits:
            term = _further(term, edit.adds)
        return term

    @property
    def photograph(self) -> bool:
        """Whether it may be a photograph as taken, as far as is known: nothing but cropped."""
        untouched = all(isinstance(edit, Cropped) for edit in self.edits)
        return untouched and (self.capture is None or self.capture in PHOTOGRAPHS)

    @property
    def tone(self) -> str | None:
        """The "#rrggbb" that a transparent backdrop is shown as; None for other backdrops."""
        backdrops = [
            edit.tone for edit in self.edits if isinstance(edit, Composited | BackdropReplaced)
        ]
        return backdrops[-1] if backdrops else None

    @property
    def realism(self) -> tuple[float, float] | None:
        """`Painted.realism` and `realism_auc`; None once the painted pixels were edited."""
        last = self.edits[-1] if self.edits else None
        if not isinstance(last, Painted) or last.realism is None or last.realism_auc is None:
            return None
        return last.realism, last.realism_auc

    def with_tone(self, tone: str | None) -> Provenance:
        """The history with its last backdrop shown on `tone`, or not transparent."""
        for index in reversed(range(len(self.edits))):
            edit = self.edits[index]
            if isinstance(edit, Composited | BackdropReplaced):
                changed = edit.model_copy(update={"tone": tone})
                edits = (*self.edits[:index], changed, *self.edits[index + 1 :])
                return self.model_copy(update={"edits": edits})
        return self

    def last(self, kind: type[T]) -> T | None:
        """The last edit of that kind, or None."""
        return next((edit for edit in reversed(self.edits) if isinstance(edit, kind)), None)

    def edited(self, *edits: Edit, **changes: Any) -> Provenance:
        """The history with `edits` added; `changes` replace other fields."""
        return self.model_copy(update={"edits": (*self.edits, *edits), **changes})

    def to_json(self) -> dict[str, Any]:
        """What may travel with the picture, as JSON values; no name of a person or photo."""
        return self.model_dump(mode="json", exclude_defaults=True) | {
            "edits": [edit.model_dump(mode="json", exclude_none=True) for edit in self.edits]
        }


UNKNOWN = Provenance()


def provenance_from_json(value: object) -> Provenance | None:
    """The provenance that `to_json` wrote as `value`; None if it is something else."""
    try:
        return _ADAPTER.validate_python(value)
    except (ValidationError, RecursionError):
        return None


def _further(term: SourceType | None, adds: SourceType | None) -> SourceType | None:
    """What a picture of type `term` becomes when something of type `adds` is added."""
    if adds is None:
        return term
    if term is None:
        return adds if adds in TRUE_OF_ANY else None
    rank = {each: place for place, each in enumerate(_FURTHER)}
    furthest = len(rank)  # of a term that is in no order: it stays
    return adds if rank.get(adds, furthest) > rank.get(term, furthest) else term


_ADAPTER = TypeAdapter(Provenance)
