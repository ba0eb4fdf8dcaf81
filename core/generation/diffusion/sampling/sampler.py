"""The sampling loop for a batch: denoises step by step, and rejects hopeless pictures early.

Every family is sampled along falling noise levels (see `samplers.py`). The painter knows how noise
is mixed in and how the network is called, so one loop serves all families.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from math import ceil, floor
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from ....faces import Face
from ....images import Box, Image
from ....progress import SILENT, Progress
from ..families.painter import FacePreview, Painter, PaintJob, SamplingParams
from .samplers import stepped, uses_noise

if TYPE_CHECKING:
    from torch import Tensor

# Share of the steps after which the likeness of a face is judged. The content of a picture settles
# at signal-to-noise ratios of 0.01 to 1 (Choi et al. 2022, "Perception Prioritized Training"),
# which is here at full strength; with four steps it is after the first. Not yet tested on real
# weights.
EARLY = 0.3
HEAD = 0.35  # margin of the whole head around a face's box, in its sides
# Most jobs tried for a picture before the best of them is used.
MOST_TRIES = 4


@dataclass(eq=False)
class _Canvas:
    """A batch in progress.

    jobs: of its pictures.
    latents: noisy, float32 (batch, channels, h, w).
    original: clean latents of the starting pictures.
    noise: of each picture.
    clean: the last prediction.
    """

    jobs: list[PaintJob]
    latents: Tensor
    original: Tensor
    noise: Tensor
    clean: Tensor | None = None


# The likeness of each face to the sitter; higher is more alike.
Judge: TypeAlias = Callable[[Sequence[FacePreview]], list[float]]
# Moves clean latents towards the sitter: (clean, jobs, step, number of steps); see `guidance.py`.
Guide: TypeAlias = Callable[[Any, Sequence[PaintJob], int, int], Any]


def paint(
    painter: Painter,
    params: SamplingParams,
    jobs: Iterator[PaintJob],
    count: int,
    *,
    judge: Judge | None = None,
    least: float = 0.0,
    guide: Guide | None = None,
    progress: Progress = SILENT,
) -> Iterator[tuple[PaintJob, Image]]:
    """`count` pictures painted together, each with its job.

    jobs: as many as needed are taken, at most `MOST_TRIES` for each picture.
    judge, least: pictures whose likeness at `EARLY` is below `least` are replaced by those of
        further jobs. Without a judge the first jobs are painted.
    guide: moves the pictures towards the sitter.

    Raises:
        Cancelled: stopped through `progress`.
    """
    import torch

    if params.strength == 0:
        yield from ((each, each.start) for each in _next(jobs, count))
        return
    with torch.no_grad():
        canvas = _begin(painter, params, _next(jobs, count))
        size = canvas.jobs[0].start.shape[:2]
        levels = painter.levels(params, (size[0], size[1]))
        steps = len(levels) - 1
        look = max(1, round(steps * EARLY))
        _noise(painter, canvas, levels)
        _walk(painter, params, canvas, levels, range(look), guide, progress.part(0, EARLY))
        if judge is not None and look < steps:

            def further(many: int) -> _Canvas | None:
                """As many others, at the same step."""
                if not (others := _next(jobs, many)):
                    return None
                more = _begin(painter, params, others)
                _noise(painter, more, levels)
                held = progress.part(EARLY, EARLY)
                _walk(painter, params, more, levels, range(look), guide, held)
                return more

            canvas = _chosen(painter, canvas, further, judge, least)
        _walk(
            painter, params, canvas, levels, range(look, steps), guide, progress.part(EARLY, 0.95)
        )
        pictures = painter.decode(canvas.latents)
    progress.update(1.0)
    yield from zip(canvas.jobs, pictures, strict=True)


def _next(jobs: Iterator[PaintJob], count: int) -> list[PaintJob]:
    return list(islice(jobs, count))


def _begin(painter: Painter, params: SamplingParams, jobs: list[PaintJob]) -> _Canvas:
    import torch

    original = painter.encode([each.start for each in jobs])
    noise = torch.cat([painter.noise(each.seed, original[:1]) for each in jobs])
    return _Canvas(jobs, original, original, noise)


def _noise(painter: Painter, canvas: _Canvas, levels: Tensor) -> None:
    canvas.latents = painter.noised(canvas.original, canvas.noise, levels[0])


def _fresh(painter: Painter, canvas: _Canvas, step: int) -> Tensor:
    """Noise of each picture that differs from step to step."""
    import torch

    like = canvas.original[:1]
    seeds = [np.random.SeedSequence([each.seed, step + 1]) for each in canvas.jobs]
    return torch.cat([painter.noise(int(seed.generate_state(1)[0]), like) for seed in seeds])


def _walk(
    painter: Painter,
    params: SamplingParams,
    canvas: _Canvas,
    levels: Tensor,
    steps: range,
    guide: Guide | None,
    progress: Progress,
) -> None:
    """Take steps from the noisy pictures towards the clean ones."""
    if not steps:
        return
    condition = painter.condition(params, canvas.jobs)
    mask = _mask(canvas)
    for done, step in enumerate(steps):
        progress.update(done / len(steps))
        clean = painter.predict(canvas.latents, levels, step, condition)
        if guide is not None:
            clean = guide(clean, canvas.jobs, step, len(levels) - 1)
        fresh = _fresh(painter, canvas, step) if uses_noise(params.sampler) else None
        about = (painter, canvas.latents, clean, canvas.clean, levels, step, fresh)
        canvas.latents = stepped(params.sampler, *about)
        if mask is not None:  # unpainted parts are the original with the noise of this level
            kept = painter.noised(canvas.original, canvas.noise, levels[step + 1])
            canvas.latents = mask * canvas.latents + (1 - mask) * kept
        canvas.clean = clean


def _mask(canvas: _Canvas) -> Tensor | None:
    """The masks at the latents' size, (batch, 1, h, w); None where everything is painted."""
    import torch

    masks = [each.mask for each in canvas.jobs]
    if all(mask is None for mask in masks):
        return None
    shape = canvas.original.shape[-2:]
    shown = [
        torch.ones(1, 1, *shape)
        if mask is None
        else torch.nn.functional.adaptive_max_pool2d(torch.from_numpy(mask)[None, None], shape)
        for mask in masks
    ]
    return torch.cat(shown).to(canvas.original)


