"""Reads a picture's provenance and scorecard from its file."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ...delivery.foreign_model import foreign_model
from ...delivery.xmp import read_xmp
from ...errors import PhotoDamaged
from ...generation.transparency import written
from ...photos import Photo
from ...photos.decoding import coverage
from ...photos.described import description_of
from ...photos.raster import WHITE
from ...picture import Picture
from ...portrait.portrait import Portrait
from ...provenance import UNKNOWN, EditedElsewhere, Provenance, SourceType, provenance_from_json
from ...scorecard import Measurement, Scorecard


def provenance_of(data: bytes) -> Provenance:
    """The provenance in the metadata of the file `data`.

    A provenance that we wrote counts only if it agrees with the digital source type: if another
    program changed that type, the type counts. Of other files only the type and the sources are
    read.
    """
    try:
        metadata = read_xmp(data)
    except PhotoDamaged:  # the metadata is damaged, but the picture is still good
        return UNKNOWN
    term = metadata.get("source_type")
    ours = provenance_from_json(metadata.get("provenance"))
    if ours is not None and ours.source_type == term:
        return ours
    if term not in set(SourceType):
        return UNKNOWN
    return Provenance(capture=SourceType(term), sources=metadata.get("sources", ()))


def picture_of(photo: Photo) -> Picture:
    """The picture in the file of `photo`, which was read in full size, with the file's metadata.

    It has a matte where it is transparent and has a provenance. Its scorecard counts only while the
    file's signature is valid, which binds it to these pixels. If the file was changed after
    signing, that is added to the provenance.
    """
    from ...delivery.credentials import inspect  # its library takes a sixth of a second to load

    provenance, cover = provenance_of(photo.data), None
    signed = None if provenance == UNKNOWN and not _scorecard(photo.data) else inspect(photo.data)
    if signed is not None and not signed.valid:
        provenance = provenance.edited(EditedElsewhere())
    if provenance != UNKNOWN:
        cover = coverage(photo.data)
        if cover is not None and cover.shape != photo.image.shape[:2]:
            cover = None
        provenance = provenance.with_tone(written(WHITE) if cover is not None else None)
    if not provenance.edits and (model := foreign_model(photo.data)) is not None:
        provenance = provenance.edited(EditedElsewhere(by=model))
    figures = signed.scorecard if signed is not None and signed.valid else None
    card = scorecard_from(figures, photo.name) if figures else None
    return Picture(
        photo.name,
        Portrait(photo.image, cover),
        provenance,
        scorecard=card,
        description=description_of(photo.data),
    )


def _scorecard(data: bytes) -> Mapping[str, Any]:
    """The scorecard in a file's untrusted metadata; empty without one."""
    try:
        return _mapping(read_xmp(data).get("scorecard"))
    except PhotoDamaged:
        return {}


def scorecard_from(values: Mapping[str, Any], name: str) -> Scorecard:
    """The scorecard `values` of the picture `name`; without measures if it holds none.

    Files name nobody, so its sitter is empty.
    """
    verdict = values.get("verdict")
    reasons = values.get("reasons")
    return Scorecard(
        picture=name,
        sitter="",
        judge=_text(values.get("judge")),
        likeness=_number(values.get("likeness")) or 0.0,
        percentile=_number(values.get("percentile")) or 0.0,
        measures=tuple(_measures(_mapping(values.get("measures")))),
        overall=_number(values.get("overall")) or 0.0,
        verdict=verdict if verdict in ("keep", "spare", "reject") else "pending",
        reasons=tuple(map(_text, cast(list[Any], reasons))) if isinstance(reasons, list) else (),
    )


def _measures(measures: Mapping[str, Any]) -> Iterator[Measurement]:
    for name, figures in measures.items():
        measure = _mapping(figures)
        if (value := _number(measure.get("value"))) is None:
            continue
        low, high = _number(measure.get("low")), _number(measure.get("high"))
        yield Measurement(name, value, low, high, _text(measure.get("unit")), "")


def _mapping(value: object) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], value) if isinstance(value, dict) else {}


def _number(value: object) -> float | None:
    """`value` if it is a finite number, else None; the file may hold anything."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""
