"""The studio: the sitter's own pixels, cut out, retouched, lit, set before a wall and graded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

import numpy as np

from ...progress import SILENT, Progress
from ...settings import settings
from ..generator import Candidate, Request
from ..looks import Look
from .candidate import MATCHED_SIDE, NAME, Shot, height_of, shoot
from .ordered_prefetch import ordered_prefetch
from .plate.plate import Reach
from .plate.plate_cache import Plates, prepare
from .sources.choice import turns
from .transfer.feature_transfer import mended_sources

# Pixels of a picture up to which two are made at once; of larger ones, one in strips uses all cores
# as well, and two would not fit in 2 GB.
_SMALL = 6e6


class Studio:
    """Generator "studio"; see `generation.Generator`."""

    name = NAME

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `Generator.generate`."""
        request.check()
        sources = mended_sources(request.identity.photos)
        photos, worths = [s.photo for s in sources], [s.worth for s in sources]
        side = MATCHED_SIDE if request.matched else 0.0
        order = [turns(photos, worths, look, request.width, side) for look in request.looks]
        shots = [_plan(request, index, order) for index in range(request.count)]
        # Room for the largest head that any candidate asks for, its zoom included.
        head = round(max(_head_pixels(look, request.width) for look in request.looks) * 1.04)
        reach = Reach.of(look.framing for look in request.looks)
        plates = Plates(
            lambda source, inner: prepare(sources[source], head, request.identity, reach, inner),
            [shot.photo for shot in shots],
        )

        def make(index: int, inner: Progress) -> Candidate:
            return shoot(
                plates.of(index, inner),
                shots[index],
                index=index,
                seed=request.seed,
                width=request.width,
                keep_stages=request.keep_stages,
                progress=inner,
            )

        with closing(ordered_prefetch(make, request.count, _at_once(request), progress)) as made:
            for index in range(request.count):
                progress.update(index / request.count, f"Headshot {index + 1} of {request.count}")
                yield _shown(next(made), (index + 1) / request.count, progress)


def _shown(candidate: Candidate, share: float, progress: Progress) -> Candidate:
    """`candidate`, reported; of no name where it is yielded, or it would be kept with the next."""
    progress.update(share, "", candidate.image)
    return candidate


def load() -> Studio:
    """The studio for the registry; weights are opened when first needed."""
    return Studio()


def _head_pixels(look: Look, width: int) -> float:
    return look.framing.head * height_of(look, width)


def _plan(request: Request, index: int, order: Sequence[Sequence[int]]) -> Shot:
    """What candidate `index` varies: photo and look in turn, the rest a little, by the seed.

    order: for each look the photos that it is made from, best first.
    """
    turn, place = divmod(index, len(request.looks))
    look, fit = request.looks[place], order[place]
    photo = fit[(place + turn) % len(fit)]
    if request.matched or index < len(request.looks) == 1:  # the first of one look is the look
        return Shot(photo, look, matched=request.matched)
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


def _at_once(request: Request) -> int:
    """How many candidates are in work at a time."""
    pixels = max(request.width * height_of(look, request.width) for look in request.looks)
    return 2 if pixels <= _SMALL and settings().threads > 1 and not request.keep_stages else 1
