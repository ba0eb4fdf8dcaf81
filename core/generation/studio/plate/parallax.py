"""The displacement field of a camera that steps back, for `perspective`.

All arrays are on the grid of the sitter's shape.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces.regions import LEFT_EYE, LEFT_IRIS, OVAL, RIGHT_EYE, RIGHT_IRIS
from ....images import Float, Mask, blur
from ....portrait.shape import Shape

# Width of the visible iris, metres: 11.71 +- 0.42 mm in 390 adults (Ruefer, Schroeder and Erb,
# "White-to-white corneal diameter", Cornea 24, 2005).
IRIS = 0.0117
CANTHI = (LEFT_EYE[0], LEFT_EYE[8], RIGHT_EYE[8], RIGHT_EYE[0])
SMALLEST_JACOBIAN = 0.6  # least photo pixels per result pixel; with fewer, skin looks stretched

# Range of depths in metres behind the eyes. On the test photos the tip of the nose lies .035 to
# .052 before them; behind the ears the shape is a guess.
_NEARER, FURTHER = -0.055, 0.09
_STEEPEST = 0.04  # most metres that the face's rim may lie behind the skin near it
# Face widths.
_RIM = 0.015  # sigma that smooths the depth
_EVENING = 0.06  # sigma that smooths limited rays among each other
# Least photo pixels per result pixel around the face: hair, collars and necks show stretching
# sooner than the slanting rim of the cheeks.
_AROUND = 0.8
_LEAST_SLOPE = 0.35  # least area of the result per area of the photo along a ray; 0 is a fold
_DIRECTIONS = 720


def log_scale(depth: Float | np.float32, near: float, target: float) -> Float:
    """Log of the scale s (see `perspective`) at `depth` metres behind the eyes.

    near, target: distance of the eyes from the camera before and after, metres.
    """
    return np.asarray(np.log((near + depth) / near * target / (target + depth)), np.float32)


def iris_span(landmarks: Float) -> float:
    """Mean of both irises' widths and heights, pixels, which is steadier than the widths alone."""
    spans = [
        np.linalg.norm(landmarks[iris[i], :2] - landmarks[iris[i + 2], :2])
        for iris in (LEFT_IRIS, RIGHT_IRIS)
        for i in (1, 2)
    ]
    return float(np.mean(spans))


def behind_eyes(points: Float, shape: Shape) -> Float:
    """Depth of each cell behind the eyes in metres, float32 (h, w).

    points: the mesh, float32 (478, 3), in cells.

    At the face's rim the shape's depth blends into hair, neck and background. Here the face is
    extended a little beyond the rim at the depth of the mesh's oval, so that jaw and cheeks move in
    one piece. Around the sitter the depth is that of the back of the head.
    """
    fw = shape.face_width
    metres = np.float32(IRIS / iris_span(points))
    eyes = np.float32(points[list(CANTHI), 2].mean())
    depth = np.asarray(np.clip((eyes - shape.depth) * metres, _NEARER, FURTHER), np.float32)
    near_mesh = blur(shape.mesh, _RIM * fw)
    core = np.asarray(np.clip((near_mesh - 0.9) * 10, 0, 1), np.float32)
    skin = depth * core
    wide, skin_wide = blur(core, 4 * _RIM * fw), blur(skin, 4 * _RIM * fw)
    rim = _dense(points[list(OVAL)])
    x, y = (np.clip(np.rint(rim[:, i]).astype(int), 0, depth.shape[1 - i] - 1) for i in (0, 1))
    # The rim of a far cheek may lie behind its skin: there the skin is extended instead.
    behind = np.clip((eyes - rim[:, 2]) * metres, _NEARER, FURTHER)
    behind = np.minimum(behind, skin_wide[y, x] / np.maximum(wide[y, x], 1e-3) + _STEEPEST)
    bare = np.clip((0.9 - near_mesh[y, x]) * 4, 0, 1)
    behind, bare = _smooth(behind * bare), _smooth(bare)
    count, values = core.copy(), skin.copy()
    middle = rim[:, :2].mean(0)
    for grown in (1.0, 1.03, 1.06):
        x, y = np.rint(middle[:, None] + grown * (rim[:, :2] - middle).T).astype(int)
        inside = (x >= 0) & (x < depth.shape[1]) & (y >= 0) & (y < depth.shape[0])
        np.add.at(count, (y[inside], x[inside]), bare[inside])
        np.add.at(values, (y[inside], x[inside]), behind[inside])
    face = blur(values, _RIM * fw) + 0.05 * skin_wide
    face /= np.maximum(blur(count, _RIM * fw) + 0.05 * wide, 1e-4)
    weight = blur((near_mesh > 0.03).astype(np.float32), _RIM * fw)
    around = np.asarray(FURTHER + (depth - FURTHER) * shape.matte, np.float32)
    return np.asarray(face * weight + blur(around, _RIM * fw) * (1 - weight), np.float32)


