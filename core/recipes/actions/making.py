"""Looks and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np

from ...generation import (
    GENERATORS,
    LOOKS,
    Candidate,
    Look,
    Painting,
    Request,
    find_look,
    layers_of,
)
from ...generation.diffusion.likenesses import references as references_of
from ...generation.layers import Layer
from ...identity.identity import Identity
from ...images import Image, Mask
from ...progress import Progress
from ...provenance import Provenance
from .binding import bound


def choose_look(
    progress: Progress, look: str, and_also: tuple[Look, ...] | None
) -> tuple[tuple[Look, ...]]:
    """HeadshotsChooseLook."""
    return ((*(and_also or ()), find_look(look)),)


def painting(
    progress: Progress,
    model: str,
    text: str,
    region: Literal["surroundings", "everything"],
    strength: float,
    adapter: str,
    likeness: float,
    guidance: float,
    steps: int,
    accept_licence: bool,
    tuned: bool,
) -> tuple[Painting]:
    """HeadshotsPainting."""
    return (
        Painting(
            model.strip(),
            text,
            region,
            strength,
            adapter,
            likeness,
            guidance,
            steps,
            accept_licence,
            tuned,
        ),
    )


def references(
    progress: Progress, identity: Identity, looks: tuple[Look, ...] | None, width: int
) -> tuple[list[Image], list[Image], list[Image]]:
    """HeadshotsSitterReferences."""
    look = looks[0] if looks else next(iter(LOOKS.values()))
    shown = references_of(identity, look, 3, width)
    first, second, third = (shown[n if n < len(shown) else 0] for n in range(3))
    return [first], [second], [third]


def studio(
    progress: Progress,
    identity: Identity,
    looks: tuple[Look, ...],
    count: int,
    seed: int,
    width: int,
    matched: bool,
    layers: bool,
    generator: str,
    painting: Painting | None,
) -> tuple[list[Image], list[Mask], list[Provenance], list[Sequence[Layer]]]:
    """HeadshotsStudio."""
    request = Request(
        identity,
        looks,
        count,
        seed,
        width,
        matched,
        keep_stages=layers,
        painting=painting or Painting(),
    )
    deliverable = identity.allows("deliver")
    images: list[Image] = []
    mattes: list[Mask] = []
    origins: list[Provenance] = []
    layered: list[Sequence[Layer]] = []
    for candidate in GENERATORS.get(generator).generate(request, progress):
        images.append(candidate.image)
        mattes.append(_matte(candidate))
        history = candidate.provenance.model_copy(update={"deliverable": deliverable})
        origins.append(bound(history, candidate.image))
        if layers:  # at once, so that no candidate's stages, ten times its size, are kept
            layered.append(layers_of(candidate))
    return images, mattes, origins, layered


def _matte(candidate: Candidate) -> Mask:
    """Of a picture that isn't cut out all of it, as links carry no gaps."""
    if candidate.matte is None:
        return np.ones(candidate.image.shape[:2], np.float32)
    return candidate.matte
