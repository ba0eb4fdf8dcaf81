"""Relighting: replaces the estimated shading of the photo by that of the look's light.

The result is a map of log gains (natural logarithm of linear light) per channel on the shape's
coarse grid. The full picture is multiplied by it, so the skin texture stays the sitter's.
"""

from __future__ import annotations

import cv2
import numpy as np

from ....faces.regions import INNER_LIPS
from ....identity.identity import ColourStatistics
from ....images import LUMINANCE, Float, Linear, blur
from ....portrait.lit_chroma import smooth_log_light
from ....portrait.shading import Unlit, polygon
from ....portrait.shape import Shape
from ....portrait.skin import skin_tones
from ...looks import Light
from .shading import shade

_LIFT, _DEEPEN = 0.5, -2.6  # bounds of the log gain: brightening shows noise, darkening doesn't
_MOST_TINT = 0.25  # largest log gain of red or blue against green by that
_BRIGHTEST = 0.2  # log gain of the brightest skin over what it was, at most
_ROUNDS = 5  # in which the exposure is found


def relight(unlit: Unlit, shape: Shape, light: Light) -> Float:
    """Log gains, float32 (h, w, 3), that turn the photo's light into `light`.

    The skin in the key light keeps its luminance: the light changes, but not the sitter's skin.
    """
    key, fill = shade(shape, light)
    _shade_mouth(key, shape, light)
    wanted = key + fill
    log = np.log(np.maximum(wanted, 1e-3) / unlit.shading)
    log = _bounded(log, unlit)
    log = blur(log.astype(np.float32), 0.006 * shape.face_width)
    colour = _coloured(log, unlit, shape.face_width)
    if light.warmth:
        colour += (unlit.weight * key / wanted)[..., None] * _warm(light.warmth)
    return np.asarray(colour * np.float32(light.strength), np.float32)


def _bounded(log: Float, unlit: Unlit) -> Float:
    """`log`, exposed so that lit skin keeps its luminance and the brightest gets little brighter.

    Deep shadows of the photo are lifted only so far. The rest of them stays, as the alternative is
    to darken all that is lit to their level: a dull face in which every pore of the shadows shows.
    """
    skin = unlit.skin
    light, gain, weight = unlit.light[skin], log[skin], unlit.weight[skin]
    before = np.log(np.quantile(light, (0.75, 0.99))) + np.array([0, _BRIGHTEST])
    offset, lit = 0.0, light * np.exp(gain)
    for _ in range(_ROUNDS):
        offset += float(np.min(before - np.log(np.quantile(lit, (0.8, 0.99)))))
        lit = light * np.exp(_limited((gain + offset) * weight))
    return _limited((log + np.float32(offset)) * unlit.weight)


def _limited(log: Float) -> Float:
    bounded = np.where(log > 0, _LIFT * np.tanh(log / _LIFT), np.maximum(log, _DEEPEN))
    return np.asarray(bounded, np.float32)


def _coloured(log: Float, unlit: Unlit, face_width: float) -> Float:
    """The log gain for each channel, (h, w, 3): skin gets the chroma that it has in such light."""
    face = unlit.likely_skin > 0.01
    before = smooth_log_light(unlit.light, unlit.likely_skin, face_width)[face]
    change = np.clip(unlit.chroma.change(before, log[face]), -_MOST_TINT, _MOST_TINT)
    change *= unlit.likely_skin[face][:, None]
    colour = np.repeat(log[..., None], 3, axis=2)
    colour[face, 0] += change[:, 0]
    colour[face, 2] += change[:, 1]
    return colour


def expose(linear: Linear, log_gain: Float) -> Linear:
    """`linear` (H, W, 3) under log gains (H, W) or (H, W, 3), with a shoulder for highlights."""
    gain = np.asarray(cv2.exp(log_gain), np.float32)
    if gain.ndim == 2:
        gain = np.asarray(cv2.merge([gain, gain, gain]), np.float32)
    return roll_off(linear * gain)


def exposure(unlit: Unlit, own: ColourStatistics) -> Float:
    """Log gains, float32 (h, w, 3), that bring the skin most of the way to the sitter's own.

    own: the sitter's skin over all enrolled photos, as `skin_middle` measures it, and as the
        photo's is measured here: shadows and beards count in neither. The target is the sitter, not
        a standard: exposing all skin to one lightness would lighten dark skin.

    A photo is darkened only as far as it is surely too bright: the others may have been taken in
    the dark. Skin that gets brighter keeps its chroma, or it would turn orange.
    """
    light = unlit.light[unlit.oval]
    current = max(float(np.median(light[skin_tones(light)])), 1e-3)
    lightness, deviation = float(own.mean[0]), float(own.deviation[0])
    wanted = ((lightness + 16) / 116) ** 3  # CIE 1976 L* to relative luminance
    error = lightness - (116 * current ** (1 / 3) - 16)
    sure = 1.0 if error > 0 else error**2 / (error**2 + deviation**2)
    gain = float(np.clip(min(0.8, sure) * np.log(wanted / current), -0.5, 0.7))
    red, blue = max(gain, 0.0) * unlit.chroma.brighter
    held = unlit.likely_skin[..., None] * np.array([red, 0, blue], np.float32)
    return np.asarray(held + np.float32(gain), np.float32)


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
