"""The wall behind the sitter: lit paper or painted canvas, made from noise, never from a photo."""

from __future__ import annotations

import numpy as np

from ...images import Float, Linear, blur, resize, to_linear
from ..looks import Backdrop

# Sizes of the canvas's brush marks in picture widths, with their share of the contrast.
_MARKS = ((0.22, 0.5), (0.085, 0.32), (0.03, 0.18))


def wall(
    backdrop: Backdrop,
    width: int,
    height: int,
    *,
    centre: float,
    light_side: float,
    rng: np.random.Generator,
) -> Linear:
    """The backdrop, linear light (height, width, 3).

    centre: column of the light's pool as a share of the width. light_side: -1 the key comes from
    the left, 1 from the right: the wall brightens a little on the other side, as it does when the
    key is feathered across the sitter.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    across = x / width - centre + 0.06 * light_side
    down = (y / height - backdrop.spot) * height / width * 0.9
    distance = np.sqrt(across**2 + down**2)
    pool = 1 / (1 + (distance / 0.62) ** 2) ** 1.5  # an inverse-square lamp before a flat wall
    pool = pool / pool.max()
    light = 1 - backdrop.falloff * (1 - pool)
    if backdrop.texture > 0:
        light = light * (1 + 0.34 * backdrop.texture * _canvas(width, height, rng))
    colour = to_linear(np.array(backdrop.colour, np.float32))
    return np.asarray(light[..., None] * colour, np.float32)


def _canvas(width: int, height: int, rng: np.random.Generator) -> Float:
    """Mottled brush marks about 0, standard deviation about 0.4."""
    columns = 256
    rows = max(1, round(columns * height / width))
    total = np.zeros((rows, columns), np.float32)
    for size, share in _MARKS:
        noise = blur(rng.standard_normal((rows, columns)).astype(np.float32), size * columns / 2)
        total += np.float32(share) * noise / max(float(noise.std()), 1e-6)
    return resize(np.tanh(0.7 * total) * np.float32(0.6), width, height)
