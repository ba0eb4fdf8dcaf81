"""Looks and pictures."""

from __future__ import annotations

from ...generation import GENERATORS, Look, Origin, Request, find_look
from ...identity.identity import Identity
from ...images import Image, Mask
from ...progress import Progress


def choose_look(
    progress: Progress, look: str, and_also: tuple[Look, ...] | None
) -> tuple[tuple[Look, ...]]:
    """HeadshotsChooseLook."""
    return ((*(and_also or ()), find_look(look)),)


def studio(
    progress: Progress,
    identity: Identity,
    looks: tuple[Look, ...],
    count: int,
    seed: int,
    width: int,
    matched: bool,
) -> tuple[list[Image], list[Mask], list[Origin]]:
    """HeadshotsStudio."""
    request = Request(identity, looks, count, seed, width, matched)
    candidates = list(GENERATORS.get("studio").generate(request, progress))
    return (
        [candidate.image for candidate in candidates],
        [candidate.matte for candidate in candidates],
        [candidate.origin for candidate in candidates],
    )
