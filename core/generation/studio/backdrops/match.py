"""Matches the sitter to a backdrop: coloured edges, veiling glare, light wrap and noise."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....images import Float, Image, Linear, Mask, blur, luminance, resize
from ....portrait.noise import deviation, unevenness

_REACH = 0.10  # face widths from the edge over which the wall's colour spills
_SPILL = 0.22  # how far colours at the very edge shift towards the wall's
_VEIL = 0.010  # share of the wall's mean light that a good lens scatters over the picture
_SHADOWS = 0.03  # linear luminance below which veiling glare shows
_COLUMNS = 320  # working width of the wide blurs
_MOST_NOISE = 0.012  # sRGB deviation; more is a fault of the photo
_LIGHT_WRAP, _WRAP_REACH = 0.15, 0.025  # amount, and reach in face widths; at .4 ears look clear


@dataclass(frozen=True, eq=False)
class Bounce:
    """The effect of the wall's light on the sitter.

    tint: gains on the sitter's colours, float32 (h, w, 3), smooth and small.
    veil: linear light that the lens scatters over the picture, float32 (3,).
    """

    tint: Float
    veil: Float


def bounce(matte: Mask, wall: Linear, face_width: float) -> Bounce:
    """The light that `wall` (H, W, 3) sends back to the sitter of `matte` (H, W)."""
    rows, columns = matte.shape
    scale = min(1.0, _COLUMNS / columns)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    reach = _REACH * face_width * scale
    cover = resize(matte, *size)
    around = blur(resize(wall, *size), 2 * reach)
    edge = np.clip(2 * blur(1 - cover, reach), 0, 1) * cover
    hue = around / np.maximum(luminance(around), 1e-3)[..., None]
    tint = np.clip(hue, 0.5, 1.6) ** (_SPILL * edge[..., None])
    return Bounce(np.asarray(tint, np.float32), np.float32(_VEIL) * wall.reshape(-1, 3).mean(0))


def match(foreground: Linear, matte: Mask, wall: Linear, skin: Mask, face_width: float) -> Linear:
    """The foreground (H, W, 3) with the wall's light on it; linear light in and out.

    The wall's light tints the sitter's edges without changing luminance, and the glare of a bright
    wall lifts the deepest blacks of hair and cloth.

    matte: float32 (H, W) 0..1.
    wall: linear RGB (H, W, 3).
    skin: float32 (H, W) 0..1; where it is 1, nothing gets lighter or darker.
    face_width: in pixels.
    """
    bounced = bounce(matte, wall, face_width)
    tint = resize(bounced.tint, matte.shape[1], matte.shape[0])
    return veiled(tinted(foreground, tint, skin), foreground, bounced.veil, skin)


def tinted(foreground: Linear, tint: Float, skin: Mask) -> Linear:
    """The first half of `match`: the tint (H, W, 3) on the edges, with luminance kept."""
    own = luminance(foreground)
    # Skin takes half the tint: in a garden green cheeks are true, but nobody wants them.
    share = (1 - np.float32(0.5) * skin)[..., None]
    result = np.asarray(foreground * (1 + (tint - 1) * share), np.float32)
    result *= (own / np.maximum(luminance(result), 1e-6))[..., None]
    return result


def veiled(edged: Linear, foreground: Linear, veil: Float, skin: Mask) -> Linear:
    """The second half of `match`, the veil: `edged` is the result of `tinted`."""
    lift = np.exp(luminance(foreground) / np.float32(-_SHADOWS)) * (1 - np.clip(skin * 1.5, 0, 1))
    return np.asarray(edged + lift[..., None] * veil, np.float32)


def over(foreground: Linear, matte: Mask, backdrop: Linear) -> Linear:
    """The foreground over the backdrop, linear RGB float32 (H, W, 3)."""
    cover = matte[..., None]
    return np.asarray(foreground * cover + backdrop * (1 - cover), np.float32)


@dataclass(frozen=True, eq=False)
class Rim:
    """Light wrap: a little of the wall's light around the sitter's edge.

    share: how much of it, float32 (h, w) 0..1.
    light: linear RGB float32 (h, w, 3).
    """

    share: Mask
    light: Linear


def rim(matte: Mask, backdrop: Linear, face_width: float) -> Rim:
    """The light wrap of the sitter of `matte` (H, W) before `backdrop` (H, W, 3)."""
    rows, columns = matte.shape
    sigma = _WRAP_REACH * face_width
    share = np.float32(_LIGHT_WRAP) * blur(1 - matte, sigma)
    small = cv2.resize(backdrop, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    light = cv2.resize(cv2.GaussianBlur(small, (0, 0), max(0.5, sigma / 4)), (columns, rows))
    return Rim(share, np.asarray(light, np.float32))


def noise_of(image: Image, matte: Mask) -> float:
    """Standard deviation of the sitter's fine noise, sRGB units; 0 where it can't be measured.

    image: sRGB float32 (H, W, 3).
    matte: float32 (H, W).
    """
    return noise_in(unevenness(image, matte))


def noise_in(differences: Float) -> float:
    """`noise_of` by the results of `unevenness`, such as those of all tiles of a picture."""
    return min(deviation(differences), _MOST_NOISE)


def noisy(image: Float, noise: float, matte: Mask, rng: np.random.Generator) -> Float:
    """`image`, sRGB float32 (H, W, 3), with noise of this deviation on the wall as well."""
    if noise <= 0:
        return image
    grain = rng.standard_normal(matte.shape, np.float32) * np.float32(noise) * (1 - matte)
    return np.asarray(np.clip(image + grain[..., None], 0, 1), np.float32)
