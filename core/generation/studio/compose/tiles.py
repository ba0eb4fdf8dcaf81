"""Processes large pictures in horizontal strips: with little memory and on all cores."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from typing import TypeAlias, TypeVar

import cv2
import numpy as np

from ....images import Float
from ....settings import settings

T = TypeVar("T")
U = TypeVar("U")
Span: TypeAlias = tuple[int, int]  # first row or column, and the first one after the last

# Strips begin at multiples of this, so that cells of up to 16 rows fit in.
STEP = 16
_PIXELS = 1 << 17  # of a strip: its arrays stay in the processor's cache


def tiles(rows: int, columns: int, whole: Span = (0, 0)) -> list[Span]:
    """A picture's rows in strips from top to bottom; the rows `whole` stay in one strip."""
    step = max(1, round(_PIXELS / columns / STEP)) * STEP
    first, last = whole
    edges = [edge for edge in range(step, rows, step) if not first < edge < last]
    return list(zip([0, *edges], [*edges, rows], strict=True))


def in_tiles(
    work: Callable[[Span], T], bands: Sequence[Span], check: Callable[[], None] | None = None
) -> list[T]:
    """The results of `work` for each band, in their order; in several threads, as settings allow.

    work: must treat bands independently, and must not call this function.
    check: is called before each band. What it or `work` raises ends everything.
    """

    def one(band: Span) -> T:
        if check is not None:
            check()
        return work(band)

    threads = settings().threads
    if threads == 1 or len(bands) < 2:
        return [one(band) for band in bands]
    waiting = [_pool(threads).submit(one, band) for band in bands]
    try:
        return [each.result() for each in waiting]
    finally:  # no thread may still work on the caller's arrays
        for each in waiting:
            if not each.cancel():
                each.exception()


def both(one: Callable[[], T], other: Callable[[], U]) -> tuple[T, U]:
    """The results of `one` and `other`, computed in parallel where settings allow it.

    They must be independent, and neither may call `in_tiles`, nor be called within it.
    """
    threads = settings().threads
    if threads == 1:
        return one(), other()
    waiting = _pool(threads).submit(other)
    try:
        first = one()
    except BaseException:  # no thread may still work on the caller's arrays
        if not waiting.cancel():
            waiting.exception()
        raise
    return first, waiting.result()


@lru_cache(maxsize=1)
def _pool(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, "headshots-strip")


def wider(band: Span, by: int, rows: int) -> tuple[slice, slice]:
    """A band with up to `by` more rows on each side, and the place of the band within that."""
    top, bottom = max(0, band[0] - by), min(rows, band[1] + by)
    return slice(top, bottom), slice(band[0] - top, band[1] - top)


def covered(matte: Float, rows: Span) -> Span | None:
    """The columns that `matte` (H, W) covers in `rows`, starting at a multiple of `STEP`.

    None where it covers nothing.
    """
    some = np.flatnonzero(matte[rows[0] : rows[1]].max(0))
    if not some.size:
        return None
    return int(some[0]) // STEP * STEP, int(some[-1]) + 1


def shrunk(array: Float, factor: int) -> Float:
    """`array` (H, W[, C]) averaged over areas of `factor` x `factor`.

    The result is (ceil(H / factor), ceil(W / factor)); an incomplete area has the value of the one
    before it.
    """
    rows, columns = (max(1, side // factor) for side in array.shape[:2])
    part = array[: rows * factor, : columns * factor]
    small = np.asarray(cv2.resize(part, (columns, rows), interpolation=cv2.INTER_AREA), np.float32)
    down, across = -(-array.shape[0] // factor) - rows, -(-array.shape[1] // factor) - columns
    return cv2.copyMakeBorder(small, 0, down, 0, across, cv2.BORDER_REPLICATE)  # pyright: ignore


def enlarged(small: Float, factor: int, rows: Span, columns: Span) -> Float:
    """A part of a smooth array (h, w[, C]) enlarged by `factor`, by linear interpolation.

    factor: a power of two up to `STEP`; rows[0] and columns[0] are multiples of it. With 1 the
        result is a view of the array.
    rows, columns: of the part, in pixels of the large picture.
    """
    (top, bottom), (left, right) = rows, columns
    if factor == 1:
        return small[top:bottom, left:right]
    # With one more cell on each side; beyond the array its edge is repeated.
    down, across = (
        np.clip(np.arange(first // factor - 1, -(-end // factor) + 1), 0, cells - 1)
        for (first, end), cells in zip((rows, columns), small.shape[:2], strict=True)
    )
    part = small[down[0] : down[-1] + 1, across[0] : across[-1] + 1]
    if part.shape[:2] != (len(down), len(across)):
        part = small[np.ix_(down, across)]
    size = part.shape[1] * factor, part.shape[0] * factor
    large = np.asarray(cv2.resize(part, size, interpolation=cv2.INTER_LINEAR), np.float32)
    return large[factor : factor + bottom - top, factor : factor + right - left]


def stretched(small: Float, size: tuple[int, int], band: Span) -> Float:
    """The rows `band` of `small` (h, w[, C]) after cubic resizing to `size` (width, height)."""
    across, down = size[0] / small.shape[1], size[1] / small.shape[0]
    matrix = np.array([[across, 0, 0.5 * across - 0.5], [0, down, 0.5 * down - 0.5 - band[0]]])
    part = cv2.warpAffine(
        small,
        matrix,
        (size[0], band[1] - band[0]),
        flags=cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(part, np.float32)
