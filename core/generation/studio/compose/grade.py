"""The grade: contrast, colour, black and white, grain."""

from __future__ import annotations

from math import ceil

import numpy as np

from ....images import LUMINANCE, Float, Image, Linear, blur, to_srgb
from ...finish_table import table_of
from ...looks import Finish

# Weights of a red-leaning panchromatic film: skin comes out a little lighter and smoother.
_FILM = np.array([0.42, 0.44, 0.14], np.float32)


def grade(linear: Linear, finish: Finish, rng: np.random.Generator) -> Image:
    """A picture in linear RGB (H, W, 3) as finished sRGB float32 (H, W, 3) 0..1."""
    warm = np.array([1 + 0.035 * finish.warmth, 1.0, 1 - 0.05 * finish.warmth], np.float32)
    weights = _FILM if finish.monochrome else LUMINANCE
    colour = np.asarray(linear * (warm / np.float32(warm @ LUMINANCE)), np.float32)
    if finish.monochrome:
        grey = (colour @ weights)[..., None]
        colour = np.repeat(grey, 3, 2)
    image = to_srgb(colour)
    if finish.saturation != 1 and not finish.monochrome:
        grey = (image @ weights)[..., None]
        image = grey + (image - grey) * np.float32(finish.saturation)
    if finish.contrast != 1:
        # A smoothstep curve about mid-grey, which keeps black and white.
        clipped = np.clip(image, 0, 1)
        curve = clipped * clipped * (3 - 2 * clipped)
        image = clipped + (curve - clipped) * np.float32(2 * (finish.contrast - 1))
    if finish.lut and finish.lut_strength:
        image = np.asarray(np.clip(image, 0, 1), np.float32)
        table = table_of(finish.lut)
        image = image + (table.applied(image) - image) * np.float32(finish.lut_strength)
    # Grain also dithers the wall's smooth gradients, which would show banding in 8 bits.
    if finish.grain:
        height, width = image.shape[:2]
        image += (np.float32(finish.grain) * _grain(height, width, finish, rng))[..., None]
    return np.asarray(np.clip(image, 0, 1), np.float32)


def _grain(height: int, width: int, finish: Finish, rng: np.random.Generator) -> Float:
    """Noise with a deviation of about 1."""
    if not finish.monochrome:
        return rng.standard_normal((height, width), np.float32)
    sigma = 0.6 * width / 1024
    # With a margin, so that strips have the same noise at their edges.
    more = ceil(3 * sigma)
    noise = rng.standard_normal((height + 2 * more, width), np.float32)
    return blur(noise, sigma)[more : more + height] * np.float32(1.6)
