"""The content of an authenticity card: plain words for the sitter, figures for the photographer.

It names the sitter only on request. It never holds an embedding or the name of a photo.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from ...faces import Face
from ...identity.identity import Identity
from ...images import Image, check_image
from ...picture import Picture
from ...portrait.portrait import Portrait
from ...provenance import Provenance
from ...scorecard import Measurement, Scorecard
from ...scoring.changes import NOTICEABLE, Changes, changes
from ...scoring.curves import Curves, curves
from ...scoring.findings import Findings, findings
from ...scoring.measure import fault
from ...scoring.sources import source_of
from ..contact import Axis, source_type
from ..credentials import Credentials
from .alterations import alterations
from .composition import WORDS, Composition, composition_of
from .likeness_words import headline, least, standing
from .maps import (
    MOST_LIGHT,
    MOST_RETOUCH,
    composition_map,
    findings_map,
    head_in,
    heat_map,
    light_map,
    numbered,
)
from .row import Row

# Measures by the sitter's two questions: is it me, and is it a real picture. All others are for
# the photographer and only in the scorecard.
_PERSON: Mapping[str, tuple[str, str]] = {
    "eye-colour": ("Eye colour", "your own"),
    "skin-lightness": ("Skin, light or dark", "as in your photos"),
    "skin-tone": ("Skin tone", "not lightened, not darkened"),
    "hair-colour": ("Hair colour", "your own"),
    "beard": ("Beard", "as in your photos"),
    "teeth": ("Teeth", "your own colour"),
    "glasses": ("Glasses", "as in your photos"),
    "face-shape": ("Shape of the face", "your own"),
    "mirrored": ("Left and right", "the right way round"),
    "lasting-features": ("Moles, scars, freckles", "all that should be seen are there"),
    "skin-lines": ("Lines of the face", "kept"),
    "expression": ("Expression", "one that your photos show"),
}
_PICTURE: Mapping[str, tuple[str, str]] = {
    "skin-texture": ("Pores", "real skin"),
    "skin-smoothing": ("Smoothing", "no filter on the skin"),
    "sharpness": ("Sharpness", "sharp"),
    "symmetry": ("Two halves of the face", "differ, as in life"),
    "light-agreement": ("Light in the eyes", "agrees with the light on the face"),
    "side-light": ("Side of the light", "as in the photo"),
    "edge-halo": ("Edge to the backdrop", "no rim"),
    "edge-line": ("Line along the edge", "none"),
    "banding": ("Smooth areas", "no bands"),
    "discriminator": ("A network trained on you", "shown, not used for the verdict"),
}
HOW = (
    "How alike faces are to a recogniser that had no part in the picture: further right is more "
    "alike. The strong part of the blue hill holds nine in ten photos of you; the strokes are the "
    "photos you gave."
)
READING = (
    "Bars show the range that is accepted, the dot is this picture, a cross lies outside. ΔE is a "
    f"difference of colours (CIE 1976); from about {NOTICEABLE:g} on the eye sees it. A stop is "
    "twice or half the light. The program's documentation, likeness.md, says how often each figure "
    "errs."
)


@dataclass(frozen=True)
class Map:
    """A picture with something drawn on it.

    legend: "retouch", "light" or empty.
    """

    title: str
    plain: str
    image: Image
    legend: str = ""
    ends: tuple[str, str] = ("", "")


@dataclass(frozen=True, eq=False)
class Card:
    """An authenticity card.

    sitter: name; empty unless it is to be shown.
    image: the picture.
    marked: the picture with the findings drawn on it.
    headline: how like the sitter the picture is, in a sentence.
    standing: the same with figures.
    within: whether the likeness is in the sitter's own range.
    statement: what the picture is.
    remarks: the texts of the numbers in the first map.
    unmeasured: traits that can't be measured in this picture.
    scales: axes by measure name.
    """

    picture: str
    sitter: str
    image: Image
    marked: Image
    headline: str
    standing: str
    within: bool
    curves: Curves | None
    statement: str
    parts: tuple[Row, ...]
    maps: tuple[Map, ...]
    remarks: tuple[str, ...]
    changed: tuple[Row, ...]
    person: tuple[Row, ...]
    realism: tuple[Row, ...]
    unmeasured: tuple[str, ...]
    credentials: tuple[Row, ...]
    notes: tuple[str, ...]
    scales: Mapping[str, Axis]


def card_of(
    picture: Picture,
    identity: Identity,
    *,
    credentials: Credentials | None = None,
    file: str = "",
    named: bool = False,
    show_photo: bool = False,
) -> Card:
    """The card of a scored picture. If it has no matte, the sitter is cut out here.

    Args:
        credentials: of the delivered file.
        file: its name.
        named: show the sitter's name.
        show_photo: show the photo that the picture was made from.

    Raises:
        InputError: no Image.
        NoFace, SeveralFaces: not a picture of one person.
        SetupError: weights are missing.
    """
    scorecard, portrait = picture.card, picture.portrait
    image = check_image(picture.image, f"picture {picture.name!r}")
    face = portrait.sitter(picture.name)
    if portrait.matte is None:
        portrait = Portrait(image, portrait.cutout, face)
        picture = replace(picture, portrait=portrait)
    cover = portrait.cutout
    hashes = credentials.sources if credentials else ()
    photo = source_of(identity, picture, hashes)
    changed = None if photo is None else changes(portrait, photo)
    marks = findings(picture, identity)
    marked = findings_map(image, marks, max(image.shape))
    composition = composition_of(picture.provenance, face, cover)
    within = scorecard.percentile >= least(scorecard)
    scales = {each.name: _scale(each) for each in scorecard.measures}
    return Card(
        picture=_nameless(picture.name, identity.name, named),
        sitter=identity.name if named else "",
        image=image,
        marked=marked,
        headline=headline(scorecard, within),
        standing=standing(scorecard, identity),
        within=within,
        curves=curves(scorecard, identity),
        statement=_statement(picture.provenance),
        parts=tuple(
            Row(WORDS[part.kind], part.what, f"{100 * part.share:.0f} % of the picture")
            for part in composition.parts
        ),
        maps=tuple(_maps(image, face, marks, marked, composition, changed, show_photo)),
        remarks=tuple(each.says for each in numbered(marks)),
        changed=tuple(alterations(picture.provenance, changed, photo is not None)),
        person=tuple(_rows(_PERSON, scorecard, scales, marks)),
        realism=tuple(_rows(_PICTURE, scorecard, scales, marks)),
        unmeasured=tuple(
            title.lower()
            for name, (title, _) in _PERSON.items()
            if all(each.name != name for each in scorecard.measures)
        ),
        credentials=tuple(_proved(credentials, _nameless(file, identity.name, named))),
        notes=tuple(_without_name(note, identity.name, named) for note in scorecard.notes),
        scales=scales,
    )


def unmeasured_note(names: Sequence[str]) -> str:
    """A sentence about the traits that can't be measured in a picture; empty if there are none."""
    return f"Can't be measured in this picture: {'; '.join(names)}." if names else ""


