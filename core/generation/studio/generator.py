"""The studio: the sitter's own pixels, cut out, retouched, lit, set before a wall and graded."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ...errors import InputError, NoSource
from ...identity.identity import EnrolledPhoto
from ...progress import SILENT, Progress
from ..generator import Candidate, Request
from ..looks import Look
from .casts import neutralise
from .lighting import exposure, unlight
from .plate import Reach, make_plate
from .shooting import NAME, Prepared, Shot, height_of, shoot
from .sources import choose_sources

_KEPT_PLATES = 4


class Studio:
    """Generator "studio"; see `generation.Generator`."""

    name = NAME

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `Generator.generate`."""
        _check(request)
        sources = choose_sources(request.identity.photos)
        shots = [_plan(request, index, len(sources)) for index in range(request.count)]
        # Room for the largest head that any candidate asks for, its zoom included.
        head = round(max(_head_pixels(look, request.width) for look in request.looks) * 1.04)
        prepared: dict[int, Prepared] = {}
        for index, shot in enumerate(shots):
            progress.update(index / request.count, f"Headshot {index + 1} of {request.count}")
            if shot.photo not in prepared:
                while len(prepared) >= _KEPT_PLATES:
                    prepared.pop(next(iter(prepared)))
                prepared[shot.photo] = _prepare(request, sources[shot.photo], head)
                progress.check()
            candidate = shoot(
                prepared[shot.photo],
                shot,
                index=index,
                seed=request.seed,
                width=request.width,
                keep_stages=request.keep_stages,
            )
            progress.update((index + 1) / request.count, "", candidate.image)
            yield candidate


def load() -> Studio:
    """The studio for the registry; weights are opened when first needed."""
    return Studio()


def _check(request: Request) -> None:
    if not 1 <= request.count <= 500:
        raise InputError(f"{request.count} headshots were asked for", "Ask for 1 to 500.")
    if not 256 <= request.width <= 4096:
        raise InputError(f"A width of {request.width} was asked for", "Ask for 256 to 4096 pixels.")
    if not request.looks:
        raise InputError("No look was chosen", "Choose at least one; `headshots looks` lists them.")
    if not request.identity.photos:
        raise NoSource(f"{request.identity.name!r} has no photos", "Enrol the sitter again.")


def _head_pixels(look: Look, width: int) -> float:
    return look.framing.head * height_of(look, width)


def _plan(request: Request, index: int, sources: int) -> Shot:
    """What candidate `index` varies: photo and look in turn, the rest a little, by the seed."""
    look = request.looks[index % len(request.looks)]
    photo = (index + index // len(request.looks)) % sources
    if request.matched or index < len(request.looks) == 1:  # the first of one look is the look
        return Shot(photo, look)
    rng = np.random.default_rng([request.seed, index])
    return Shot(
        photo,
        look,
        zoom=float(rng.uniform(0.96, 1.04)),
        azimuth=float(rng.uniform(-7, 7)),
        elevation=float(rng.uniform(-4, 5)),
        fill=float(rng.uniform(0.88, 1.15)),
        brightness=float(rng.uniform(0.9, 1.08)),
    )


def _prepare(request: Request, photo: EnrolledPhoto, head: int) -> Prepared:
    reach = Reach.of(look.framing for look in request.looks)
    plate = make_plate(photo, head, request.identity, reach)
    unlit = unlight(plate.foreground, plate.shape)
    skin = request.identity.skin
    own = neutralise(unlit, plate.shape, skin)
    if skin:
        own = own + np.float32(exposure(unlit, float(skin.mean[0])))
    return Prepared(plate, unlit, own)