def _dense(outline: Float) -> Float:
    """A closed outline (N, 3) with added points, closer together than cells."""
    steps = np.linspace(0, 1, 24, endpoint=False, dtype=np.float32)[:, None]
    following = np.roll(outline, -1, axis=0)
    return np.concatenate([a + (b - a) * steps for a, b in zip(outline, following, strict=True)])


def _smooth(values: NDArray[np.floating]) -> Float:
    """Values along a dense closed outline, smoothed over a thirtieth of its length."""
    wrapped = np.concatenate([values] * 3)[None].astype(np.float32)
    return blur(wrapped, len(values) / 30)[0, len(values) : 2 * len(values)]


def held_back(field: Float, centre: tuple[float, float], tighter: float, shape: Shape) -> Float:
    """The log scale `field`, limited where it would stretch skin or fold.

    centre: x and y in cells.
    tighter: factor on the limits.

    Along a ray from the centre, the area of the result per area of the photo is the slope of (r
    s)^2 over r^2. Where the slope passes its limit, as from the chin to the neck far behind it, it
    stays at the limit until it has caught up with the field. So the face keeps its field, and its
    surroundings follow further out.
    """
    rows, columns = field.shape
    reach = float(np.hypot(max(centre[0], columns - centre[0]), max(centre[1], rows - centre[1])))
    radius = np.arange(1, reach + 1, dtype=np.float32)
    angle = np.linspace(0, 2 * np.pi, _DIRECTIONS, dtype=np.float32)[:, None]
    x, y = centre[0] + radius * np.cos(angle), centre[1] + radius * np.sin(angle)
    places = np.stack([x, y], 2)
    squared = radius**2
    inner = _face(shape)
    bound = np.asarray(tighter * (_AROUND + (SMALLEST_JACOBIAN - _AROUND) * inner), np.float32)
    most = np.cumsum(np.diff(squared, prepend=0) / sample(bound, places), axis=1, dtype=np.float32)
    least = squared * _LEAST_SLOPE
    area = np.exp(2 * sample(field, places)) * squared
    held = np.minimum.accumulate(area - most, axis=1) + most
    held = np.maximum.accumulate(held - least, axis=1) + least
    x = np.arange(columns, dtype=np.float32) - centre[0]
    y = np.arange(rows, dtype=np.float32)[:, None] - centre[1]
    turn = np.mod(np.arctan2(y, x), 2 * np.pi) * ((_DIRECTIONS - 1) / (2 * np.pi))
    rays = np.asarray(0.5 * np.log(held / squared), np.float32)
    held = sample(rays, np.stack([np.hypot(x, y) - 1, turn], 2))
    evened = blur(held, _EVENING * shape.face_width)
    return np.asarray(held * inner + evened * (1 - inner), np.float32)


def _face(shape: Shape) -> Mask:
    """1 inside the mesh's rim, falling to 0 outside."""
    return np.clip(2 * blur(shape.mesh, 0.5 * _EVENING * shape.face_width), 0, 1)


def sample(field: Float, points: NDArray[np.floating]) -> Float:
    """`field` (h, w) at points (..., ..., 2) by linear interpolation, with repeated edges."""
    x, y = (np.ascontiguousarray(points[..., i], np.float32) for i in (0, 1))
    sampled = cv2.remap(field, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(sampled, np.float32)
