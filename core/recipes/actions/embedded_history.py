"""How a picture was made and how it scored, as far as its file says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, cast

from ...delivery.xmp import read_xmp
from ...errors import PhotoDamaged
from ...generation.transparency import written
from ...photos import Photo
from ...photos.decoding import coverage
from ...photos.raster import WHITE
from ...picture import Picture
from ...portrait.portrait import Portrait
from ...provenance import UNKNOWN, EditedElsewhere, Provenance, SourceType, provenance_from_json
from ...scorecard import Measurement, Scorecard


def provenance_of(data: bytes) -> Provenance:
    """What the metadata of the file `data` says of how the picture came to be.

    What we wrote is taken only as long as it agrees with the digital source type: another program
    that changed that knows better. Of other files nothing but that type is known, and the sources.
    """
    try:
        said = read_xmp(data)
    except PhotoDamaged:  # a stranger's metadata says nothing, but its picture is still good
        return UNKNOWN
    term = said.get("source_type")
    ours = provenance_from_json(said.get("provenance"))
    if ours is not None and ours.source_type == term:
        return ours
    if term not in set(SourceType):
        return UNKNOWN
    return Provenance(capture=SourceType(term), sources=said.get("sources", ()))


def picture_of(photo: Photo) -> Picture:
    """The picture in the file of `photo`, which was read in full size, with what the file says.

    It has a matte where it is transparent and says what it is. Its scorecard counts only while the
    file's signature is valid: that binds it to these pixels. What was changed since the file was
    signed is added to its history.
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
    said = signed.scorecard if signed is not None and signed.valid else None
    card = scorecard_from(said, photo.name) if said else None
    return Picture(photo.name, Portrait(photo.image, cover), provenance, scorecard=card)


def _scorecard(data: bytes) -> Mapping[str, Any]:
    """The scorecard in a file's metadata, which anybody may have written; empty without one."""
    try:
        return _mapping(read_xmp(data).get("scorecard"))
    except PhotoDamaged:
        return {}


def scorecard_from(said: Mapping[str, Any], name: str) -> Scorecard:
    """The scorecard that a file of the picture `name` says; one without measures if it says none.

    Files name nobody, so its sitter is empty.
    """
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
    )


def _measures(said: Mapping[str, Any]) -> Iterator[Measurement]:
    for name, figures in said.items():
        given = _mapping(figures)
        if (value := _number(given.get("value"))) is None:
            continue
        low, high = _number(given.get("low")), _number(given.get("high"))
        yield Measurement(name, value, low, high, _text(given.get("unit")), "")


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
