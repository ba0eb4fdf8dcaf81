"""The light of a look on the sitter's shape: key with cast shadows, fill and reflector."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces.regions import NOSE_BRIDGE
from ....images import Float, Mask, blur, resize
from ....portrait.shape import Shape
from ...looks import Light

_STEPS = 30  # of the shadow march
_REACH = 0.75  # face widths that it goes: further away nothing of a head stands out
_ROUGH = 0.3  # added to the wrap of the light off the face
_REFLECTOR = -38.0  # elevation of the reflector, degrees; it leans towards the face from the lap

Vector = NDArray[np.float64]


def shade(shape: Shape, light: Light) -> tuple[Float, Float]:
    """What arrives of the key and what of the fills, each (h, w) >= 0, in units of `light.key`."""
    direction = key_direction(light, shape)
    # Hair and cloth let light in and are rougher than their outline: softer edges, paler shadows.
    rough = 1 - shape.face
    key = light.key * _lambert(shape.normals, direction, light.wrap + _ROUGH * rough)
    if light.shadow > 0:
        cast = light.shadow * (1 - 0.5 * rough)
        key *= 1 - (1 - visible(shape, direction, light.wrap)) * cast
    if light.falloff > 0:
        key *= _falloff(shape, direction, light.falloff)
    normals = shape.normals
    fill = light.fill * (0.72 + 0.28 * normals[..., 2]) * (0.9 + 0.1 * normals[..., 1])
    if light.low_fill > 0:
        below = _turned(0.0, _REFLECTOR, shape)
        fill = fill + light.low_fill * _lambert(normals, below, 0.4)
    return np.asarray(key, np.float32), np.asarray(fill, np.float32)


def key_direction(light: Light, shape: Shape) -> Vector:
    """Unit vector (x right, y up, z to the camera) to the key."""
    return _turned(light.azimuth, light.elevation, shape)


def visible(shape: Shape, direction: Vector, softness: float) -> Mask:
    """How much of the key each cell sees, 0..1, by marching over the depth towards the light.

    softness: 0 a point .. 1 a very large source, which fades shadows with the distance from what
    casts them. Marches at half the grid's resolution: a shadow is never that sharp.
    """
    rows, columns = shape.depth.shape
    seen = np.ones((max(1, rows // 2), max(1, columns // 2)), np.float32)
    sideways = float(np.hypot(direction[0], direction[1]))
    if sideways < 1e-3:
        return np.ones((rows, columns), np.float32)
    depth = resize(shape.depth, seen.shape[1], seen.shape[0]) / 2
    face_width = shape.face_width / 2
    dx, dy = direction[0] / sideways, -direction[1] / sideways
    rise = direction[2] / sideways
    half_penumbra = 0.12 + 0.25 * softness
    first = 1.0
    for step in range(_STEPS):
        distance = first + (_REACH * face_width - first) * (step / (_STEPS - 1)) ** 1.5
        shift = np.array([[1, 0, -dx * distance], [0, 1, -dy * distance]], np.float32)
        there = cv2.warpAffine(
            depth, shift, (seen.shape[1], seen.shape[0]), borderMode=cv2.BORDER_REPLICATE
        )
        # A little slack: cells of one smooth surface must not shade each other.
        slope = (depth - there) * np.float32(1 / distance)
        np.minimum(seen, slope + np.float32(rise + 0.03), out=seen)
    share = np.clip(0.5 + seen / np.float32(2 * half_penumbra), 0, 1)
    share = np.asarray(share * share * (3 - 2 * share), np.float32)
    soft = blur(share, (0.02 + 0.02 * softness) * face_width)
    return np.clip(resize(soft, columns, rows), 0, 1)


def _turned(azimuth: float, elevation: float, shape: Shape) -> Vector:
    """The direction relative to the face. It follows the yaw only, so that above stays above."""
    across, up = np.radians([azimuth, elevation])
    x, y, z = np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)
    yaw = np.arctan2(shape.axes[2, 0], shape.axes[2, 2])
    cos, sin = np.cos(yaw), np.sin(yaw)
    return np.array([cos * x + sin * z, y, cos * z - sin * x])


def _lambert(normals: Float, direction: Vector, wrap: float | Float) -> Float:
    """Lambert's cosine law for a source of some size, which still lights skin turned from its
    middle; eased towards the terminator.
    """
    facing = normals @ direction.astype(np.float32)
    reach = np.asarray(wrap, np.float32)
    lit = np.clip((facing + reach) / (1 + reach), 0, 1)
    return np.asarray(0.65 * lit + 0.35 * lit * lit * (3 - 2 * lit), np.float32)


def _falloff(shape: Shape, direction: Vector, rate: float) -> Float:
    """Inverse square of the distance to a lamp 1 / rate face widths away, 1 at the nose bridge."""
    rows, columns = shape.depth.shape
    x, y, z = shape.landmarks[NOSE_BRIDGE]
    across = (np.arange(columns, dtype=np.float32) - x)[None, :] * np.float32(direction[0])
    down = (np.arange(rows, dtype=np.float32) - y)[:, None] * np.float32(-direction[1])
    nearer = (across + down + (shape.depth - z) * np.float32(direction[2])) / shape.face_width
    faded = 1 / (1 - rate * np.clip(nearer, -2, min(0.8, 0.6 / rate))) ** 2
    return np.asarray(faded, np.float32)