def _chosen(
    painter: Painter,
    canvas: _Canvas,
    further: Callable[[int], _Canvas | None],
    judge: Judge,
    least: float,
) -> _Canvas:
    """As many pictures as `canvas` has, replaced by further ones where the likeness is too low.

    The first that are like enough, or if too few are, the most alike.
    """
    wanted = len(canvas.jobs)
    pool, scores = [canvas], _scores(painter, canvas, judge)

    def good() -> int:
        return sum(score >= least for score in scores)

    while good() < wanted and len(scores) < MOST_TRIES * wanted:
        # A batch as large as the first, as a smaller one is hardly faster.
        if (more := further(wanted)) is None:
            break
        scores += _scores(painter, more, judge)
        pool.append(more)
    if good() < wanted:
        order = sorted(range(len(scores)), key=lambda place: -scores[place])
    else:
        order = [place for place, score in enumerate(scores) if score >= least]
    return _picked(pool, sorted(order[:wanted]))


def _scores(painter: Painter, canvas: _Canvas, judge: Judge) -> list[float]:
    """The likeness of each predicted clean picture; only heads are decoded."""
    import torch

    clean, scale = canvas.clean, painter.scale
    assert clean is not None
    height, width = clean.shape[-2:]
    whole = Box(0, 0, width * scale, height * scale)
    parts = [around(each.face, scale) if each.face else whole for each in canvas.jobs]
    # Windows of the same size are decoded together.
    rows = min(height, max(int(part.height) // scale for part in parts))
    columns = min(width, max(int(part.width) // scale for part in parts))
    tops = [min(int(part.y0) // scale, height - rows) for part in parts]
    lefts = [min(int(part.x0) // scale, width - columns) for part in parts]
    windows = [
        clean[place, :, top : top + rows, left : left + columns]
        for place, (top, left) in enumerate(zip(tops, lefts, strict=True))
    ]
    previews: list[FacePreview] = []
    for image, job, top, left in zip(
        painter.decode(torch.stack(windows)), canvas.jobs, tops, lefts, strict=True
    ):
        x, y = left * scale, top * scale
        window = Box(x, y, x + columns * scale, y + rows * scale)
        previews.append(FacePreview(image, shifted(job.face, window) if job.face else None))
    return judge(previews)


def around(face: Face, scale: int, margin: float = HEAD) -> Box:
    """The box around a face, with sides at multiples of `scale`.

    margin: on each side, in sides of the face's box; default: the whole head.
    """
    box = face.box.grown(margin)
    return Box(
        max(0, floor(box.x0 / scale)) * scale,
        max(0, floor(box.y0 / scale)) * scale,
        ceil(box.x1 / scale) * scale,
        ceil(box.y1 / scale) * scale,
    )


def shifted(face: Face, part: Box) -> Face:
    """`face` in pixels of `part`."""
    corner = np.array([part.x0, part.y0], np.float32)
    landmarks = face.landmarks.copy()
    landmarks[:, :2] -= corner
    box = face.box
    moved = Box(box.x0 - part.x0, box.y0 - part.y0, box.x1 - part.x0, box.y1 - part.y0)
    return replace(face, box=moved, landmarks=landmarks, points=face.points - corner)


def _picked(pool: Sequence[_Canvas], places: Sequence[int]) -> _Canvas:
    import torch

    def join(tensors: Sequence[Any]) -> Any:
        return torch.cat(list(tensors))[list(places)]

    every = [each for canvas in pool for each in canvas.jobs]
    return _Canvas(
        [every[place] for place in places],
        join([canvas.latents for canvas in pool]),
        join([canvas.original for canvas in pool]),
        join([canvas.noise for canvas in pool]),
        join([canvas.clean for canvas in pool]),
    )
