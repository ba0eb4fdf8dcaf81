"""Studio walls under one lamp: seamless paper, a gradient, painted canvas."""

from __future__ import annotations

import cv2
import numpy as np

from ....images import Float, Linear, blur, resize, to_linear
from ...looks import Backdrop

_COLUMNS = 384  # working width of the paint; backdrops are never in focus
# Sizes of the mottling in picture widths, with their share of the contrast.
_MOTTLE = ((0.22, 0.5), (0.085, 0.32), (0.03, 0.18))
# Brush strokes: length and breadth in picture widths, angle in degrees.
_STROKES = ((0.20, 0.055, 24.0), (0.16, 0.045, -52.0), (0.13, 0.04, 78.0))
_TINTS = (0.05, -0.05)  # gains of red and blue between the warmer and cooler coats of canvas


def even(backdrop: Backdrop, width: int, height: int) -> Linear:
    """A wall of one colour, linear RGB float32 (height, width, 3)."""
    colour = to_linear(np.array(backdrop.colour, np.float32))
    return np.broadcast_to(colour, (height, width, 3)).copy()


def paper(
    backdrop: Backdrop,
    width: int,
    height: int,
    centre: float,
    side: float,
    rng: np.random.Generator,
) -> Linear:
    """Paper, gradient or canvas, linear RGB float32 (height, width, 3).

    The wall is a little brighter on the side away from the key light, as when the key is feathered
    across the sitter.
    """
    x = (np.arange(width, dtype=np.float32) + 0.5) / width
    y = (np.arange(height, dtype=np.float32) + 0.5) / height
    across = (x - centre + 0.06 * side)[None]
    down = ((y - backdrop.spot) * height / width * 0.9)[:, None]
    # An inverse-square lamp before a flat wall, times the cosine at which its light arrives.
    square = 1 + (across**2 + down**2) / np.float32(0.62**2)
    light = 1 - np.float32(backdrop.falloff) * (1 - 1 / (square * np.sqrt(square)))
    if backdrop.kind == "gradient":
        # Mixed as sRGB values, so that the gradient looks even.
        share = (y * y * (3 - 2 * y))[:, None, None]
        colour, shade = np.array(backdrop.colour), np.array(backdrop.shade)
        mixed = to_linear(np.asarray(shade * (1 - share) + colour * share, np.float32))
        return np.asarray(light[..., None] * mixed, np.float32)
    colour = to_linear(np.array(backdrop.colour, np.float32))
    lit = np.asarray(light[..., None] * colour, np.float32)
    if backdrop.texture > 0:
        lit *= resize(_paint(backdrop, height / width, rng), width, height)
        np.clip(lit, 0, 1, out=lit)
    return lit


def _paint(backdrop: Backdrop, tall: float, rng: np.random.Generator) -> Float:
    """Gains (rows, columns, 3) about 1 for the unevenness of paint."""
    columns, rows = _COLUMNS, max(1, round(_COLUMNS * tall))
    mottle = np.zeros((rows, columns), np.float32)
    for size, share in _MOTTLE:
        mottle += np.float32(share) * _unit(blur(_noise(rows, columns, rng), size * columns / 2))
    marks = np.tanh(0.7 * mottle) * np.float32(0.6)
    gains = np.repeat(1 + np.float32(0.34 * backdrop.texture) * marks[..., None], 3, 2)
    if backdrop.kind == "canvas":
        for length, breadth, angle in _STROKES:
            strokes = _stroked(_noise(rows, columns, rng), length, breadth, angle)
            gains *= 1 + np.float32(0.035 * backdrop.texture) * strokes[..., None]
        coat = np.tanh(_unit(blur(_noise(rows, columns, rng), 0.12 * columns)))
        for channel, tint in zip((0, 2), _TINTS, strict=True):
            gains[..., channel] *= 1 + np.float32(tint * backdrop.texture) * coat
    return gains


def _noise(rows: int, columns: int, rng: np.random.Generator) -> Float:
    return rng.standard_normal((rows, columns), np.float32)


def _unit(values: Float) -> Float:
    return values / np.float32(max(float(values.std()), 1e-6))


def _stroked(noise: Float, length: float, breadth: float, angle: float) -> Float:
    """Noise smeared along `angle` in degrees, with deviation 1."""
    columns = noise.shape[1]
    long, wide = length * columns / 2, breadth * columns / 2
    reach = int(2 * long)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    turn = np.radians(angle)
    along, off = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    kernel = np.exp(-((along / long) ** 2) - (off / wide) ** 2).astype(np.float32)
    return _unit(np.asarray(cv2.filter2D(noise, -1, kernel), np.float32))