def _scale(measure: Measurement) -> Axis:
    """The axis of one measure; it includes the best value, so that the dot's position is clear."""
    values = [x for x in (measure.value, measure.low, measure.high) if x is not None]
    if measure.low is None and measure.value >= 0:
        values.append(0.0)
    if measure.high is None:
        values.append(max(1.0, 1.2 * measure.value))
    values = [x for x in values if isfinite(x)]
    start, end = min(values, default=0.0), max(values, default=1.0)
    room = 0.15 * (end - start) or 1.0
    left = start if start == 0.0 and measure.low is None else start - room
    return Axis(left, end + (0 if measure.high is None else room))


def _statement(provenance: Provenance) -> str:
    text = source_type(provenance.source_type)
    return f"{text[:1].upper()}{text[1:]}."


def _maps(
    image: Image,
    face: Face,
    marks: Findings,
    marked: Image,
    composition: Composition,
    changed: Changes | None,
    show_photo: bool,
) -> Iterator[Map]:
    near = head_in(image.shape, face)
    rings = "Rings: moles, scars and freckles of yours that are there. " if marks.features else ""
    yield Map(
        "Looked at closely",
        f"{rings}{'Numbers: see below.' if numbered(marks) else 'Nothing is out of place.'}",
        near.cut(marked),
    )
    if len(composition.parts) > 1:
        yield Map(
            "What is photographed",
            "In colour what a camera saw, hatched what it did not.",
            composition_map(image, composition.place),
        )
    if changed is None:
        return
    # The figures are of a reduced copy; the head is cut out of both.
    factor = changed.light.shape[1] / image.shape[1]
    small, head = near.scaled(factor), near.cut(image)
    yield Map(
        "Retouch",
        "Where the skin differs from the photo's.",
        heat_map(head, small.cut(changed.retouch)),
        "retouch",
        ("as photographed", f"ΔE {MOST_RETOUCH:g}"),
    )
    yield Map(
        "Light",
        "Where the light is darker or brighter than in the photo.",
        light_map(head, small.cut(changed.light)),
        "light",
        (f"{MOST_LIGHT:g} stops darker", f"{MOST_LIGHT:g} brighter"),
    )
    if show_photo:
        yield Map("The photo", "What the picture was made from.", small.cut(changed.photo))


def _rows(
    names: Mapping[str, tuple[str, str]],
    card: Scorecard,
    scales: Mapping[str, Axis],
    marks: Findings,
) -> Iterator[Row]:
    measures = {each.name: each for each in card.measures}
    for name, (title, fine) in names.items():
        measure = measures.get(name)
        if measure is None:
            continue
        axis = scales[name]
        value, accepted = axis.write(measure.value, measure.unit), axis.accepted(measure)
        plain = fine if measure.passed else fault(measure).partition(" (")[0]
        if name == "lasting-features" and measure.passed and marks.features:
            plain = f"all there, {len(marks.features)} in sight"
        yield Row(title, plain, f"{value} ({accepted})", measure.passed, measure)


def _proved(credentials: Credentials | None, file: str) -> Iterator[Row]:
    if file:
        yield Row("File", file)
    if credentials is None:
        yield Row("Signature", "none: nothing proves what this picture is" if file else "not read")
        return
    yield Row("Signature", credentials.trust, credentials.agent, credentials.valid)
    if credentials.valid:
        yield Row("Signed as", source_type(credentials.source_type))
        for each in credentials.sources:
            yield Row("Made of a photo", "known by its fingerprint alone", f"SHA-256 {each[:16]}…")


def _nameless(text: str, name: str, named: bool) -> str:
    """`text`, such as a file's name, without the sitter's unless the card names them."""
    return text if named or not name else text.replace(name, "the sitter")


def _without_name(note: str, name: str, named: bool) -> str:
    text = _nameless(note, name, named)
    return f"{text[:1].upper()}{text[1:]}."
