"""Light by name: the photo's own shading is estimated, and replaced by that of the look's key.

Everything happens on the shape's coarse grid as a map of log gains (natural logarithm of linear
light); the full picture is then multiplied by it, so that skin texture stays the sitter's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces.regions import (
    CHIN,
    LEFT_BROW,
    LEFT_CHEEK,
    LEFT_EYE,
    LIPS,
    OVAL,
    RIGHT_BROW,
    RIGHT_CHEEK,
    RIGHT_EYE,
)
from ...images import Float, Linear, Mask, blur, luminance, resize
from ..looks import Light
from .shape import Shape

_HAIR, _CLOTHES = 0.85, 0.6  # how far hair and clothes follow the light; skin follows fully
_RESIDUAL = 0.75  # share of the shading beyond second order that is taken out
_LIFT, _DEEPEN = 0.5, -2.6  # bounds of the log gain: lifting shows noise, deepening shows nothing
_MARCH = 56  # steps of the shadow march

Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Unlit:
    """What relighting needs to know of a plate, once per plate; arrays (h, w) of the shape's grid.

    light: luminance of the foreground, linear. shading: the photo's own. skin: sure skin of the
    face. weight: how far each cell follows new light. face: skin likelihood, face and neck.
    lit_right: the photo was lit from image right.
    """

    light: Float
    shading: Float
    skin: Bool
    weight: Mask
    face: Mask
    lit_right: bool


def unlight(foreground: Linear, shape: Shape) -> Unlit:
    """Estimate the shading of a plate's foreground (linear light, (H, W, 3)).

    Second-order spherical harmonics fitted to the skin (Ramamoorthi and Hanrahan, "An Efficient
    Representation for Irradiance Environment Maps", 2001) by iteratively reweighted least squares,
    times the smooth residual that they can't hold (cast shadows, hot spots).
    """
    rows, columns = shape.depth.shape
    small = np.maximum(resize(foreground, columns, rows), 0)
    light = luminance(small)
    skin = _sure_skin(shape)
    fw = shape.face_width
    shading = _fit(light, shape.normals, skin)
    low, high = np.quantile(light[skin], [0.04, 0.97])
    low = max(low * 0.8, 0.12 * high)
    shading = np.minimum(low + np.maximum(0, shading - low), high * 1.05)
    middle = float(np.median(shading[skin]))

    likely = np.clip(_skin_likelihood(small, shape, skin) * 1.4, 0, 1)
    face = np.maximum(shape.face, likely)
    outside = 0.45 * (1 - blur(face, 0.02 * fw))  # the fit means less where it saw nothing
    shading = np.exp(np.log(shading) * (1 - outside) + np.log(middle) * outside)

    seen = skin | ((likely > 0.75) & (shape.matte > 0.95) & (shape.mesh < 1))
    ratio = np.clip(np.log(np.maximum(light, 1e-4) / shading), -0.9, 0.7) * seen
    sigma = 0.045 * fw
    residual = blur(ratio.astype(np.float32), sigma) / (blur(seen.astype(np.float32), sigma) + 0.15)
    residual -= np.median(residual[skin])
    shading = shading * np.exp(_RESIDUAL * residual * face)

    rest = shape.head * _HAIR + (1 - shape.head) * _CLOTHES
    left, right = _cheek(light, shape, LEFT_CHEEK), _cheek(light, shape, RIGHT_CHEEK)
    return Unlit(
        light=light,
        shading=np.asarray(shading, np.float32),
        skin=skin,
        weight=np.asarray(face + (1 - face) * rest, np.float32),
        face=np.asarray(face, np.float32),
        lit_right=right >= left,
    )


def relight(unlit: Unlit, shape: Shape, light: Light) -> Float:
    """Log gain (h, w) that turns the photo's light into `light`; azimuth > 0 is image right."""
    skin, fw = unlit.skin, shape.face_width
    wanted = _shade(shape, light)
    gain = wanted / unlit.shading
    # The brightest quarter of the skin keeps its luminance: light changes, the sitter's skin not.
    gain *= np.quantile(unlit.light[skin], 0.75) / np.quantile((unlit.light * gain)[skin], 0.8)
    log = np.log(np.maximum(gain, 1e-3)) * unlit.weight
    lit = skin & (wanted > np.quantile(wanted[skin], 0.5))
    target = np.maximum(_fit(wanted, shape.normals, skin), 0.05)
    for _ in range(2):  # fit the result as a viewer would, and correct what it still lacks
        reached = np.maximum(_fit(unlit.light * np.exp(log), shape.normals, skin), 0.02)
        error = np.log(target / reached)
        error -= np.median(error[lit])
        log = log + np.clip(error, -0.6, 0.45) * shape.face * 0.9
    # Where the photo's own light was strongly opposed, lower the exposure rather than lift beyond
    # what the shadows can bear.
    log = log - 0.7 * max(0.0, float(np.quantile(log[skin], 0.93)) - 0.45)
    log = np.where(log > 0, _LIFT * np.tanh(log / _LIFT), log)
    log = np.maximum(log, _DEEPEN).astype(np.float32) * np.float32(light.strength)
    return blur(log, 0.006 * fw)


def expose(linear: Linear, log_gain: Float, face: Mask) -> Linear:
    """`linear` (H, W, 3) under the log gain (H, W); highlights roll off.

    Skin in shade is more saturated than skin in light, for what reaches the eye has gone through
    it; darkened skin takes a little of that, or it looks grey.
    """
    tint = np.array([-0.09, 0.0, 0.06], np.float32)
    exponent = log_gain[..., None] * (1 + (face * (log_gain < 0))[..., None] * tint)
    return roll_off(linear * np.exp(exponent))


def exposure(unlit: Unlit, skin_lightness: float) -> float:
    """Log gain that brings this photo's skin most of the way to the sitter's own.

    skin_lightness: median L* of the sitter's skin over all enrolled photos. The aim is the sitter,
    never a standard: an exposure rule that wants skin at a fixed lightness would lighten dark skin.
    """
    wanted = ((skin_lightness + 16) / 116) ** 3  # CIE 1976 L* to relative luminance
    found = float(np.median(unlit.light[unlit.skin]))
    return float(np.clip(0.8 * np.log(wanted / max(found, 1e-3)), -0.5, 0.7))


def roll_off(linear: Linear, knee: float = 0.6) -> Linear:
    """Highlights above `knee` compressed towards 1: 60 % by the largest channel, which keeps the
    hue, 40 % per channel, so that hot skin pales as on film instead of turning orange.
    """
    if linear.max(initial=0) <= knee:
        return linear
    largest = linear.max(2, keepdims=True)
    by_largest = linear * (_soft(largest, knee) / np.maximum(largest, 1e-6))
    return np.asarray(0.6 * by_largest + 0.4 * _soft(linear, knee), np.float32)


def _soft(x: Float, knee: float) -> Float:
    over = np.maximum(x - knee, 0) / (1 - knee)
    return np.where(x > knee, knee + (1 - knee) * (1 - np.exp(-over)), x)


def _direction(light: Light, shape: Shape) -> NDArray[np.float64]:
    """Unit vector to the key. It follows the face's yaw only, so that above stays above."""
    azimuth, elevation = np.radians([light.azimuth, light.elevation])
    x = np.sin(azimuth) * np.cos(elevation)
    y, z = np.sin(elevation), np.cos(azimuth) * np.cos(elevation)
    yaw = np.arctan2(shape.axes[2, 0], shape.axes[2, 2])
    cos, sin = np.cos(yaw), np.sin(yaw)
    return np.array([cos * x + sin * z, y, cos * z - sin * x])


def _shade(shape: Shape, light: Light) -> Float:
    """Wrapped Lambert of the key with cast shadows, plus a fill from the camera."""
    key = _direction(light, shape)
    facing = shape.normals @ key.astype(np.float32)
    lambert = np.clip((facing + light.wrap) / (1 + light.wrap), 0, 1)
    lambert = 0.65 * lambert + 0.35 * lambert**2 * (
        3 - 2 * lambert
    )  # softer towards the terminator
    if light.shadow > 0:
        near = 0.5 + 0.5 * np.maximum(shape.face, shape.head)
        lambert = lambert * (1 - (1 - _visible(shape, key)) * light.shadow * near)
    normals = shape.normals
    fill = (0.72 + 0.28 * normals[..., 2]) * (0.9 + 0.1 * normals[..., 1])
    return np.asarray(light.key * lambert + light.fill * fill, np.float32)


def _visible(shape: Shape, key: NDArray[np.float64]) -> Mask:
    """How much of the key each cell sees, 0..1, by marching over the depth towards the light."""
    seen = np.ones_like(shape.depth)
    sideways = float(np.hypot(key[0], key[1]))
    if sideways < 1e-3:
        return seen
    dx, dy, rise = key[0] / sideways, -key[1] / sideways, key[2] / sideways
    rows, columns = seen.shape
    reach = 0.75 * shape.face_width
    penumbra = 0.2
    for step in range(1, _MARCH + 1):
        distance = reach * (step / _MARCH) ** 1.5
        if distance < 1.2:
            continue
        shift = np.array([[1, 0, -dx * distance], [0, 1, -dy * distance]], np.float32)
        there = cv2.warpAffine(shape.depth, shift, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
        # A little slack: cells of one smooth surface must not shade each other.
        clearance = (shape.depth + rise * distance - there) / distance + 0.03
        seen = np.minimum(seen, np.clip(0.5 + clearance / (2 * penumbra), 0, 1))
    seen = seen**2 * (3 - 2 * seen)
    return blur(seen.astype(np.float32), 0.028 * shape.face_width)


def _fit(light: Float, normals: Float, skin: Bool) -> Float:
    """Second-order spherical-harmonic shading (h, w) fitted to `light` on `skin`."""
    basis = _harmonics(normals[skin]).astype(np.float64)
    seen = light[skin].astype(np.float64)
    ridge = np.diag([0, 1, 1, 1, 3, 3, 3, 3, 3]) * 0.02 * len(seen)
    weight = np.ones(len(seen))
    solution = np.zeros(9)
    for _ in range(12):
        weighted = basis * weight[:, None]
        solution = np.linalg.solve(weighted.T @ basis + ridge * weight.mean(), weighted.T @ seen)
        miss = seen - basis @ solution
        scale = 1.48 * np.median(np.abs(miss)) + 1e-6
        weight = 1 / np.maximum(1, np.abs(miss) / (1.3 * scale)) ** 1.5
    return np.asarray(_harmonics(normals) @ solution.astype(np.float32), np.float32)


def _harmonics(normals: Float) -> Float:
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    terms = [np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1]
    return np.stack(terms, -1)


def _polygon(shape: Shape, points: tuple[int, ...]) -> NDArray[np.uint8]:
    canvas = np.zeros(shape.depth.shape, np.uint8)
    outline = shape.landmarks[list(points), :2].round().astype(np.int32)
    return np.asarray(cv2.fillPoly(canvas, [outline], (1,)), np.uint8)


def _sure_skin(shape: Shape) -> Bool:
    """The face without eyes, lips and brows, away from its rim and from grazing views."""
    skin = _polygon(shape, OVAL)
    for region in (LEFT_EYE, RIGHT_EYE, LIPS, LEFT_BROW, RIGHT_BROW):
        skin &= 1 - cv2.dilate(_polygon(shape, region), np.ones((5, 5), np.uint8))
    skin = cv2.erode(skin, np.ones((3, 3), np.uint8))
    sure = (skin > 0) & (shape.normals[..., 2] > 0.25) & (shape.mesh > 0) & (shape.matte > 0.5)
    return sure if sure.sum() >= 50 else (shape.mesh > 0)


def _skin_likelihood(linear: Linear, shape: Shape, skin: Bool) -> Mask:
    """Likelihood of skin on head and neck, from the face's own chroma and luminance."""
    x = linear + 1e-3
    features = np.stack(
        [
            np.log(x[..., 0] / x[..., 1]),
            np.log(x[..., 1] / x[..., 2]),
            0.35 * np.log(luminance(x)),
        ],
        -1,
    )
    middle = np.median(features[skin], 0)
    spread = 1.48 * np.median(np.abs(features[skin] - middle), 0) + 0.05
    distance = (((features - middle) / spread) ** 2).sum(-1)
    rows, columns = shape.depth.shape
    y, x_ = np.mgrid[0:rows, 0:columns]
    fw = shape.face_width
    chin_x, chin_y = shape.landmarks[CHIN, :2]
    neck = (y < chin_y + 0.55 * fw) & (y > chin_y - 0.3 * fw) & (np.abs(x_ - chin_x) < 0.6 * fw)
    region = (shape.head > 0.05) | neck
    likely = np.exp(-distance / 18) * region * shape.matte
    return blur(likely.astype(np.float32), 0.02 * fw)


def _cheek(light: Float, shape: Shape, points: tuple[int, ...]) -> float:
    hull = cv2.convexHull(shape.landmarks[list(points), :2].round().astype(np.int32))
    area = cv2.fillConvexPoly(np.zeros(light.shape, np.uint8), hull, (1,)) > 0
    return float(light[area].mean()) if area.any() else 0.0
