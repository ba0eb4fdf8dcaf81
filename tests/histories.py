"""Provenances as the real producers write them, with what a test needs changed."""

from __future__ import annotations

from typing import Any, Literal

from headshots.core.generation import Candidate
from headshots.core.generation.studio.shooting import NAME
from headshots.core.provenance import (
    Composited,
    Edit,
    ModelUse,
    Painted,
    Provenance,
    Relit,
    SourceType,
)

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
