"""Where the picture's edges fall on the plate, so that the head sits as the look asks."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces.regions import CHIN, LEFT_SIDE, RIGHT_SIDE
from ....images import Float
from ...looks import Framing
from ..plate.plate import Plate
from .tiles import Span

_LEAD = 0.05  # share of the width given to the side the sitter looks at, at a turn of 35 degrees
_TIGHTEST = 0.64  # head share beyond which a crop is no longer tightened
# Share of the width by which the crop may move off centre to keep both shoulders; more in a wide
# picture, which has room beside the head on purpose, and where no tighter crop would help: a head
# at the side of a picture may be a choice, a sawn-off shoulder is a fault.
_SHIFT, _WIDE, _MOST = 0.09, 0.14, 0.25
_HEADROOM = 0.06  # least share of the height above the hair


@dataclass(frozen=True)
class Crop:
    """A rectangle on the plate: its corner's pixel and its size in pixels.

    It may reach above the plate, where nothing is. head: chin to crown as a share of the height,
    as it came out.
    """

    x: float
    y: float
    width: float
    height: float
    head: float

    def scaled(self, factor: float) -> Crop:
        """The same crop after the plate was resized by `factor`."""
        x, y = (self.x + 0.5) * factor - 0.5, (self.y + 0.5) * factor - 0.5
        return Crop(x, y, self.width * factor, self.height * factor, self.head)

    def beside(self, x: float, y: float) -> Crop:
        """The same crop on a part of the plate that begins at column `x`, row `y`."""
        return replace(self, x=self.x - x, y=self.y - y)

    def moved(self, landmarks: Float, width: int) -> Float:
        """Landmarks (N, 3) of the plate in a picture of the crop that is `width` pixels wide."""
        factor = np.float32(width / self.width)
        points = landmarks * factor
        points[:, 0] -= (self.x - 0.5) * factor + 0.5
        points[:, 1] -= (self.y - 0.5) * factor + 0.5
        return points


def frame(plate: Plate, framing: Framing, zoom: float = 1.0) -> Crop:
    """The crop of `plate` for `framing`, the head `zoom` times as large as it asks.

    Where the photo ends within the body, the crop first moves and then tightens: a shoulder is cut
    by the picture's edge or not at all.
    """
    chin, (eye_x, eye_y) = float(plate.face.landmarks[CHIN, 1]), plate.eyes
    centre = _centre(plate, eye_x)
    head = framing.head * zoom
    while True:
        height = plate.head / head
        width = height * framing.aspect
        top = min(eye_y - framing.eyes * height, plate.crown - _HEADROOM * height)
        if plate.crown_cut:  # no room above cut hair: crop into it, as close portraits do
            top = max(top, _first_row(plate))
        bottom = _last_row(plate)
        if top + height > bottom:  # the photo ends: less room below, more above, within reason
            top = max(bottom - height, plate.crown - 0.16 * height)
        room = _WIDE if framing.aspect > 1 else _SHIFT
        if head >= _TIGHTEST:
            room = _MOST
        left, fits = _place(plate, centre, width, room * width, (top, top + height))
        fits = fits and top + height <= bottom + 1
        if fits or head >= _TIGHTEST:
            return Crop(left, top, width, height, (chin - plate.crown) / height)
        head *= 1.015


def cut(
    image: NDArray[Any],
    crop: Crop,
    width: int,
    height: int,
    outside: float | None = None,
    part: tuple[Span, Span] | None = None,
) -> Float:
    """What of a plate array (H, W[, C]) is in `crop`, at `width` x `height`.

    outside: value beyond the plate; None repeats its edge. part: rows and columns of the result to
    make; they may reach beyond it.
    """
    across, down = width / crop.width, height / crop.height
    (top, bottom), (left, right) = part or ((0, height), (0, width))
    # Pixel centres lie at integers, so the crop's edge is half a pixel before its first centre.
    matrix = np.array(
        [
            [across, 0, (0.5 - crop.x) * across - 0.5 - left],
            [0, down, (0.5 - crop.y) * down - 0.5 - top],
        ]
    )
    border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
    made = cv2.warpAffine(
        image,
        matrix,
        (right - left, bottom - top),
        flags=cv2.INTER_CUBIC,
        borderMode=border,
        borderValue=() if outside is None else (outside,) * 4,
    )
    return np.asarray(made, np.float32)


def _centre(plate: Plate, eye_x: float) -> float:
    """Column to centre on: between face and head, with lead room where the sitter looks."""
    points = plate.face.landmarks
    sides = float(points[[LEFT_SIDE, RIGHT_SIDE], 0].mean())
    middle = 0.6 * float(points[:468, 0].mean()) + 0.4 * sides
    forward = plate.shape.axes[2]
    turn = np.clip(np.arcsin(np.clip(forward[0], -1, 1)) / 0.6, -1, 1)
    return middle + _LEAD * float(turn) * plate.head / 0.46 * 0.8


def _first_row(plate: Plate) -> float:
    column = plate.inside[:, round(float(plate.face.landmarks[1, 0]))]
    return float(np.argmax(column))


def _last_row(plate: Plate) -> float:
    """Last row with photo under the face's column."""
    column = plate.inside[:, round(float(plate.face.landmarks[1, 0]))]
    return float(len(column) - 1 - np.argmax(column[::-1]))


def _place(
    plate: Plate, centre: float, width: float, room: float, rows: tuple[float, float]
) -> tuple[float, bool]:
    """Left edge of the most centred crop without a sawn-off side, and whether there is one.

    room: pixels by which it may move off `centre`. rows: its top and bottom.
    """
    least, most = _body_bounds(plate, *rows)
    left = centre - width / 2
    low, high = max(left - room, least), min(left + room, most - width)
    if low > high:
        return float(np.clip(left, left - room, left + room)), False
    return float(np.clip(left, low, high)), True


def _body_bounds(plate: Plate, top: float, bottom: float) -> tuple[float, float]:
    """Columns between which the crop must stay: where the sitter runs off the photo's side."""
    rows = slice(max(0, round(top)), min(plate.matte.shape[0], round(bottom)))
    matte, inside = plate.matte[rows], plate.inside[rows]
    columns = plate.matte.shape[1]
    touched = matte > 0.1
    # A row's first and last photo pixel; the sitter is sawn off where the matte reaches them.
    first = np.argmax(inside, 1)
    last = columns - 1 - np.argmax(inside[:, ::-1], 1)
    index = np.arange(len(first))
    some = inside.any(1)
    near = max(2, round(0.004 * columns))
    at_left = some & touched[index, np.minimum(first + near, columns - 1)]
    at_right = some & touched[index, np.maximum(last - near, 0)]
    least = float(first[at_left].max()) if at_left.sum() > 2 else -np.inf
    most = float(last[at_right].min()) if at_right.sum() > 2 else np.inf
    return least, most
