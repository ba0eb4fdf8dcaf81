"""The best crop of a photo: the photo's end is never visible on the sitter, and the head sits well.

All crops of a grid (head size, eye line, sideways) are tried at once on a small copy; what lies
under each crop is counted from summed areas (Crow, "Summed-area tables for texture mapping",
SIGGRAPH 1984).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Mask
from .composition import (
    CHIN_ROOM,
    CLOSEST,
    HAIRLINE_ROOM,
    LOOSEST,
    LOWER_EDGE,
    OFF_CENTRE,
    POOR,
    SIDE_ROOM,
    Composition,
    cost,
    eye_limits,
)
from .crop import Crop
from .framing import Framing
from .outline import Outline

_SEARCHED = 160.0  # chin to crown in pixels of the searched copy


@dataclass(frozen=True)
class Grid:
    """How many head sizes, eye lines and places sideways are tried."""

    heads: int
    lines: int
    asides: int


FINE, COARSE = Grid(44, 49, 41), Grid(22, 17, 21)
# The sitter is there from this matte on. Where the photo's end is nearer than so many heads it
# shows: levelling, enlarging and the network make the last pixels soft.
_THERE, _END = 0.06, 0.012
_EDGE_ROWS = 3  # rows of the searched copy over which the width at the lower edge is averaged


_Values: TypeAlias = NDArray[np.float64]


def tried(framing: Framing, grid: Grid) -> tuple[_Values, _Values]:
    """The head sizes and the eye lines of a search for `framing`, rising, its own among them."""
    heads = np.geomspace(LOOSEST * framing.head, CLOSEST, grid.heads)
    highest, lowest = eye_limits(heads, framing)
    lines = np.linspace(float(np.min(highest)), float(np.max(lowest)), grid.lines)
    return np.sort(np.append(heads, framing.head)), np.sort(np.append(lines, framing.eyes))


@dataclass(frozen=True, eq=False)
class _Crops:
    """Crops that are tried, one value each: head size and eye line as shares, the rest pixels."""

    head: _Values
    line: _Values
    top: _Values
    left: _Values
    height: _Values
    width: _Values

    @property
    def bottom(self) -> _Values:
        return self.top + self.height

    @property
    def right(self) -> _Values:
        return self.left + self.width


class Search:
    """All crops of one outline for one framing, and which of them hide the photo's end.

    Args:
        zoom: the head that many times as large as the framing asks.
        exact: only the head size and the eye line that are asked for, as in a matched set.
        grid: how many crops are tried.
    """

    def __init__(
        self,
        outline: Outline,
        framing: Framing,
        zoom: float = 1.0,
        exact: bool = False,
        grid: Grid = FINE,
    ) -> None:
        self._outline = outline
        self._framing = replace(framing, head=framing.head * zoom)
        self.crops = self._tried(exact, grid)

    def _tried(self, exact: bool, grid: Grid) -> _Crops:
        outline, asked = self._outline, self._framing
        heads, lines = np.array([asked.head]), np.array([asked.eyes])
        if not exact:
            heads, lines = tried(asked, grid)
        asides = np.linspace(-OFF_CENTRE, OFF_CENTRE, grid.asides)
        head, line, aside = (
            each.ravel() for each in np.meshgrid(heads, lines, asides, indexing="ij")
        )
        height = (outline.chin - outline.head_top) / head
        width = height * asked.aspect
        left = outline.middle + (aside - 0.5) * width
        return _Crops(head, line, outline.eyes - line * height, left, height, width)

    @cached_property
    def _copy(self) -> tuple[float, tuple[int, int], _Values, _Values]:
        """Scale and size of the searched copy; summed areas of where the photo's end shows on the
        sitter, and of the sitter.
        """
        outline = self._outline
        head = outline.chin - outline.head_top
        scale = min(1.0, _SEARCHED / head)
        columns, rows = (max(1, round(side * scale)) for side in outline.matte.shape[::-1])
        size = columns, rows
        matte = cv2.resize(outline.matte, size, interpolation=cv2.INTER_AREA)
        inside = cv2.resize(outline.inside.astype(np.float32), size, interpolation=cv2.INTER_AREA)
        ends = _ends(np.asarray(matte, np.float32), np.asarray(inside) > 0.99, head * scale)
        body = (np.asarray(matte) > 0.5).astype(np.float64)
        return scale, size, _summed(ends), _summed(body)

    def _count(self, table: _Values, top: _Values, bottom: _Values) -> _Values:
        """How much of what `table` sums lies in each crop between two rows."""
        scale, size, *_ = self._copy
        first, last = (
            np.clip(rounded(row * scale), 0, size[1]).astype(np.intp)
            for row, rounded in ((top, np.floor), (bottom, np.ceil))
        )
        left, right = (
            np.clip(rounded(column * scale), 0, size[0]).astype(np.intp)
            for column, rounded in ((self.crops.left, np.floor), (self.crops.right, np.ceil))
        )
        return table[last, right] - table[first, right] - table[last, left] + table[first, left]

    @cached_property
    def hides_end(self) -> NDArray[np.bool_]:
        """Which crops show the photo's end nowhere on the sitter."""
        _, _, ends, _ = self._copy
        return self._count(ends, self.crops.top, self.crops.bottom) < 0.5

    @cached_property
    def has_room(self) -> NDArray[np.bool_]:
        """Which crops hold the face with room around it, at an eye line that suits their size."""
        crops, outline = self.crops, self._outline
        room = crops.bottom - outline.chin >= CHIN_ROOM * crops.height
        room &= outline.hairline - crops.top >= HAIRLINE_ROOM * crops.height
        beside = np.minimum(outline.left - crops.left, crops.right - outline.right)
        low, high = eye_limits(crops.head, self._framing)
        on_line = (crops.line >= low - 1e-6) & (crops.line <= high + 1e-6)
        on_line |= crops.line == self._framing.eyes
        return room & on_line & (beside >= SIDE_ROOM * crops.width)

    @cached_property
    def stands(self) -> NDArray[np.bool_]:
        """Which crops cut the bust with their lower edge: none ends in mid-air above it."""
        scale, _, _, body = self._copy
        bottom = self.crops.bottom
        across = self._count(body, bottom - _EDGE_ROWS / scale, bottom) / _EDGE_ROWS
        return across >= LOWER_EDGE * self._outline.face_width * scale

    @cached_property
    def cost(self) -> _Values:
        """The composition's cost of each crop; infinite where a hard rule is broken."""
        crops, outline = self.crops, self._outline
        hair = max(outline.hairline - outline.head_top, 1.0)
        composition = Composition(
            head=crops.head,
            eyes=crops.line,
            headroom=(outline.head_top - crops.top) / crops.height,
            cropped=np.clip((crops.top - outline.head_top) / hair, 0, 1),
            off_centre=(outline.middle - crops.left) / crops.width - 0.5,
            chin_room=(crops.bottom - outline.chin) / crops.height,
        )
        allowed = self.has_room & self.hides_end & self.stands
        return np.where(allowed, cost(composition, self._framing), np.inf)

    def best(self) -> Crop | None:
        """The cheapest crop; None where none is good enough to be used."""
        index = int(self.cost.argmin())
        price = float(self.cost[index])
        if not price <= POOR:
            return None
        crops, outline = self.crops, self._outline
        height = float(crops.height[index])
        return Crop(
            float(crops.left[index]),
            float(crops.top[index]),
            float(crops.width[index]),
            height,
            (outline.chin - outline.crown) / height,
            price,
        )


