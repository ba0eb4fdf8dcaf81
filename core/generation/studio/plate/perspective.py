"""Corrects the perspective of a close camera: the face as seen from across a room.

At arm's length the nose is much nearer to the camera than the ears and looks much larger. Each
point moves to where a camera further back on the same line would see it. Moving back along the line
to the eyes scales each point's offset from them by

    s = (d0 + Z) / d0 * d1 / (d1 + Z)

wherever in the picture the face is (d0, d1: distance of the eyes before and after; Z: depth of the
point behind them). What the near camera didn't see (ears, the neck under the chin) is not invented:
around the face the field is limited so that nothing folds or stretches, and where that is not
enough the correction is weakened. All of s is divided by its value at the back of the head, so that
the head shrinks relative to the body and nothing leaves the picture.

The stretch of a face in the corner of a wide-angle picture is not corrected; it depends on the
optical axis and not on the face's depth.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

import cv2
import numpy as np

from ....errors import InputError
from ....faces import Face
from ....faces.composed import five_points
from ....faces.head_pose import head_pose
from ....images import Box, Float, Image, Mask
from ....portrait.shape import Shape
from .parallax import (
    CANTHI,
    FURTHER,
    IRIS,
    SMALLEST_JACOBIAN,
    behind_eyes,
    held_back,
    iris_span,
    log_scale,
    sample,
)

# Diagonal of the 36 x 24 mm frame, to which 35 mm-equivalent focal lengths refer (CIPA DCG-001).
_DIAGONAL = (36**2 + 24**2) ** 0.5

TARGET = 1.5  # metres; portraits are taken from here to 2.5 m
FAR = 1.2  # metres, from which on nothing is corrected: a nose is 1 % wider than at TARGET
_NEAREST = 0.25  # metres; no photo is taken closer, so a smaller estimate is wrong
# Smoothing the limited field exceeds the limits a little. So tighter limits are tried first, before
# the whole correction is weakened.
_TIGHTER = (1.05, 1.15, 1.25)
_WEAKER, _WEAKEST = 0.9, 0.1


@dataclass(frozen=True, eq=False)
class Correction:
    """The displacement of a photo, on the grid of the sitter's shape.

    scale: grid cells per pixel.
    centre: the fixed point between the eyes, x and y in cells.
    growth: float32 (h, w), factor on the offset from the centre, at places of the photo.
    origin: float32 (h, w, 2), offset in cells, x and y, from a place of the result to its place in
        the photo.
    strength: share of the full correction.
    smallest_jacobian: least photo pixels per result pixel on the sitter.
    """

    scale: float
    centre: tuple[float, float]
    growth: Float
    origin: Float
    strength: float
    smallest_jacobian: float

    def moved(self, points: Float) -> Float:
        """The places in the result of points of the photo, both float32 (N, 2) in pixels."""
        cells = np.asarray(points * np.float32(self.scale), np.float32)
        growth = sample(self.growth, cells[None])[0][:, None]
        centre = np.array(self.centre, np.float32)
        return np.asarray((centre + (cells - centre) * growth) / self.scale, np.float32)

    def picture(self, array: Float, outside: float | None = None) -> Float:
        """An array (H, W[, C]) of the photo, corrected, of the same size.

        Cubic interpolation may overshoot a little.

        outside: value beyond the photo; None repeats its edge.
        """
        rows, columns = array.shape[:2]
        to_cells = np.array([[self.scale, 0, 0], [0, self.scale, 0]])
        offset = cv2.warpAffine(
            self.origin,
            to_cells,
            (columns, rows),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        x = offset[..., 0] / np.float32(self.scale) + np.arange(columns, dtype=np.float32)
        y = offset[..., 1] / np.float32(self.scale) + np.arange(rows, dtype=np.float32)[:, None]
        border = cv2.BORDER_REPLICATE if outside is None else cv2.BORDER_CONSTANT
        value = () if outside is None else (outside,) * 4
        moved = cv2.remap(array, x, y, cv2.INTER_CUBIC, borderMode=border, borderValue=value)
        return np.asarray(moved, np.float32)

    def face(self, face: Face) -> Face:
        """The photo's face in the result: mesh, points, box and pose are corrected."""
        landmarks = face.landmarks.copy()
        landmarks[:, :2] = self.moved(landmarks[:, :2])
        low, high = landmarks[:468, :2].min(0), landmarks[:468, :2].max(0)
        return replace(
            face,
            box=Box(float(low[0]), float(low[1]), float(high[0]), float(high[1])),
            landmarks=landmarks,
            points=five_points(landmarks),
            pose=head_pose(landmarks),
        )


@dataclass(frozen=True, eq=False)
class Corrected:
    """A corrected photo.

    image, matte, face: corrected; the arguments themselves where nothing was corrected.
    strength_used: 0 where nothing was corrected.
    smallest_jacobian: see `Correction`; 1 where nothing was corrected.
    correction: for other arrays of the photo; None where nothing was corrected.
    """

    image: Image
    matte: Mask
    face: Face
    strength_used: float
    smallest_jacobian: float
    correction: Correction | None


