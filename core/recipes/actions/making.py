"""Looks and pictures."""

from __future__ import annotations

from collections.abc import Sequence

from ...generation import GENERATORS, Look, Origin, Request, find_look
from ...generation.layers import Layer
from ...generation.studio.layering import layers as layers_of
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
    layers: bool,
) -> tuple[list[Image], list[Mask], list[Origin], list[Sequence[Layer]]]:
    """HeadshotsStudio."""
    request = Request(identity, looks, count, seed, width, matched, keep_stages=layers)
    images: list[Image] = []
    mattes: list[Mask] = []
    origins: list[Origin] = []
    layered: list[Sequence[Layer]] = []
    for candidate in GENERATORS.get("studio").generate(request, progress):
        images.append(candidate.image)
        mattes.append(candidate.matte)
        origins.append(candidate.origin)
        if layers:  # at once, so that no candidate's stages, ten times its size, are kept
            layered.append(layers_of(candidate))
    return images, mattes, origins, layered
