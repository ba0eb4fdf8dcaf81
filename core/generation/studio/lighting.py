"""Light by name: the photo's own shading is estimated, and replaced by that of the look's key.

Everything happens on the shape's coarse grid as a map of log gains (natural logarithm of linear
light) per channel; the full picture is then multiplied by it, so that skin texture stays the
sitter's.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces.regions import (
    CHIN,
    INNER_LIPS,
    LEFT_BROW,
    LEFT_CHEEK,
    LEFT_EYE,
    LIPS,
    OVAL,
    RIGHT_BROW,
    RIGHT_CHEEK,
    RIGHT_EYE,
)
from ...images import LUMINANCE, Float, Linear, Mask, blur, luminance, resize
from ..looks import Light
from .shading import shade
from .shape import Shape

_HAIR, _CLOTHES = 0.85, 0.6  # how far hair and clothes follow the light; skin follows fully
_RESIDUAL = 0.75  # share of the shading beyond second order that is taken out
_LIFT, _DEEPEN = 0.5, -2.6  # bounds of the log gain: lifting shows noise, deepening shows nothing
# Log gain per log gain of shade, red to blue, where skin is darkened.
_SHADE = np.array([-0.09, 0.0, 0.06], np.float32)

Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Unlit:
    """What relighting needs to know of a plate, once per plate; arrays (h, w) of the shape's grid.

    light: luminance of the foreground, linear; colour: the same as (h, w, 3). shading: the photo's
    own. skin: sure skin of the face. weight: how far each cell follows new light. face: skin
    likelihood, face and neck. lit_right: the photo was lit from image right.
    """

    light: Float
    colour: Linear
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
    dark = 1e-3 * float(np.median(light[skin])) + 1e-9  # relative, so that all skins fare alike
    shading = _fit(light, shape.normals, skin)
    low, high = np.quantile(light[skin], [0.04, 0.97])
    low = max(low * 0.8, 0.12 * high)
    shading = np.minimum(low + np.maximum(0, shading - low), high * 1.05)
    middle = float(np.median(shading[skin]))

    likely = np.clip(_skin_likelihood(small + np.float32(dark), shape, skin) * 1.4, 0, 1)
    face = np.maximum(shape.face, likely)
    outside = 0.45 * (1 - blur(face, 0.02 * fw))  # the fit means less where it saw nothing
    log = np.log(shading) * (1 - outside) + np.log(middle) * outside

    seen = skin | ((likely > 0.75) & (shape.matte > 0.95) & (shape.mesh < 1))
    ratio = np.clip(np.log(np.maximum(light, dark)) - log, -0.9, 0.7) * seen
    sigma = 0.045 * fw
    residual = blur(ratio.astype(np.float32), sigma) / (blur(seen.astype(np.float32), sigma) + 0.15)
    residual -= np.median(residual[skin])
    log = log + _RESIDUAL * residual * face
    # What is left must not favour any side, or the old light would shine through the new.
    left = np.log(np.maximum(light, dark)) - log
    lean = np.clip(_fit(np.asarray(left, np.float32), shape.normals, skin, order=1), -0.6, 0.6)
    log = log + (lean - np.median(lean[skin])) * face

    rest = shape.head * _HAIR + (1 - shape.head) * _CLOTHES
    left_cheek, right_cheek = _cheek(light, shape, LEFT_CHEEK), _cheek(light, shape, RIGHT_CHEEK)
    return Unlit(
        light=light,
        colour=small,
        shading=np.exp(log).astype(np.float32),
        skin=skin,
        weight=np.asarray(face + (1 - face) * rest, np.float32),
        face=np.asarray(face, np.float32),
        lit_right=right_cheek >= left_cheek,
    )


def relight(unlit: Unlit, shape: Shape, light: Light) -> Float:
    """Log gains (h, w, 3) that turn the photo's light into `light`; azimuth > 0 is image right.

    The skin that the key reaches keeps its luminance: light changes, the sitter's skin not.
    """
    skin = unlit.skin
    key, fill = shade(shape, light)
    _shade_mouth(key, shape, light)
    wanted = key + fill
    log = np.log(np.maximum(wanted, 1e-3) / unlit.shading)
    before = np.quantile(unlit.light[skin], 0.75)
    after = np.quantile(unlit.light[skin] * np.exp(log[skin]), 0.8)
    log = (log + np.log(before / after)) * unlit.weight
    # Where the photo's own light was strongly opposed, lower the exposure rather than lift beyond
    # what the shadows can bear.
    log -= 0.7 * max(0.0, float(np.quantile(log[skin], 0.93)) - 0.45)
    log = np.where(log > 0, _LIFT * np.tanh(log / _LIFT), np.maximum(log, _DEEPEN))
    log = blur(log.astype(np.float32), 0.006 * shape.face_width)

    # Skin in shade is more saturated than skin in light, for what reaches the eye has gone through
    # it; darkened skin takes a little of that, or it looks grey.
    colour = log[..., None] * (1 + (unlit.face * (log < 0))[..., None] * _SHADE)
    if light.warmth:
        colour += (unlit.weight * key / wanted)[..., None] * _warm(light.warmth)
    return np.asarray(colour * np.float32(light.strength), np.float32)


def expose(linear: Linear, log_gain: Float) -> Linear:
    """`linear` (H, W, 3) under log gains (H, W) or (H, W, 3); highlights roll off."""
    gain = np.asarray(cv2.exp(log_gain), np.float32)
    if gain.ndim == 2:
        gain = np.asarray(cv2.merge([gain, gain, gain]), np.float32)
    return roll_off(linear * gain)


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
    largest = np.maximum(np.maximum(linear[..., 0], linear[..., 1]), linear[..., 2])
    hot = largest > knee
    if not hot.any():
        return linear
    over, top = linear[hot], largest[hot][:, None]
    rolled = linear.copy()
    rolled[hot] = 0.6 * over * (_soft(top, knee) / top) + 0.4 * _soft(over, knee)
    return rolled


def _soft(x: Float, knee: float) -> Float:
    over = np.maximum(x - knee, 0) / (1 - knee)
    return np.where(x > knee, 1 - (1 - knee) * np.exp(-over), x)


def _warm(warmth: float) -> Float:
    """Log gains (3,) of a light's warmth at the same luminance; `finish.grade` has the scale."""
    gains = np.array([1 + 0.035 * warmth, 1.0, 1 - 0.05 * warmth], np.float32)
    return np.log(gains / (gains @ LUMINANCE))


