"""The steps that choose looks and generate pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ...generation import GENERATORS, LOOKS, Look, Request, find_look, framed, layers_of
from ...generation.diffusion.adapters.identity_conditioning import references as references_of
from ...identity.identity import Identity
from ...images import Image, Mask
from ...painting import Painting
from ...photos.described import NOTHING, Description, description_of
from ...picture import Picture, numbers
from ...progress import Progress
from .images import unpacked


def choose_look(
    progress: Progress,
    looks: Sequence[str],
    and_also: tuple[Look, ...] | None,
    head: float,
    eye_line: float,
) -> tuple[tuple[Look, ...]]:
    """HeadshotsChooseLook."""
    chosen = (framed(find_look(name), head, eye_line) for name in looks)
    return ((*(and_also or ()), *chosen),)


def painting(progress: Progress, model: str, **parameters: Any) -> tuple[Painting]:
    """HeadshotsPainting."""
    return (Painting(model.strip(), **parameters),)


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
) -> tuple[list[Picture], list[Image], list[Mask], Identity]:
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
    photos = {photo.sha256: photo.data for photo in identity.photos}
    candidates = GENERATORS.get(generator).generate(request, progress)
    made = unpacked(
        [
            Picture(
                name,
                candidate.portrait,
                candidate.provenance.model_copy(update={"deliverable": deliverable}),
                identity.name,
                # At once, so that no candidate's stages, ten times its size, stay in memory.
                layers_of(candidate) if layers else (),
                description=_described(candidate.provenance.sources[:1], photos),
            )
            for name, candidate in zip(numbers(count), candidates, strict=True)
        ]
    )
    return (*made, identity)


def _described(sources: Sequence[str], photos: Mapping[str, bytes]) -> Description:
    """What is written in the photo that most of a picture is from."""
    data = next((photos[each] for each in sources if each in photos), None)
    return NOTHING if data is None else description_of(data)
