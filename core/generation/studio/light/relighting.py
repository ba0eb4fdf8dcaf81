"""Light by name: the photo's own shading is estimated, and replaced by that of the look's key.

Everything happens on the shape's coarse grid as a map of log gains (natural logarithm of linear
light) per channel; the full picture is then multiplied by it, so that skin texture stays the
sitter's.
"""

from __future__ import annotations

import cv2
import numpy as np

from ....faces.regions import INNER_LIPS
from ....images import LUMINANCE, Float, Linear, blur
from ....portrait.shading import Unlit, polygon
from ....portrait.shape import Shape
from ...looks import Light
from .shading import shade

_LIFT, _DEEPEN = 0.5, -2.6  # bounds of the log gain: lifting shows noise, deepening shows nothing
# Log gain per log gain of shade, red to blue, where skin is darkened.
_SHADE = np.array([-0.09, 0.0, 0.06], np.float32)


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
    inner = polygon(shape, INNER_LIPS).astype(np.float32)
    above = max(0.0, np.sin(np.radians(light.elevation)))
    key *= 1 - blur(inner, 0.012 * shape.face_width) * np.float32(0.6 * light.shadow * above)
