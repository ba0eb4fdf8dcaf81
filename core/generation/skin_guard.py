"""Holds a colour table to what it may do to skin."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ..images import Float, ramp, to_lab
from .cube import Cube, identity

# How far skin may move, in L* and in the plane of a* and b* (CIE76). An eye sees 2.3; people's skin
# in good photos of them lies 5 to 10 apart.
MOST_LIGHTER, MOST_TINTED = 6.0, 6.0
_SIZE = 33  # colours a side
# Skin of all tones, in the light that headshots are made in: hue in degrees, chroma and L*, with
# the widths over which a colour stops being skin.
_HUE, _HUE_EDGE = (25.0, 80.0), 15.0
_CHROMA, _CHROMA_EDGE = (8.0, 48.0), 6.0
_LIGHTNESS, _LIGHTNESS_EDGE = (12.0, 92.0), 6.0
_GREY = 2.0  # chroma below which a table is one for black and white
_ROUNDS = 3


def guarded(cube: Cube) -> Cube:
    """`cube` as a 3D table that moves the colours of skin no further than it may.

    A table for black and white stays as it is: there is no tint to hold.
    """
    made = cube.grid(_SIZE)
    colours = identity(_SIZE)
    table = np.clip(made.table, 0, 1)
    own = to_lab(colours.reshape(1, -1, 3))[0]
    if float(np.hypot(*to_lab(table.reshape(1, -1, 3))[0, :, 1:].T).max()) < _GREY:
        return replace(made, table=table)
    weight = skin_likeness(own).reshape(table.shape[:-1])[..., None]
    for _ in range(_ROUNDS):  # L*, a* and b* are no straight lines in sRGB
        moved = to_lab(table.reshape(1, -1, 3))[0] - own
        excess = np.maximum(
            np.abs(moved[:, 0]) / MOST_LIGHTER, np.hypot(moved[:, 1], moved[:, 2]) / MOST_TINTED
        )
        held = (1 / np.maximum(excess, 1)).reshape(table.shape[:-1])[..., None]
        table = colours + (table - colours) * (1 - weight * (1 - held))
    return replace(made, table=np.asarray(table, np.float32))


def skin_likeness(lab: Float) -> Float:
    """How far a colour may be skin, 0..1; CIE L*a*b* (N, 3) to (N,)."""
    hue = np.degrees(np.arctan2(lab[:, 2], lab[:, 1]))
    chroma = np.hypot(lab[:, 1], lab[:, 2])
    return (
        _between(hue, *_HUE, _HUE_EDGE)
        * _between(chroma, *_CHROMA, _CHROMA_EDGE)
        * _between(lab[:, 0], *_LIGHTNESS, _LIGHTNESS_EDGE)
    )


def _between(x: Float, low: float, high: float, edge: float) -> Float:
    """1 from `low` to `high`, 0 beyond `edge` outside of them."""
    return np.minimum(ramp(x, low - edge, low), 1 - ramp(x, high, high + edge))
