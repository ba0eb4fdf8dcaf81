"""How a picture was made and how it scored, as far as its file says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast

import numpy as np

from ...delivery.xmp import TERMS, read_xmp
from ...errors import PhotoDamaged
from ...generation import Origin
from ...generation.generator import VERDICT
from ...generation.transparency import standing_on
from ...images import Mask
from ...photos import Photo
from ...photos.decoding import coverage
from ...photos.raster import WHITE
from ...scoring.scorecard import Measure, Scorecard


def origin_of(data: bytes) -> Origin | None:
    """The origin written in the metadata of the file `data`; None where it says nothing.

    Only the source type matters to whoever delivers the picture again; the rest is filled in
    where the file was written by headshots.
    """
    try:
        said = read_xmp(data)
    except PhotoDamaged:  # a stranger's metadata says nothing, but its picture is still good
        return None
    term = said.get("source_type")
    if term not in TERMS:
        return None
    ours = _mapping(_mapping(said.get("scorecard")).get("origin"))
    settings = {
        str(name): value
        for name, value in _mapping(ours.get("settings")).items()
        if isinstance(value, str | float | int)
    }
    seed = ours.get("seed")
    return Origin(
        generator=_text(ours.get("generator")),
        look=_text(ours.get("look")),
        photo="",
        seed=seed if isinstance(seed, int) else 0,
        source_type=term,
        settings=settings,
        sources=said.get("sources", ()),
    )


@dataclass(frozen=True, eq=False)
class Told:
    """What a picture's file says beside its colours.

    matte: (H, W) 0..1; 1 everywhere but in a transparent picture that says what it is.
    """

    origin: Origin | None
    scorecard: Scorecard
    matte: Mask


def told_by(photo: Photo) -> Told:
    """What the file of `photo`, read in full size, says."""
    origin, cover = origin_of(photo.data), None
    if origin is not None:
        cover = coverage(photo.data)
        if cover is not None and cover.shape != photo.image.shape[:2]:
            cover = None
        origin = standing_on(origin, WHITE if cover is not None else None)
    if cover is None:
        cover = np.ones(photo.image.shape[:2], np.float32)
    return Told(origin, replace(scorecard_of(photo.data, photo.name), origin=origin), cover)


def scorecard_of(data: bytes, name: str) -> Scorecard:
    """The scorecard in the metadata of the file `data`, as of the picture `name`.

    Files name nobody, so its sitter is empty. One that says nothing has no measures.
    """
    try:
        said = _mapping(read_xmp(data).get("scorecard"))
    except PhotoDamaged:
        said = {}
    verdict = said.get("verdict")
    reasons = said.get("reasons")
    return Scorecard(
        picture=name,
        sitter="",
        judge=_text(said.get("judge")),
        likeness=_number(said.get("likeness")) or 0.0,
        percentile=_number(said.get("percentile")) or 0.0,
        measures=tuple(_measures(_mapping(said.get("measures")))),
        overall=_number(said.get("overall")) or 0.0,
        verdict=verdict if verdict in ("keep", "spare", "reject") else "pending",
        reasons=tuple(map(_text, cast(list[Any], reasons))) if isinstance(reasons, list) else (),
        origin=origin_of(data),
    )


def _measures(said: Mapping[str, Any]) -> Iterator[Measure]:
    for name, figures in said.items():
        given = _mapping(figures)
        if (value := _number(given.get("value"))) is None:
            continue
        low, high = _number(given.get("low")), _number(given.get("high"))
        yield Measure(name, value, low, high, _text(given.get("unit")), "")


# IPTC source types from the lens to the machine; a picture is what the most of its parts' is.
_PHOTOGRAPHS = ("negativeFilm", "positiveFilm", "print", "digitalCapture", "computationalCapture")
_FURTHER = (
    *_PHOTOGRAPHS,
    "algorithmicallyEnhanced",
    "humanEdits",
    "compositeCapture",
    "composite",
    "compositeSynthetic",
    "compositeWithTrainedAlgorithmicMedia",
)


def photograph(origin: Origin | None) -> bool:
    """Whether a picture may be a photograph as taken, as far as its origin says."""
    return origin is None or origin.source_type in _PHOTOGRAPHS


def edited(origin: Origin | None, source_type: str, **settings: str | float) -> Origin:
    """The origin of a picture of `origin` after an edit.

    source_type: what the edit makes of a photograph; a picture that was further from one stays so.
    settings: what was done, in a word or figure each. The discriminator's verdict goes: it was on
    the pixels as painted.
    """
    if origin is None:
        return Origin("", "", "", 0, source_type, settings)
    rank = {term: place for place, term in enumerate(_FURTHER)}
    kept = rank.get(origin.source_type, len(rank)) > rank[source_type]
    return replace(
        origin,
        source_type=origin.source_type if kept else source_type,
        settings={k: v for k, v in origin.settings.items() if k != VERDICT} | settings,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    """Said as a number that is one; a stranger may have written anything."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
