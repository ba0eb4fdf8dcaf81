"""The frame of the result: the original's, without what the edited picture does not cover.

Where the edited picture shows clearly more than the original, the frame goes on to its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, floor

import cv2
import numpy as np

from ..errors import InputError
from ..faces.alignment import moved
from ..images import Float, Image, Mask
from .sight import Matrix, inverted

# Beyond the original's end the frame goes on where the edit shows more than this share of its
# side; less is what a model's shift uncovers, and would end the sitter's own hair for nothing.
_MORE = 0.06
_SLACK = 0.6  # pixels that may be missing at an end
_LEAST = 64  # pixels
_LARGEST = 2.0  # times the larger picture's pixels: the frame ends with an error


@dataclass(frozen=True)
class Frame:
    """A rectangle in whole pixels of the original; it may reach beyond it.

    cut: share of the original that lies outside, 0..1.
    """

    left: int
    top: int
    width: int
    height: int
    cut: float

    @property
    def size(self) -> tuple[int, int]:
        """Width and height."""
        return self.width, self.height

    @property
    def to_original(self) -> Matrix:
        """Affine float64 (2, 3) from its pixels to the original's."""
        return np.array([[1.0, 0, self.left], [0, 1.0, self.top]])

    def of(self, values: Image | Mask, *, bare: bool = False) -> Float:
        """An array (H, W[, C]) of the original in this frame.

        Beyond its end the end is repeated, or with `bare` there is 0.
        """
        rows, columns = values.shape[:2]
        right, bottom = self.left + self.width, self.top + self.height
        inner = values[max(0, self.top) : bottom, max(0, self.left) : right]
        margins = (
            max(0, -self.top),
            max(0, bottom - rows),
            max(0, -self.left),
            max(0, right - columns),
        )
        if not any(margins):
            return np.ascontiguousarray(inner)
        border = cv2.BORDER_CONSTANT if bare else cv2.BORDER_REPLICATE
        return np.asarray(cv2.copyMakeBorder(inner, *margins, border), np.float32)


def frame_of(matrix: Matrix, original: tuple[int, ...], edited: tuple[int, ...]) -> Frame:
    """The largest upright rectangle of the original's frame that the edited picture covers.

    Args:
        matrix: from the original's pixels to the edited picture's, (2, 3).
        original, edited: shapes (H, W, ...).

    Raises:
        InputError: the edited picture covers hardly anything, or would be enlarged far too much.
    """
    rows, columns = original[:2]
    high, wide = edited[:2]
    corners = np.array([[0, 0], [wide - 1, 0], [wide - 1, high - 1], [0, high - 1]], np.float32)
    (x0, y0), (x1, y1), (x2, y2), (x3, y3) = moved(corners, inverted(matrix)).tolist()
    ends = (
        _end(ceil(max(x0, x3) - _SLACK), 0, columns, -1),
        _end(ceil(max(y0, y1) - _SLACK), 0, rows, -1),
        _end(floor(min(x1, x2) + _SLACK) + 1, columns, columns, 1),
        _end(floor(min(y2, y3) + _SLACK) + 1, rows, rows, 1),
    )
    left, top, right, bottom = ends
    width, height = right - left, bottom - top
    if min(width, height) < _LEAST:
        raise InputError(
            "The edited picture shows hardly anything of the original",
            "Give the picture that was edited as the original.",
        )
    if width * height > _LARGEST * max(rows * columns, high * wide):
        raise InputError(
            f"The edited picture would have to be enlarged to {width} x {height} pixels",
            "Edit at a higher resolution, or reduce the original first.",
        )
    shown = max(0, min(right, columns) - max(left, 0)) * max(0, min(bottom, rows) - max(top, 0))
    return Frame(left, top, width, height, 1 - shown / (rows * columns))


def _end(reached: int, own: int, side: int, outwards: int) -> int:
    """Where the frame ends on one side: as far as the edit reaches, or at the original's end."""
    beyond = (reached - own) * outwards
    return own if 0 <= beyond <= _MORE * side else reached
