"""The studio: the sitter's own pixels, cut out, retouched, lit, set before a wall and graded."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, suppress

import numpy as np

from ...errors import NoSource
from ...framing import COARSE, best_crop
from ...framing.room import missing_room
from ...identity.identity import EnrolledPhoto
from ...progress import SILENT, Progress
from ...settings import settings
from ..generator import Candidate, Request
from ..looks import Look
from .candidate import MATCHED_SIDE, NAME, Shot, height_of, shoot
from .ordered_prefetch import ordered_prefetch
from .plate.plate import Reach
from .plate.plate_cache import Plates, prepare
from .sources.choice import sources_for
from .transfer.feature_transfer import Source, mended_sources

# Pixels of a picture up to which two are made at once; of larger ones, one in strips uses all cores
# as well, and two would not fit in 2 GB.
_SMALL = 6e6
_ROOM = 1.03  # of a plate's head over the one that its outline promises


class Studio:
    """Generator "studio"; see `generation.Generator`."""

    name = NAME

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `Generator.generate`."""
        request.check()
        sources = mended_sources(request.identity.photos)
        looks, order = _carried(request, sources)
        for look in request.looks:
            if look not in looks:
                progress.update(0.0, f"No photo has room for {look.title}; it is left out")
        photos = [source.photo for source in sources]
        shots = [_plan(request, index, looks, order, photos) for index in range(request.count)]
        heads = _heads(request, shots, len(sources))
        reach = Reach.of(look.framing for look in looks)
        retouches = [look.finish.retouch for look in looks]
        plates = Plates(
            lambda source, inner: prepare(
                sources[source],
                heads[source],
                request.identity,
                reach,
                inner,
                retouches=retouches,
            ),
            [shot.photos[0] for shot in shots],
            len(sources),
        )

        def taken(shot: Shot, index: int, source: int, exact: bool, inner: Progress) -> Candidate:
            return shoot(
                plates.of(source, index, inner),
                shot,
                index=index,
                seed=request.seed,
                width=request.width,
                keep_stages=request.keep_stages,
                exact=exact,
                progress=inner,
            )

        def make(index: int, inner: Progress) -> Candidate:
            shot = shots[index]
            tries = [(source, False) for source in shot.photos]
            if shot.matched:
                tries = [*((source, True) for source in shot.photos), *tries]
            for source, exact in tries[:-1]:
                with suppress(NoSource):  # a fine cut-out may show an end that the outline didn't
                    return taken(shot, index, source, exact, inner)
            source, exact = tries[-1]
            return taken(shot, index, source, exact, inner)

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


def _carried(
    request: Request, sources: Sequence[Source]
) -> tuple[tuple[Look, ...], tuple[tuple[int, ...], ...]]:
    """The looks that a photo has room for, and for each the sources to make it from, best first.

    Raises:
        NoSource: no photo has room for any of them; says what is missing.
    """
    photos, worths = [s.photo for s in sources], [s.worth for s in sources]
    side = MATCHED_SIDE if request.matched else 0.0
    order = [
        sources_for(photos, worths, look, request.width, side, exact=request.matched)
        for look in request.looks
    ]
    carried = [place for place, fit in enumerate(order) if fit]
    if not carried:
        outlines = {photo.name: photo.outline for photo in photos if photo.outline}
        raise NoSource(*missing_room(outlines, request.looks[0].framing))
    return tuple(request.looks[place] for place in carried), tuple(order[p] for p in carried)


def _heads(request: Request, shots: Sequence[Shot], sources: int) -> list[int]:
    """For each source the pixels of the largest head that any shot needs of it, chin to crown."""
    heads = [1.0] * sources
    for shot in shots:
        asked = shot.look.framing.head * shot.zoom
        head = max(asked, shot.crop.head) if shot.crop else asked
        for source in shot.photos:
            heads[source] = max(heads[source], head * height_of(shot.look, request.width))
    return [round(head * _ROOM) for head in heads]


def _plan(
    request: Request,
    index: int,
    looks: Sequence[Look],
    order: Sequence[Sequence[int]],
    photos: Sequence[EnrolledPhoto],
) -> Shot:
    """What candidate `index` varies: photo and look in turn, the rest a little, by the seed.

    order: for each look the numbers of the photos that it is made from, best first.
    """
    turn, place = divmod(index, len(looks))
    look, fit = looks[place], order[place]
    first = turn % len(fit)
    tried = (*fit[first:], *fit[:first])
    plain = request.matched or index < len(looks) == 1  # the first of one look is the look
    rng = np.random.default_rng([request.seed, index])
    zoom = 1.0 if plain else float(rng.uniform(0.96, 1.04))
    outline = photos[tried[0]].outline
    crop = None
    if outline:
        crop = best_crop(outline, look.framing, zoom, exact=True) if request.matched else None
        crop = crop or best_crop(outline, look.framing, zoom, grid=COARSE)
    if plain:
        return Shot(tried, look, crop, matched=request.matched)
    return Shot(
        tried,
        look,
        crop,
        zoom=zoom,
        azimuth=float(rng.uniform(-7, 7)),
        elevation=float(rng.uniform(-4, 5)),
        fill=float(rng.uniform(0.88, 1.15)),
        brightness=float(rng.uniform(0.9, 1.08)),
    )


def _at_once(request: Request) -> int:
    """How many candidates are in work at a time."""
    pixels = max(request.width * height_of(look, request.width) for look in request.looks)
    return 2 if pixels <= _SMALL and settings().threads > 1 and not request.keep_stages else 1
