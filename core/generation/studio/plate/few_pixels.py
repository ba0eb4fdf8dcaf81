"""A source with few pixels, enlarged by a network before it is levelled.

Enlarged by resampling alone, a small face stands soft before a crisp wall.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ....faces.head_pose import turned
from ....images import Float, Image
from ....portrait.enlarging import enlarge
from ..sources.load_source import LoadedSource

# Plate pixels per pixel of the photo from which the network is worth its time; below, `crispen` is
# enough. The tallest head in pixels that it is given, which bounds that time to about 3 seconds of
# one core.
_WORTH = 1.8
_TALLEST = 340
_MARGIN = 8  # pixels around the part that is needed


@dataclass(frozen=True, eq=False)
class Enlargeable:
    """A picture to make the plate of.

    image: sRGB float32 (H, W, 3).
    matrix: affine, its pixels to the plate's, float32 (2, 3).
    enlarged: its pixels per pixel of the source, 1 where no network was needed.
    """

    image: Image
    matrix: Float
    enlarged: float = 1.0


def sharpened(
    source: LoadedSource, matrix: Float, size: tuple[int, int], check: Callable[[], None]
) -> Enlargeable:
    """The picture of `source`, or of what the plate shows of it enlarged by the network.

    matrix: affine, pixels of the source to the plate's, float32 (2, 3).
    size: width and height of the plate.
    check: called now and again; what it raises ends the work.

    Raises:
        SetupError: weights are missing.
    """
    scale = float(np.hypot(matrix[0, 0], matrix[0, 1]))
    if scale < _WORTH or source.tall > _TALLEST:
        return Enlargeable(source.image, matrix)
    rows, columns = _shown(matrix, size, source.matte.shape)
    part = source.image[rows, columns]
    left, top = columns.start, rows.start
    face = turned(source.face, np.array([[1, 0, -left], [0, 1, -top]], np.float32))
    large = enlarge(part, face, source.matte[rows, columns], lambda _: check())
    down, across = large.shape[0] / part.shape[0], large.shape[1] / part.shape[1]
    # Pixel centres are at integers in both.
    back = np.array(
        [
            [1 / across, 0, left + 0.5 / across - 0.5],
            [0, 1 / down, top + 0.5 / down - 0.5],
            [0, 0, 1],
        ]
    )
    return Enlargeable(large, np.asarray(matrix @ back, np.float32), across)


def _shown(matrix: Float, size: tuple[int, int], shape: tuple[int, ...]) -> tuple[slice, slice]:
    """The rows and columns of a source of `shape` that its plate shows."""
    width, height = size
    corners = np.array([[0, 0], [width, 0], [0, height], [width, height]], np.float32)
    places = (corners - matrix[:, 2]) @ np.linalg.inv(matrix[:, :2]).T
    least, largest = places.min(0) - _MARGIN, places.max(0) + _MARGIN
    rows, columns = shape[:2]
    return (
        slice(max(0, int(least[1])), min(rows, int(np.ceil(largest[1])))),
        slice(max(0, int(least[0])), min(columns, int(np.ceil(largest[0])))),
    )