def _shade_mouth(key: Float, shape: Shape, light: Light) -> None:
    """Lips shade what is between them from a key above: teeth are no brighter than skin allows."""
    inner = _polygon(shape, INNER_LIPS).astype(np.float32)
    above = max(0.0, np.sin(np.radians(light.elevation)))
    key *= 1 - blur(inner, 0.012 * shape.face_width) * np.float32(0.6 * light.shadow * above)


def _fit(light: Float, normals: Float, skin: Bool, order: int = 2) -> Float:
    """Spherical-harmonic shading (h, w) of first or second order fitted to `light` on `skin`."""
    terms = (order + 1) ** 2
    basis = _harmonics(normals[skin])[:, :terms].astype(np.float64)
    seen = light[skin].astype(np.float64)
    ridge = np.diag([0, 1, 1, 1, 3, 3, 3, 3, 3][:terms]) * 0.02 * len(seen)
    weight = np.ones(len(seen))
    solution = np.zeros(terms)
    for _ in range(12):
        weighted = basis * weight[:, None]
        solution = np.linalg.solve(weighted.T @ basis + ridge * weight.mean(), weighted.T @ seen)
        miss = seen - basis @ solution
        scale = 1.48 * np.median(np.abs(miss)) + 1e-9
        weight = 1 / np.maximum(1, np.abs(miss) / (1.3 * scale)) ** 1.5
    return np.asarray(_harmonics(normals)[..., :terms] @ solution.astype(np.float32), np.float32)


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
    x = linear
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
