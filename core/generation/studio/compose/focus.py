"""A wall that is no sharper than the sitter before it."""

from __future__ import annotations

from math import inf

from ....images import Linear, blur, to_srgb
from ....portrait.sharpness import PIXEL_SHARP, edge_blur

# Side of the part of a wall that is looked at, pixels, and the least blur worth adding.
_LOOKED_AT = 1024
_WORTH = 0.4


def no_sharper(wall: Linear, sitter: float) -> Linear:
    """The wall, linear light (H, W, 3), blurred until its edges are no sharper than `sitter`.

    sitter: the least `edge_blur` of the sitter's parts, in pixels of the wall. One lens saw both: a
    crisp wall behind a soft sitter gives the montage away. A soft wall stays: it is out of focus.
    """
    if not PIXEL_SHARP < sitter < inf:
        return wall
    rows, columns = wall.shape[:2]
    top, left = max(0, rows - _LOOKED_AT) // 2, max(0, columns - _LOOKED_AT) // 2
    own = edge_blur(to_srgb(wall[top : top + _LOOKED_AT, left : left + _LOOKED_AT]))
    missing = sitter**2 - own**2
    return blur(wall, missing**0.5) if missing > _WORTH**2 else wall
