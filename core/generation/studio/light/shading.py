"""Shades the sitter's shape with a look's light: key with cast shadows, fill and reflector."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces.regions import NOSE_BRIDGE
from ....images import Float, Mask, blur, resize
from ....portrait.shape import Shape
from ...looks import Light

_STEPS = 30  # of ray marching for shadows
_REACH = 0.75  # length of a ray in face widths: nothing on a head casts a longer shadow
_ROUGH = 0.3  # added to the wrap of the light beside the face
_REFLECTOR = -38.0  # elevation of the reflector, degrees: it lies on the sitter's lap

Vector = NDArray[np.float64]


def shade(shape: Shape, light: Light) -> tuple[Float, Float]:
    """The light that arrives from the key and from the fills, each float32 (h, w) >= 0."""
    direction = key_direction(light, shape)
    # Hair and cloth let light in and are rougher than the model: softer edges, paler shadows.
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
    """Unit vector to the key light, float64 (3,): x right, y up, z to the camera."""
    return _turned(light.azimuth, light.elevation, shape)


def visible(shape: Shape, direction: Vector, softness: float) -> Mask:
    """The share of the key light that reaches each cell, float32 (h, w) 0..1.

    direction: to the light, as in `key_direction`.
    softness: 0 for a point .. 1 for a very large source, whose shadows fade with the distance from
        what casts them.

    By ray marching over the depth at half the grid's resolution, as no shadow is sharper.
    """
    rows, columns = shape.depth.shape
    clearance = np.ones((max(1, rows // 2), max(1, columns // 2)), np.float32)
    sideways = float(np.hypot(direction[0], direction[1]))
    if sideways < 1e-3:
        return np.ones((rows, columns), np.float32)
    depth = resize(shape.depth, clearance.shape[1], clearance.shape[0]) / 2
    face_width = shape.face_width / 2
    dx, dy = direction[0] / sideways, -direction[1] / sideways
    rise = direction[2] / sideways
    half_penumbra = 0.12 + 0.25 * softness
    first = 1.0
    for step in range(_STEPS):
        distance = first + (_REACH * face_width - first) * (step / (_STEPS - 1)) ** 1.5
        shift = np.array([[1, 0, -dx * distance], [0, 1, -dy * distance]], np.float32)
        there = cv2.warpAffine(
            depth, shift, (clearance.shape[1], clearance.shape[0]), borderMode=cv2.BORDER_REPLICATE
        )
        # With a little bias, as cells of one smooth surface must not shade each other.
        slope = (depth - there) * np.float32(1 / distance)
        np.minimum(clearance, slope + np.float32(rise + 0.03), out=clearance)
    share = np.clip(0.5 + clearance / np.float32(2 * half_penumbra), 0, 1)
    share = np.asarray(share * share * (3 - 2 * share), np.float32)
    soft = blur(share, (0.02 + 0.02 * softness) * face_width)
    return np.clip(resize(soft, columns, rows), 0, 1)


def _turned(azimuth: float, elevation: float, shape: Shape) -> Vector:
    """A direction relative to the face, which follows only its yaw, so that above stays above."""
    across, up = np.radians([azimuth, elevation])
    x, y, z = np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)
    yaw = np.arctan2(shape.axes[2, 0], shape.axes[2, 2])
    cos, sin = np.cos(yaw), np.sin(yaw)
    return np.array([cos * x + sin * z, y, cos * z - sin * x])


def _lambert(normals: Float, direction: Vector, wrap: float | Float) -> Float:
    """Lambert's cosine law with wrap for a large source, softened towards the terminator."""
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
