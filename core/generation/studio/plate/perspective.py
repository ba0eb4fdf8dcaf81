"""A close camera's perspective undone: the face as it looks from across a room.

At arm's length the nose is much nearer to the camera than the ears and is drawn much larger. Every
point is moved to where a camera further back on the same line would have seen it. Moving back along
the line to the eyes scales each point's offset from them by

    s = (d0 + Z) / d0 * d1 / (d1 + Z)

wherever in the picture the face is (d0, d1: the eyes' distance before and after; Z: how far the
point lies behind them). What the near camera could not see (ears, the neck under the chin) is not
invented: around the face the field is held back until nothing folds or is drawn out, and where that
is not enough the correction is weakened. All of s is divided by its value at the back of the head,
so that the head shrinks to its share of the body and nothing is pushed out of the picture.

Not undone: the stretch of a face in the corner of a wide-angle picture, which needs the optical
axis and not the face's depth.
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
FAR = 1.2  # metres, beyond which there is nothing to undo: a nose is 1 % wider than at TARGET
_NEAREST = 0.25  # metres; an estimate below this is likelier wrong than the photo that close
# What is held back is evened out, which costs a little: so a little more than the bound is asked
# for, then more still, before the whole correction is weakened.
_TIGHTER = (1.05, 1.15, 1.25)
_WEAKER, _WEAKEST = 0.9, 0.1


@dataclass(frozen=True, eq=False)
class Correction:
    """Where everything moves; arrays on the shape's grid.

    scale: grid cells per pixel. centre: the point between the eyes that stays, x and y in cells.
    growth: float32 (h, w), by how much the offset from the centre grows, at places of the photo.
    origin: float32 (h, w, 2), x and y offset in cells from a place of the result to the place of
        the photo that is seen there.
    strength: of the full correction, as used. smallest_jacobian: smallest area of the photo, in
        pixels, that fills a pixel of the sitter in the result.
    """

    scale: float
    centre: tuple[float, float]
    growth: Float
    origin: Float
    strength: float
    smallest_jacobian: float

    def moved(self, points: Float) -> Float:
        """Points (N, 2) of the photo, pixels, where they are in the result."""
        cells = np.asarray(points * np.float32(self.scale), np.float32)
        growth = sample(self.growth, cells[None])[0][:, None]
        centre = np.array(self.centre, np.float32)
        return np.asarray((centre + (cells - centre) * growth) / self.scale, np.float32)

    def picture(self, array: Float, outside: float | None = None) -> Float:
        """A photo's array (H, W) or (H, W, C) as the result's, same size.

        Values may overshoot a little, as cubic interpolation does. outside: value where the photo
        has nothing; None repeats its edge.
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
        """The photo's face in the result: mesh, points, box and pose; the rest is the photo's."""
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
    """A corrected photo. image, matte, face: as given, moved; the very same where nothing was done.

    strength_used: 0 where nothing was done. smallest_jacobian: see `Correction`; 1 then.
    correction: to carry other things of the photo along; None where nothing was done.
    """

    image: Image
    matte: Mask
    face: Face
    strength_used: float
    smallest_jacobian: float
    correction: Correction | None


def camera_distance(face: Face, width: int, height: int, focal: float) -> float:
    """Metres from the camera to the eyes, by the size of the irises.

    Iris widths differ by 4 % between people (one standard deviation), the mesh places them to
    about 5 %, and focal lengths are told in whole millimetres: expect +-10 %.

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

    The picture keeps its size and the body its scale: the head becomes smaller about the eyes, the
    nose most of all. So nothing leaves the picture; where the photo ends close under the chin, a
    little is missing there, which `correction.picture` of ones, 0 outside, shows.

    Args:
        image: float32 (H, W, 3), sRGB or linear; clipped to 0..1. matte: (H, W).
        face: in pixels of `image`. shape: modelled from that face and matte.
        distance: see `camera_distance`. Beyond 1.2 m, or `target`, nothing is done.
        strength: 0 nothing .. 1 all; less is used where all of it would fold or draw out skin.

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
    """The correction that `correct` applies, or None where nothing is to be done.

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
    """Smallest area of the photo per area of the result, on the sitter; whether anything folds."""
    rows, columns = field.shape
    growth = np.exp(field)
    x = (np.arange(columns, dtype=np.float32) - centre[0]) * growth
    y = (np.arange(rows, dtype=np.float32)[:, None] - centre[1]) * growth
    enlarged = np.gradient(x, axis=1) * np.gradient(y, axis=0)
    enlarged -= np.gradient(x, axis=0) * np.gradient(y, axis=1)
    # A fold anywhere would keep the inverse from being found.
    return 1 / float(enlarged[matte > 0.05].max(initial=1e-3)), bool(enlarged.min() < 0.1)


def _inverse(growth: Float, centre: tuple[float, float]) -> Float:
    """Offset (h, w, 2) from each place of the result to its place of the photo, cells.

    A damped fixed point of p = u / s(p); it converges because nothing folds.
    """
    rows, columns = growth.shape
    x, y = np.meshgrid(
        np.arange(columns, dtype=np.float32), np.arange(rows, dtype=np.float32), copy=False
    )
    goal = np.stack([x, y], 2) - np.array(centre, np.float32)
    place = goal.copy()
    for _ in range(60):
        found = goal / sample(growth, place + np.array(centre, np.float32))[..., None]
        step = 0.5 * (found - place)
        place += step
        if np.abs(step).max() < 1e-3:
            break
    return np.asarray(place - goal, np.float32)
