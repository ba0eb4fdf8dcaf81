"""Painting on pictures larger than a model paints at once: tile by tile, for fine detail.

The tiles overlap and are blended. Only detail finer than a tile's colours and light is taken, so
that tiles of different tints leave no edges.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from math import ceil

import numpy as np

from ....faces import Face
from ....images import Box, Float, Image, blur
from ....progress import SILENT, Progress
from ..families.painter import Painter, PaintJob, SamplingParams
from .sampler import paint, shifted

# Share of a tile that overlaps the next at least, and of its side below which detail is fine.
_OVERLAP, _FINE = 0.25, 1 / 24
# Pixels, relative to what the model paints at once, from which tiles are worth it.
_LARGER = 1.3


def is_larger(painter: Painter, height: int, width: int) -> bool:
    """Whether a picture of that size is to be painted in tiles."""
    return height * width > _LARGER * painter.side**2


def painted_in_tiles(
    painter: Painter,
    params: SamplingParams,
    job: PaintJob,
    multiple: int,
    at_once: int,
    progress: Progress = SILENT,
) -> Image:
    """`job.start`, of any size, with the fine detail that the model paints on it.

    job: the first of its references, if there are any, is replaced by each tile.
    multiple: of a tile's sides.
    at_once: tiles painted together.

    Raises:
        Cancelled: stopped through `progress`.
    """
    start = job.start
    height, width = start.shape[:2]
    rows, columns = (_length(painter.side, side, multiple) for side in (height, width))
    tiles = [
        Box(x, y, x + columns, y + rows)
        for y in _places(height, rows)
        for x in _places(width, columns)
    ]
    tiles = [tile for tile in tiles if job.mask is None or tile.cut(job.mask).max() > 0]
    sums, weights = np.zeros_like(start), np.zeros((height, width, 1), np.float32)
    window = _window(rows, columns)
    done = 0
    for batch in _split(tiles, at_once):
        jobs = [_tile(job, tile, done + number) for number, tile in enumerate(batch)]
        part = progress.part(done / len(tiles), (done + len(batch)) / len(tiles))
        pictures = paint(painter, params, iter(jobs), len(jobs), progress=part)
        for tile, (_, image) in zip(batch, pictures, strict=True):
            tile.cut(sums)[...] += window * image
            tile.cut(weights)[...] += window
        done += len(batch)
    change = np.where(weights > 0, sums / np.maximum(weights, 1e-6) - start, 0).astype(np.float32)
    fine = change - blur(change, max(1.0, _FINE * min(rows, columns)))
    return np.clip(start + fine, 0, 1).astype(np.float32)


def _length(side: int, length: int, multiple: int) -> int:
    return max(1, min(side, length) // multiple) * multiple


def _places(length: int, tile: int) -> list[int]:
    """First pixels of tiles that cover `length`, evenly."""
    count = 1 + max(0, ceil((length - tile) / ((1 - _OVERLAP) * tile)))
    return [round(place) for place in np.linspace(0, max(0, length - tile), count)]


def _window(rows: int, columns: int) -> Float:
    """Weights of a tile's pixels, float32 (rows, columns, 1): 1 inside, falling to its edge."""

    def ramp(length: int) -> Float:
        edge = np.minimum(np.arange(length), np.arange(length)[::-1]) + 0.5
        return np.clip(edge / (_OVERLAP / 2 * length), 0, 1).astype(np.float32)

    return np.outer(ramp(rows), ramp(columns))[..., None]


def _split(tiles: Sequence[Box], count: int) -> Iterator[Sequence[Box]]:
    for first in range(0, len(tiles), count):
        yield tiles[first : first + count]


def _tile(job: PaintJob, tile: Box, number: int) -> PaintJob:
    cut = np.ascontiguousarray(tile.cut(job.start))
    return replace(
        job,
        start=cut,
        mask=None if job.mask is None else np.ascontiguousarray(tile.cut(job.mask)),
        face=_within(job.face, tile),
        seed=(job.seed + number) % 2**32,
        references=(cut, *job.references[1:]) if job.references else (),
    )


def _within(face: Face | None, tile: Box) -> Face | None:
    """The face in pixels of the tile; None where its middle lies elsewhere."""
    if face is None:
        return None
    x, y = face.box.centre
    inside = tile.x0 <= x < tile.x1 and tile.y0 <= y < tile.y1
    return shifted(face, tile) if inside else None
