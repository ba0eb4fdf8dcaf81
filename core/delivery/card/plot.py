"""The likeness plot in shares of its frame, for the page and the picture alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ...images import Float
from ...scoring.curves import Curves

# Heights of the curves' peaks as shares of the frame; other people's is lower, as it matters less.
_OWN, _OTHERS = 0.92, 0.62


@dataclass(frozen=True, eq=False)
class Plot:
    """All 0..1, x to the right, y up.

    own, others: (N, 2).
    photos: where the enrolled photos lie.
    at: the picture.
    usual: the range of nine in ten photos of the sitter.
    labels: where the names of the two curves go.
    """

    own: Float
    others: Float
    photos: tuple[float, ...]
    at: float
    usual: tuple[float, float]
    labels: tuple[float, float]


def plot(curves: Curves) -> Plot:
    """The curves placed in a frame."""
    start, end = float(curves.cosines[0]), float(curves.cosines[-1])

    def across(cosine: float) -> float:
        return float(np.clip((cosine - start) / (end - start), 0, 1))

    x = (curves.cosines - start) / (end - start)
    peaks = [float(x[int(each.argmax())]) for each in (curves.own, curves.others)]
    return Plot(
        own=np.column_stack([x, _OWN * curves.own]).astype(np.float32),
        others=np.column_stack([x, _OTHERS * curves.others]).astype(np.float32),
        photos=tuple(map(across, curves.photos)),
        at=across(curves.at),
        usual=(across(curves.usual[0]), across(curves.usual[1])),
        labels=(peaks[0], peaks[1]),
    )