def best_crop(
    outline: Outline,
    framing: Framing,
    zoom: float = 1.0,
    exact: bool = False,
    grid: Grid = FINE,
) -> Crop | None:
    """The best crop of the outline's photo, in the outline's pixels; None where none will do.

    zoom: the head that many times as large as `framing` asks.
    exact: only with the head size and eye line that are asked for, as in a matched set.
    grid: how many crops are tried; COARSE takes a few milliseconds.
    """
    return Search(outline, framing, zoom, exact, grid).best()


def _ends(matte: Mask, inside: NDArray[np.bool_], head: float) -> _Values:
    """1 where the sitter is at the photo's end, float32 (h, w)."""
    beyond = np.pad(~inside, 1, constant_values=True).astype(np.uint8)
    beyond[0] = beyond[1]  # above the plate there is air, not the photo's end
    reach = 2 * max(1, round(_END * head)) + 1
    near = cv2.dilate(beyond, np.ones((reach, reach), np.uint8))[1:-1, 1:-1]
    there = cv2.dilate((matte > _THERE).astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.asarray(cv2.min(near, there), np.float64)


def _summed(pixels: NDArray[np.float64]) -> _Values:
    return np.asarray(cv2.integral(pixels, sdepth=cv2.CV_64F), np.float64)
