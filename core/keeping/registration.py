"""Registers an edited picture to the original: a similarity, then a smooth flow for the rest.

The mesh gives a first similarity. Then the optical flow of fine detail within the head (DIS:
Kroeger et al., "Fast Optical Flow using Dense Inverse Search", 2016) is fitted by a similarity with
iteratively reweighted least squares, three times. What flow is left says how far the edit bent the
head, and is carried outwards, so that the edit's neck and hair meet the sitter's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces.alignment import moved, similarity
from ..images import LUMINANCE, Float, Image, Mask, blur
from .head import face_oval, head_of
from .sight import Matrix, Sight, after, inverted, placed
from .smooth import carried, smoothstep, wide

Bool = NDArray[np.bool_]

# Points of the mesh that no expression moves.
STILL = (
    33, 133, 362, 263, 168, 6, 197, 195, 5, 4, 1, 48, 278, 127, 356, 234, 454, 10, 151, 9, 8, 109,
    338,
)  # fmt: skip
_ROUNDS, _REWEIGHTED = 3, 8
_STRIDE = 61  # one pixel of so many is fitted
# Face widths: finest detail, and the surroundings in which it is evened out.
_FINE, _AROUND, _CONTRAST = 0.004, 0.05, 0.06
# Face widths: flow further from the usual is an error of the flow; how far the bend is carried, and
# where it ends.
_OUTLIER, _CARRIED, _REACH = 0.02, (0.3, 0.1, 0.05), (0.6, 0.1)
_ENOUGH = 500  # pixels of detail


@dataclass(frozen=True, eq=False)
class Registration:
    """Where the edited picture lies on the original, in pixels of both at the working size.

    matrix: similarity float64 (2, 3) from the original to the edited picture.
    bend: float32 (h, w, 2), what to add to a pixel of the original before `matrix`.
    left: 95th percentile of the flow that the similarity leaves in the head, face widths.
    rigid, bent: correlation of the face's fine detail with the original's before and after the
        bend, -1..1.
    """

    matrix: Matrix
    bend: Float
    left: float
    rigid: float
    bent: float


@dataclass(frozen=True, eq=False)
class Placement:
    """Where the edited picture lies on the original in full size: a similarity after a bend.

    matrix: similarity (2, 3) from the original's pixels to the edited picture's.
    bend: see `Registration`; to_bend: affine from the original's pixels to those of `bend`.
    """

    matrix: Matrix
    bend: Float
    to_bend: Matrix

    def moves(self, to_original: Matrix, size: tuple[int, int]) -> Float:
        """The bend in pixels of the original, float32 (H, W, 2), on a grid of `size` (width,
        height) that `to_original` maps there.
        """
        moves = placed(self.bend, after(self.to_bend, to_original), size)
        scale = np.float32(np.hypot(self.to_bend[0, 0], self.to_bend[1, 0]))
        return np.asarray(moves / scale, np.float32)

    def edited_points(self, points: Float) -> Float:
        """Points (H, W, 2) of the original in the edited picture, float32."""
        x, y = cv2.split(moved(points, self.to_bend))
        bend = cv2.remap(self.bend, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        scale = np.hypot(self.to_bend[0, 0], self.to_bend[1, 0])
        return moved(np.asarray(points + bend / scale, np.float32), self.matrix)


def placement(registration: Registration, own: Sight, edit: Sight) -> Placement:
    """The registration of both pictures in full size."""
    to_bend = inverted(own.to_picture)
    return Placement(
        after(after(edit.to_picture, registration.matrix), to_bend), registration.bend, to_bend
    )


def register(own: Sight, edit: Sight) -> Registration:
    """Register `edit` to `own`, the original."""
    pair = _Pair(own, edit)
    still = list(STILL)
    start = similarity(own.face.landmarks[still, :2], edit.face.landmarks[still, :2])
    matrix: Matrix = np.asarray(start, np.float64)
    for _ in range(_ROUNDS):
        flow, strength, _ = pair.flow(matrix, finest=1)
        step, change = pair.fitted(flow, strength)
        matrix = after(matrix, step)
        if change < 0.1:
            break
    flow, strength, detail = pair.flow(matrix)
    return pair.registration(matrix, flow, strength, detail)


class _Pair:
    """The heads of the original and of an edited picture."""

    def __init__(self, own: Sight, edit: Sight) -> None:
        self._width = own.face.width
        self._own, self._edit = own, edit
        self._head, self._edit_head = head_of(own), head_of(edit)
        inside = self._head > 0.8
        rows, columns = np.where(inside)
        if not rows.size:
            rows, columns = np.where(np.ones_like(inside))
        height, width = inside.shape
        self._top, self._left = max(0, rows.min() - 20), max(0, columns.min() - 20)
        bottom, right = min(height, rows.max() + 20), min(width, columns.max() + 20)
        self._part = slice(self._top, bottom), slice(self._left, right)
        self._size = (right - self._left, bottom - self._top)
        self._corner = np.array([[1.0, 0, self._left], [0, 1.0, self._top]])
        shown = smoothstep(self._head[self._part], 0.4, 0.9)
        self._detail, self._strength = _detail(own.image[self._part], self._width, shown)
        whole = np.asarray(inside[self._part], np.uint8)
        self._inside = cv2.erode(whole, np.ones((7, 7), np.uint8)) > 0
        points = np.argwhere(self._inside)[::_STRIDE]
        self._points = points if len(points) >= 20 else np.argwhere(whole >= 0)[::_STRIDE]

    def flow(self, matrix: Matrix, finest: int = 0) -> tuple[Float, Mask, NDArray[np.uint8]]:
        """The flow (h, w, 2) to the edit under `matrix`, the contrast, and the edit's detail.

        finest: how many times the finest pictures that are compared are halved.
        """
        there = after(matrix, self._corner)
        image = placed(self._edit.image, there, self._size, fine=True)
        shown = smoothstep(placed(self._edit_head, there, self._size, bare=True), 0.4, 0.9)
        detail, strength = _detail(image, self._width, shown)
        search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        search.setFinestScale(finest)
        search.setVariationalRefinementIterations(3)
        start = np.zeros((*detail.shape, 2), np.float32)
        flow = search.calc(self._detail, detail, start)
        return np.asarray(flow, np.float32), np.minimum(self._strength, strength), detail

    def fitted(self, flow: Float, strength: Mask) -> tuple[Matrix, float]:
        """The similarity of the picture that explains `flow`, and the furthest it moves a point."""
        rows, columns = self._points.T
        before = self._points[:, ::-1] + np.array([self._left, self._top], np.float64)
        there = np.asarray(before + flow[rows, columns], np.float64)
        weight = strength[rows, columns].astype(np.float64) ** 2 + 1e-9
        share = weight
        step = np.eye(2, 3)
        for _ in range(_REWEIGHTED):
            step = _weighted(before, there, share)
            missed = np.linalg.norm(before @ step[:, :2].T + step[:, 2] - there, axis=1)
            scale = max(0.3, 1.5 * float(np.median(missed)))
            share = weight / (1 + (missed / scale) ** 2)
        change = before @ (step[:, :2] - np.eye(2)).T + step[:, 2]
        return step, float(np.abs(change).max())

    def registration(
        self, matrix: Matrix, flow: Float, strength: Mask, detail: NDArray[np.uint8]
    ) -> Registration:
        """The result, with the bend that `flow` gives."""
        rows, columns = self._inside.shape
        y, x = np.mgrid[:rows, :columns].astype(np.float32)
        there = x + flow[..., 0], y + flow[..., 1]
        followed = np.asarray(cv2.remap(detail, *there, cv2.INTER_LINEAR), np.uint8)
        face = self._inside & (face_oval(self._own)[self._part] > 0)
        weight = np.asarray(strength * self._inside, np.float32)
        solid = weight > 0
        left = 0.0
        bend = np.zeros((*self._own.matte.shape, 2), np.float32)
        if np.count_nonzero(solid) > _ENOUGH:
            left = float(np.percentile(np.linalg.norm(flow[solid], axis=1), 95)) / self._width
            bend = self._carried(flow, weight, solid)
        return Registration(
            matrix=matrix,
            bend=bend,
            left=left,
            rigid=_correlation(self._detail, detail, face),
            bent=_correlation(self._detail, followed, face),
        )

    def _carried(self, flow: Float, weight: Mask, solid: Bool) -> Float:
        """The flow, smooth and without its errors, carried outwards from the head."""
        usual = np.median(flow[solid], axis=0)
        sound = np.linalg.norm(flow - usual, axis=2) < _OUTLIER * self._width
        shape = self._own.matte.shape
        whole, share = np.zeros((*shape, 2), np.float32), np.zeros(shape, np.float32)
        whole[self._part] = flow
        share[self._part] = np.minimum(weight / 0.03, 1) ** 2 * sound
        bend = carried(whole, share, [each * self._width for each in _CARRIED])
        outside = (self._head < 0.5).astype(np.uint8)
        away = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 3), np.float32)
        far, near = (each * self._width for each in _REACH)
        return np.asarray(bend * smoothstep(-away, -far, -near)[..., None], np.float32)


def _detail(image: Image, width: float, shown: Mask) -> tuple[NDArray[np.uint8], Mask]:
    """Luminance evened out to one contrast within `shown` and grey beyond it, as bytes; and how
    much contrast there was.
    """
    grey = blur(np.asarray(image @ LUMINANCE, np.float32), _FINE * width)

    def mean(x: Float, sigma: float) -> Float:
        local = wide(np.asarray(x * shown, np.float32), sigma) / (wide(shown, sigma) + 1e-3)
        return np.asarray(local, np.float32)

    off = np.asarray((grey - mean(grey, _AROUND * width)) * shown, np.float32)
    contrast = np.sqrt(np.maximum(mean(off * off, _CONTRAST * width), 0))
    even = np.clip(128 + 45 * off / (contrast + 0.012), 0, 255)
    return even.astype(np.uint8), np.asarray(contrast, np.float32)


def _correlation(one: NDArray[np.uint8], other: NDArray[np.uint8], where: Bool) -> float:
    if np.count_nonzero(where) < 100:
        return 0.0
    a, b = one[where].astype(np.float64), other[where].astype(np.float64)
    if a.std() < 1e-6 or b.std() < 1e-6:
        return 0.0
    return float(np.corrcoef(a, b)[0, 1])


def _weighted(source: Matrix, target: Matrix, weight: Matrix) -> Matrix:
    """The weighted least-squares similarity (2, 3) from `source` to `target`, both (N, 2)."""
    share = (weight / weight.sum())[:, None]
    mean, goal = (share * source).sum(axis=0), (share * target).sum(axis=0)
    a, b = source - mean, target - goal
    spread = float((share * a * a).sum())
    real = float((share * a * b).sum()) / spread
    turn = float((share[:, 0] * (a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0])).sum()) / spread
    linear = np.array([[real, -turn], [turn, real]])
    return np.column_stack([linear, goal - linear @ mean])
