"""Relighting: replaces the estimated shading of the photo by that of the look's light.

The result is a map of log gains (natural logarithm of linear light) per channel on the shape's
coarse grid. The full picture is multiplied by it, so the skin texture stays the sitter's.
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

_LIFT, _DEEPEN = 0.5, -2.6  # bounds of the log gain: brightening shows noise, darkening doesn't
# Log gain per log gain of shade, red to blue, where skin is darkened.
_SHADE = np.array([-0.09, 0.0, 0.06], np.float32)


def relight(unlit: Unlit, shape: Shape, light: Light) -> Float:
    """Log gains, float32 (h, w, 3), that turn the photo's light into `light`.

    The skin in the key light keeps its luminance: the light changes, but not the sitter's skin.
    """
    skin = unlit.skin
    key, fill = shade(shape, light)
    _shade_mouth(key, shape, light)
    wanted = key + fill
    log = np.log(np.maximum(wanted, 1e-3) / unlit.shading)
    before = np.quantile(unlit.light[skin], 0.75)
    after = np.quantile(unlit.light[skin] * np.exp(log[skin]), 0.8)
    log = (log + np.log(before / after)) * unlit.weight
    # With a strongly opposed light in the photo, lower the exposure rather than brighten shadows
    # too much.
    log -= 0.7 * max(0.0, float(np.quantile(log[skin], 0.93)) - 0.45)
    log = np.where(log > 0, _LIFT * np.tanh(log / _LIFT), np.maximum(log, _DEEPEN))
    log = blur(log.astype(np.float32), 0.006 * shape.face_width)

    # Skin in shade is more saturated than lit skin (subsurface scattering), so darkened skin gets a
    # little saturation, or it would look grey.
    colour = log[..., None] * (1 + (unlit.face * (log < 0))[..., None] * _SHADE)
    if light.warmth:
        colour += (unlit.weight * key / wanted)[..., None] * _warm(light.warmth)
    return np.asarray(colour * np.float32(light.strength), np.float32)


def expose(linear: Linear, log_gain: Float) -> Linear:
    """`linear` (H, W, 3) under log gains (H, W) or (H, W, 3), with a shoulder for highlights."""
    gain = np.asarray(cv2.exp(log_gain), np.float32)
    if gain.ndim == 2:
        gain = np.asarray(cv2.merge([gain, gain, gain]), np.float32)
    return roll_off(linear * gain)


def exposure(unlit: Unlit, skin_lightness: float) -> float:
    """Log gain that brings the photo's skin most of the way to the sitter's own.

    skin_lightness: median L* of the sitter's skin over all enrolled photos. The target is the
        sitter, not a standard: exposing all skin to one lightness would lighten dark skin.
    """
    wanted = ((skin_lightness + 16) / 116) ** 3  # CIE 1976 L* to relative luminance
    current = float(np.median(unlit.light[unlit.skin]))
    return float(np.clip(0.8 * np.log(wanted / max(current, 1e-3)), -0.5, 0.7))


def roll_off(linear: Linear, knee: float = 0.6) -> Linear:
    """`linear` with highlights above `knee` compressed towards 1.

    60 % by the largest channel, which keeps the hue, and 40 % per channel, so that hot skin gets
    pale as on film instead of orange.
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
    """Log gains (3,) for a light's warmth at the same luminance, on the scale of `grade`."""
    gains = np.array([1 + 0.035 * warmth, 1.0, 1 - 0.05 * warmth], np.float32)
    return np.log(gains / (gains @ LUMINANCE))


def _shade_mouth(key: Float, shape: Shape, light: Light) -> None:
    """Darken `key` between the lips, which shade the teeth from a light above."""
    inner = polygon(shape, INNER_LIPS).astype(np.float32)
    above = max(0.0, np.sin(np.radians(light.elevation)))
    key *= 1 - blur(inner, 0.012 * shape.face_width) * np.float32(0.6 * light.shadow * above)
