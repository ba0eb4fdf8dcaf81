"""Limits the sharpness of a wall to that of the sitter before it."""

from __future__ import annotations

from math import inf

from ....images import Linear, blur, to_srgb
from ....portrait.sharpness import PIXEL_SHARP, edge_blur

# Side of the part of a wall that is measured, pixels, and the least blur worth adding.
_MEASURED = 1024
_WORTH = 0.4


def no_sharper(wall: Linear, sitter: float) -> Linear:
    """The wall blurred until its edges are no sharper than the sitter's.

    wall: linear RGB float32 (H, W, 3).
    sitter: the least `edge_blur` of the sitter's parts, in pixels of the wall.

    A crisp wall behind a soft sitter gives a montage away. A wall that is softer stays as it is.
    """
    if not PIXEL_SHARP < sitter < inf:
        return wall
    rows, columns = wall.shape[:2]
    top, left = max(0, rows - _MEASURED) // 2, max(0, columns - _MEASURED) // 2
    own = edge_blur(to_srgb(wall[top : top + _MEASURED, left : left + _MEASURED]))
    missing = sitter**2 - own**2
    return blur(wall, missing**0.5) if missing > _WORTH**2 else wall
