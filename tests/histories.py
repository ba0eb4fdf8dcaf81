"""Provenances and pictures as the real producers make them, with what a test needs changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

from headshots.core.faces import Face
from headshots.core.generation import Candidate
from headshots.core.generation.studio.candidate import NAME
from headshots.core.images import Image, Mask
from headshots.core.layers import Layer
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.provenance import (
    UNKNOWN,
    Composited,
    Edit,
    ModelUse,
    Painted,
    Provenance,
    Relit,
    SourceType,
)
from headshots.core.scorecard import Scorecard

HASH = "ab" * 32
PHOTOGRAPH = Provenance(capture=SourceType.DIGITAL_CAPTURE)


def studio(
    look: str = "executive",
    *further: Edit,
    placed: dict[str, Any] | None = None,
    azimuth: float = -35.0,
    **fields: Any,
) -> Provenance:
    """As the studio makes it: a sitter cut out, placed and lit, and `further` edits."""
    edits = (
        Composited(**{"head": 0.45, "upscale": 1.25, "roll": 0.0} | (placed or {})),
        Relit(azimuth=azimuth, elevation=30.0, ratio=3.0, strength=0.7),
        *further,
    )
    usual: dict[str, Any] = {"photo": "me.jpg", "seed": 7, "sources": (HASH,)}
    return Provenance(generator=NAME, look=look, edits=edits, **usual | fields)


def painted(
    region: Literal["surroundings", "everything"] = "everything", **fields: Any
) -> Provenance:
    """As diffusion makes it: painted on a picture of the studio."""
    usual: dict[str, Any] = {"strength": 0.6, "steps": 4, "prompt": "a portrait"}
    record = Painted(by=ModelUse(name="klein"), region=region, **usual | fields)
    return studio().edited(record, generator="diffusion")


def painting(candidate: Candidate) -> Painted:
    """How a candidate was painted."""
    record = candidate.provenance.last(Painted)
    assert record is not None
    return record


def pictured(
    image: Image,
    card: Scorecard | None = None,
    *,
    name: str = "",
    matte: Mask | None = None,
    face: Face | None = None,
    provenance: Provenance = UNKNOWN,
    sitter: str = "",
    layers: Sequence[Layer] = (),
) -> Picture:
    """A picture of these pixels, by the name on its card, else "01"; `face`: already known."""
    name = name or (card.picture if card else "01")
    picture = Picture(name, Portrait(image, matte, face), provenance, sitter, layers)
    return picture if card is None else picture.scored(card).renamed(name)


def generated(candidate: Candidate, name: str = "01") -> Picture:
    """A candidate as a picture, its face known, without a scorecard."""
    return Picture(name, candidate.portrait, candidate.provenance)