def camera_distance(face: Face, width: int, height: int, focal: float) -> float:
    """Metres from the camera to the eyes, by the size of the irises; expect +-10 %.

    Iris widths differ by 4 % between people (one standard deviation), the mesh has an error of
    about 5 %, and focal lengths are given in whole millimetres.

    Args:
        face: in pixels of the full upright photo.
        width, height: of that photo, uncropped, pixels.
        focal: 35 mm-equivalent focal length, mm.

    Raises:
        InputError: a size or focal length that is not positive, or irises without a size.
    """
    if not (width > 0 and height > 0 and isfinite(focal) and focal > 0):
        raise InputError(
            f"A photo of {width}x{height} pixels at {focal} mm was given",
            "Give its full size and a positive focal length.",
        )
    iris = iris_span(face.landmarks)
    if not iris > 0:
        raise InputError("The irises of the face have no size", "Analyse the photo again.")
    return focal * (width**2 + height**2) ** 0.5 / _DIAGONAL * IRIS / iris


def correct(
    image: Image,
    matte: Mask,
    face: Face,
    shape: Shape,
    distance: float,
    target: float = TARGET,
    strength: float = 1.0,
) -> Corrected:
    """The photo as seen from `target` metres instead of `distance`.

    The picture keeps its size and the body its scale: the head shrinks towards the eyes, the nose
    most of all. So nothing leaves the picture. Where the photo ends close under the chin, a little
    is missing there; `correction.picture` of ones, with 0 outside, shows where.

    Args:
        image: float32 (H, W, 3), sRGB or linear; clipped to 0..1.
        matte: float32 (H, W) 0..1.
        face: in pixels of `image`.
        shape: modelled from that face and matte.
        distance: see `camera_distance`; from 1.2 m or `target` on, nothing is corrected.
        target: metres.
        strength: 0 nothing .. 1 all; reduced where skin would fold or stretch.

    Raises:
        InputError: a distance or target that is not positive, a strength outside 0..1.
    """
    correction = find_correction(face, shape, distance, target, strength)
    if correction is None:
        return Corrected(image, matte, face, 0.0, 1.0, None)
    return Corrected(
        image=np.clip(correction.picture(image), 0, 1),
        matte=np.clip(correction.picture(matte, outside=0), 0, 1),
        face=correction.face(face),
        strength_used=correction.strength,
        smallest_jacobian=correction.smallest_jacobian,
        correction=correction,
    )


def find_correction(
    face: Face, shape: Shape, distance: float, target: float = TARGET, strength: float = 1.0
) -> Correction | None:
    """The correction that `correct` applies; None where nothing needs correcting.

    Raises:
        InputError: as `correct`.
    """
    for name, metres in (("distance", distance), ("target", target)):
        if not (isfinite(metres) and metres > 0):
            raise InputError(f"The {name} is {metres} m", "Give a positive number of metres.")
    if not 0 <= strength <= 1:
        raise InputError(f"The strength is {strength}", "Give a number from 0 to 1.")
    if distance >= min(FAR, target) or strength == 0:
        return None
    points = face.landmarks * np.float32(shape.scale)
    x, y = (float(value) for value in points[list(CANTHI), :2].mean(0))
    depth = behind_eyes(points, shape)
    near = max(distance, _NEAREST)
    most = log_scale(np.float32(FURTHER), near, target)
    whole = log_scale(depth, near, target) - most  # at most 0: nothing leaves the picture
    while strength > _WEAKEST:
        for tighter in _TIGHTER:
            field = held_back(np.float32(strength) * whole, (x, y), tighter, shape)
            jacobian, folds = _jacobian(field, (x, y), shape.matte)
            if jacobian >= SMALLEST_JACOBIAN and not folds:
                growth = np.exp(field)
                origin = _inverse(growth, (x, y))
                return Correction(shape.scale, (x, y), growth, origin, strength, jacobian)
        strength *= _WEAKER
    return None


def _jacobian(field: Float, centre: tuple[float, float], matte: Mask) -> tuple[float, bool]:
    """Least area of the photo per area of the result on the sitter, and whether anything folds."""
    rows, columns = field.shape
    growth = np.exp(field)
    x = (np.arange(columns, dtype=np.float32) - centre[0]) * growth
    y = (np.arange(rows, dtype=np.float32)[:, None] - centre[1]) * growth
    enlarged = np.gradient(x, axis=1) * np.gradient(y, axis=0)
    enlarged -= np.gradient(x, axis=0) * np.gradient(y, axis=1)
    # With a fold anywhere the inverse doesn't exist.
    return 1 / float(enlarged[matte > 0.05].max(initial=1e-3)), bool(enlarged.min() < 0.1)


def _inverse(growth: Float, centre: tuple[float, float]) -> Float:
    """Offset in cells from each place of the result to its place in the photo, (h, w, 2).

    A damped fixed-point iteration of p = u / s(p), which converges as nothing folds.
    """
    rows, columns = growth.shape
    x, y = np.meshgrid(
        np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32), copy=False
    )
    goal = np.stack([x, y], 2) - np.array(centre, np.float32)
    place = goal.copy()
    for _ in range(60):
        estimate = goal / sample(growth, place + np.array(centre, np.float32))[..., None]
        step = 0.5 * (estimate - place)
        place += step
        if np.abs(step).max() < 1e-3:
            break
    return np.asarray(place - goal, np.float32)
