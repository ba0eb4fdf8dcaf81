"""The painting of a batch of candidates: noise taken away step by step, the hopeless dropped early.

Every family is an Euler walk along falling noise levels; what differs is how noise is mixed in and
how the network is asked, which is the painter's. So one loop serves all, and where it looks at the
picture on the way, it looks at all of them.
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

if TYPE_CHECKING:
    from torch import Tensor

# The share of the steps after which a picture's face shows whose it will be. What a picture shows
# settles at signal-to-noise ratios of 0.01 to 1 (Choi et al. 2022, "Perception Prioritized
# Training"), which is where this lies at full strength; models of four steps see it at the first.
# Nobody has tried it on real weights yet.
EARLY = 0.3
# How many beginnings are tried for a picture before the likest of them has to do.
MOST_TRIES = 4


@dataclass(eq=False)
class _Canvas:
    """Candidates under way together: their latents, and those of what they began from."""

    beginnings: list[PaintJob]
    latents: Tensor
    known: Tensor
    noise: Tensor
    clean: Tensor | None = None


# How like the sitter each face is, higher is liker.
Judge: TypeAlias = Callable[[Sequence[FacePreview]], list[float]]
# Clean latents nearer to the sitter than those given, for the step of so many; see `guidance.py`.
Guide: TypeAlias = Callable[[Any, Sequence[PaintJob], int, int], Any]


def paint(
    painter: Painter,
    wish: SamplingParams,
    beginnings: Iterator[PaintJob],
    count: int,
    *,
    judge: Judge | None = None,
    least: float = 0.0,
    guide: Guide | None = None,
    progress: Progress = SILENT,
) -> Iterator[tuple[PaintJob, Image]]:
    """`count` pictures painted together, each with what it was begun from.

    beginnings: as many as are asked for, at most `MOST_TRIES` for each picture. judge, least:
        candidates whose likeness, seen at `EARLY` of the way, is below `least` are dropped and the
        batch is filled up from further beginnings; without a judge the first are taken.

    Raises:
        Cancelled: stopped through `progress`.
    """
    import torch

    if wish.strength == 0:
        yield from ((each, each.start) for each in _next(beginnings, count))
        return
    with torch.no_grad():
        canvas = _begin(painter, wish, _next(beginnings, count))
        size = canvas.beginnings[0].start.shape[:2]
        levels = painter.levels(wish, (size[0], size[1]))
        steps = len(levels) - 1
        first = min(steps - 1, steps - max(1, round(steps * wish.strength)))
        look = first + max(1, round((steps - first) * EARLY))
        _noise(painter, canvas, levels, first)
        _walk(painter, wish, canvas, levels, range(first, look), guide, progress.part(0, EARLY))
        if judge is not None and look < steps:

            def further(many: int) -> _Canvas | None:
                """As many others, brought as far as these are."""
                if not (begun := _next(beginnings, many)):
                    return None
                more = _begin(painter, wish, begun)
                _noise(painter, more, levels, first)
                held = progress.part(EARLY, EARLY)
                _walk(painter, wish, more, levels, range(first, look), guide, held)
                return more

            canvas = _chosen(painter, canvas, further, judge, least)
        _walk(painter, wish, canvas, levels, range(look, steps), guide, progress.part(EARLY, 0.95))
        pictures = painter.decode(canvas.latents)
    progress.update(1.0)
    yield from zip(canvas.beginnings, pictures, strict=True)


def _next(beginnings: Iterator[PaintJob], count: int) -> list[PaintJob]:
    return list(islice(beginnings, count))


def _begin(painter: Painter, wish: SamplingParams, beginnings: list[PaintJob]) -> _Canvas:
    import torch

    known = painter.encode([each.start for each in beginnings])
    noise = torch.cat([painter.noise(each.seed, known[:1]) for each in beginnings])
    return _Canvas(beginnings, known, known, noise)


def _noise(painter: Painter, canvas: _Canvas, levels: Tensor, first: int) -> None:
    canvas.latents = painter.noised(canvas.known, canvas.noise, levels[first])


def _walk(
    painter: Painter,
    wish: SamplingParams,
    canvas: _Canvas,
    levels: Tensor,
    steps: range,
    guide: Guide | None,
    progress: Progress,
) -> None:
    """Take the steps: Euler's rule along the line from the noisy picture to the clean one."""
    if not steps:
        return
    condition = painter.condition(wish, canvas.beginnings)
    mask = _mask(canvas)
    for done, step in enumerate(steps):
        progress.update(done / len(steps))
        clean = painter.predict(canvas.latents, levels, step, condition)
        if guide is not None:
            clean = guide(clean, canvas.beginnings, step, len(levels) - 1)
        slope = (canvas.latents - clean) / levels[step]
        canvas.latents = canvas.latents + slope * (levels[step + 1] - levels[step])
        if mask is not None:  # what isn't painted anew is what it was, with the noise of now
            kept = painter.noised(canvas.known, canvas.noise, levels[step + 1])
            canvas.latents = mask * canvas.latents + (1 - mask) * kept
        canvas.clean = clean


