"""The framing that the photos of a whole team can carry."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from .composition import POOR
from .framing import Framing
from .outline import Outline
from .solver import FINE, Search, tried

# The price of each head size and eye line that is tried for a framing, float32 (heads, lines):
# the composition's cost, infinite where it can't be had. 9 kB, so that a thousand people's fit in
# memory, and no outline needs to be kept.
Prices: TypeAlias = NDArray[np.float32]

# What one person without the common framing costs, in squared prices: as much as eight people whose
# crops are at the limit of what looks deliberate. A few photos without room don't crop everybody.
_LEFT_OUT = 3.0


@dataclass(frozen=True)
class Common:
    """What a team agreed on.

    framing: with the common head size and eye line.
    left_out: numbers of the people whose photos can't carry it, in rising order.
    """

    framing: Framing
    left_out: tuple[int, ...]


def prices(outlines: Iterable[Outline], framing: Framing) -> Prices:
    """What the photos of one person can carry: for each crop the price of the cheapest photo.

    A crop counts only where slightly larger, smaller, higher and lower ones can be had as well: the
    finished cut-out is finer than an outline, and ends elsewhere by a pixel or two.
    """
    heads, lines = tried(framing, FINE)
    cheapest = np.full((heads.size, lines.size), np.inf, np.float32)
    for outline in outlines:
        cost = Search(outline, framing).cost.reshape(heads.size, lines.size, -1).min(2)
        cost = np.where(cost <= POOR, cost, np.inf).astype(np.float32)
        safe = np.asarray(cv2.dilate(cost, np.ones((3, 3), np.uint8)))
        cost[~np.isfinite(safe)] = np.inf
        cheapest = np.minimum(cheapest, cost)
    return cheapest


def common_framing(people: Sequence[Prices], framing: Framing) -> Common:
    """The framing nearest to `framing` that the photos of a matched set can all carry.

    Head size and eye line are one for all; each picture may move sideways. Where a few photos would
    force a tight crop on many people, they are left out. `framing` itself where it is the best, or
    nobody can carry anything.

    people: the `prices` of each for that framing.
    """
    able = [each for each in people if np.isfinite(each).any()]
    common = framing
    if able:
        # Squares: one crop that is poor spoils the set more than several that are a little tight.
        total = np.zeros(able[0].shape)
        for each in able:
            total += np.where(np.isfinite(each), np.square(each, dtype=np.float64), _LEFT_OUT)
        head, line = np.unravel_index(int(total.argmin()), total.shape)
        heads, lines = tried(framing, FINE)
        common = replace(
            framing, head=round(float(heads[head]), 4), eyes=round(float(lines[line]), 4)
        )
        left_out = [n for n, each in enumerate(people) if not np.isfinite(each[head, line])]
        return Common(common, tuple(left_out))
    return Common(framing, tuple(range(len(people))))
