"""A small picture of a face enlarged four times by SPAN, which keeps the face the person's own.

SPAN (Wan et al., "Swift Parameter-free Attention Network for Efficient Super-Resolution", 2024; 48
channels) restores edges and paints nothing. It takes about 7 microseconds of one core for a pixel.
It keeps noise and JPEG blocks, so they are removed first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np

from ..faces import Face
from ..images import Float, Image, Mask, resize
from ..settings import settings
from ..weights.sessions import NcnnSession, ncnn
from .clean_up import cleaned
from .sharpness import sharpness

NETWORK = "SPAN"
SCALE = 4
# Pixels that go through the network at once, which bounds its memory, and those at their edge that
# only give context: with 8 the result differs by up to .007 from that without tiles, with 10 by
# less than .003.
_TILE, _CONTEXT = 160, 10
# A picture whose face is as sharp as at this share of its size is not reduced first, and none to
# less than the other share: so soft a face is out of focus, and would come out drawn.
_SHARP_ENOUGH, _LEAST = 0.8, 0.5
# How far the result may leave the range of the pixels around, sRGB units. Of clean pictures at most
# two pixels in a thousand would go further; strong noise makes the network run away to hundreds.
_BEYOND, _NEAR = 0.1, np.ones((5, 5), np.uint8)
_COVERED = 0.02  # of a matte; a tile with less everywhere holds nobody


def _unwatched(share: float) -> None:
    """Watched by nobody."""


def enlarge(
    image: Image,
    face: Face,
    matte: Mask | None = None,
    watch: Callable[[float], None] = _unwatched,
) -> Image:
    """`image`, sRGB float32 (H, W, 3), cleaned and enlarged up to four times, float32 0..1.

    The result is as large as there is detail for: a face that was enlarged before is first reduced
    to the size at which it is sharp. Height and width are scaled alike, to whole pixels.

    face: in pixels of `image`.
    matte: float32 (H, W) 0..1; what lies outside is only resampled. None for everything.
    watch: called with the share that is done, 0..1, at each tile; what it raises ends the work.

    Raises:
        SetupError: weights are missing.
    """
    rows, columns = image.shape[:2]
    small = cleaned(image, face.box)
    share = max(_LEAST, detail(image, face))
    if share < _SHARP_ENOUGH:
        rows, columns = max(8, round(rows * share)), max(8, round(columns * share))
        small = resize(small, columns, rows)
        matte = None if matte is None else resize(matte, columns, rows)
    return _through(ncnn("span-x4-param", "span-x4-bin"), small, matte, watch)


def detail(image: Image, face: Face) -> float:
    """Size at which the face is as sharp as its pixels, as a share of its size now, up to 1.

    Photos enlarged 1.4, 1.6 and 4.5 times measure a sharpness of .8 to .9, .98 and .48: its square
    follows that, with a third to spare.
    """
    return min(1.0, 1.3 * sharpness(image, face) ** 2)


def _through(
    network: NcnnSession, image: Image, matte: Mask | None, watch: Callable[[float], None]
) -> Image:
    """`image` through the network tile by tile, float32 (4 H, 4 W, 3)."""
    rows, columns = image.shape[:2]
    border = ((_CONTEXT, _CONTEXT), (_CONTEXT, _CONTEXT), (0, 0))
    padded = np.pad(image, border, mode="symmetric")
    result = np.empty((rows * SCALE, columns * SCALE, 3), np.float32)
    places = list(_tiles(rows, columns))
    inner = slice(_CONTEXT * SCALE, -_CONTEXT * SCALE)

    def fill(place: tuple[int, int]) -> None:
        top, left = place
        bottom, right = min(top + _TILE, rows), min(left + _TILE, columns)
        part = padded[top : bottom + 2 * _CONTEXT, left : right + 2 * _CONTEXT]
        if matte is None or float(matte[top:bottom, left:right].max()) > _COVERED:
            large = network.run(part.transpose(2, 0, 1)).transpose(1, 2, 0)
            np.clip(large, *_range(part), out=large)
        else:
            large = resize(part, part.shape[1] * SCALE, part.shape[0] * SCALE)
        target = result[top * SCALE : bottom * SCALE, left * SCALE : right * SCALE]
        np.clip(large[inner, inner], 0, 1, out=target)

    with ThreadPoolExecutor(settings().threads) as pool:
        try:
            for index, _ in enumerate(pool.map(fill, places)):
                watch(index / len(places))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    watch(1.0)
    return result


def _range(part: Image) -> tuple[Float, Float]:
    """The least and the largest value that each pixel of the enlarged `part` may take."""
    size = part.shape[1] * SCALE, part.shape[0] * SCALE
    least, largest = (
        np.asarray(cv2.resize(each, size, interpolation=cv2.INTER_NEAREST), np.float32)
        for each in (cv2.erode(part, _NEAR) - _BEYOND, cv2.dilate(part, _NEAR) + _BEYOND)
    )
    return least, largest


def _tiles(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    for top in range(0, rows, _TILE):
        for left in range(0, columns, _TILE):
            yield top, left