def _mask(canvas: _Canvas) -> Tensor | None:
    """The masks at the latents' size, (batch, 1, h, w); None where everything is painted anew."""
    import torch

    masks = [each.mask for each in canvas.beginnings]
    if all(mask is None for mask in masks):
        return None
    shape = canvas.known.shape[-2:]
    shown = [
        torch.ones(1, 1, *shape)
        if mask is None
        else torch.nn.functional.adaptive_max_pool2d(torch.from_numpy(mask)[None, None], shape)
        for mask in masks
    ]
    return torch.cat(shown).to(canvas.known)


def _chosen(
    painter: Painter,
    canvas: _Canvas,
    further: Callable[[int], _Canvas | None],
    judge: Judge,
    least: float,
) -> _Canvas:
    """As many as `canvas` has: the first of it and of further ones that are like enough; where too
    few are, the likest.
    """
    wanted = len(canvas.beginnings)
    pool, scores = [canvas], _scores(painter, canvas, judge)

    def good() -> int:
        return sum(score >= least for score in scores)

    while good() < wanted and len(scores) < MOST_TRIES * wanted:
        # A batch as large as the first, so that the network's speed isn't wasted on a few.
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
    """The likeness of each candidate as the network sees it now; of all, only heads are decoded."""
    import torch

    clean, scale = canvas.clean, painter.scale
    assert clean is not None
    height, width = clean.shape[-2:]
    whole = Box(0, 0, width * scale, height * scale)
    parts = [around(each.face, scale) if each.face else whole for each in canvas.beginnings]
    # Windows of one size are decoded together.
    rows = min(height, max(int(part.height) // scale for part in parts))
    columns = min(width, max(int(part.width) // scale for part in parts))
    tops = [min(int(part.y0) // scale, height - rows) for part in parts]
    lefts = [min(int(part.x0) // scale, width - columns) for part in parts]
    windows = [
        clean[place, :, top : top + rows, left : left + columns]
        for place, (top, left) in enumerate(zip(tops, lefts, strict=True))
    ]
    glimpses: list[FacePreview] = []
    for image, begun, top, left in zip(
        painter.decode(torch.stack(windows)), canvas.beginnings, tops, lefts, strict=True
    ):
        x, y = left * scale, top * scale
        window = Box(x, y, x + columns * scale, y + rows * scale)
        glimpses.append(FacePreview(image, shifted(begun.face, window) if begun.face else None))
    return judge(glimpses)


def around(face: Face, scale: int) -> Box:
    """The box around a face that shows the whole head, its sides multiples of `scale`."""
    box = face.box.grown(0.35)
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

    every = [each for canvas in pool for each in canvas.beginnings]
    return _Canvas(
        [every[place] for place in places],
        join([canvas.latents for canvas in pool]),
        join([canvas.known for canvas in pool]),
        join([canvas.noise for canvas in pool]),
    )
