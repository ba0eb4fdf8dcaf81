"""Making the sitter belong before a wall that was never there: little, and never on the skin."""

from __future__ import annotations

import numpy as np

from ....images import Float, Linear, Mask, blur, luminance, resize

_REACH = 0.10  # face widths from the edge that the wall's colour reaches
_SPILL = 0.22  # how far colours at the very edge go towards the wall's
_VEIL = 0.010  # share of the wall's mean light that a good lens scatters over the picture
_SHADOWS = 0.03  # linear luminance below which a veil shows at all
_COLUMNS = 320  # working width of the wide blurs
_MOST_NOISE = 0.012  # sRGB deviation; more is a fault of the photo, not a look


def match(foreground: Linear, matte: Mask, wall: Linear, skin: Mask, face_width: float) -> Linear:
    """The foreground (H, W, 3) with the wall's light on it: linear light in and out.

    Light that the wall sends back tints the sitter's edges, luminance kept; a bright wall's veil
    lifts the deepest blacks of hair and cloth. Where `skin` (H, W) 0..1 is 1 nothing gets lighter
    or darker.
    """
    rows, columns = matte.shape
    scale = min(1.0, _COLUMNS / columns)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    reach = _REACH * face_width * scale
    cover = resize(matte, *size)
    around = blur(resize(wall, *size), 2 * reach)
    edge = np.clip(2 * blur(1 - cover, reach), 0, 1) * cover
    hue = around / np.maximum(luminance(around), 1e-3)[..., None]
    tint = np.clip(hue, 0.5, 1.6) ** (_SPILL * edge[..., None])
    own = luminance(foreground)
    tinted = foreground * resize(np.asarray(tint, np.float32), columns, rows)
    # Skin keeps its chroma by half as well: a green cheek is true in a garden, and unwelcome.
    share = (1 - 0.5 * skin)[..., None]
    tinted = np.asarray(foreground + (tinted - foreground) * share, np.float32)
    tinted *= (own / np.maximum(luminance(tinted), 1e-6))[..., None]
    veil = np.float32(_VEIL) * wall.reshape(-1, 3).mean(0)
    lift = np.exp(-own / np.float32(_SHADOWS)) * (1 - np.clip(skin * 1.5, 0, 1))
    return np.asarray(tinted + lift[..., None] * veil, np.float32)


def noise_of(image: Float, matte: Mask) -> float:
    """Deviation of the fine noise in the sitter's evenest parts, sRGB units; 0 where nothing is.

    image: sRGB (H, W, 3). From the differences of neighbours along diagonals, which cancel slopes
    (Immerkaer, "Fast Noise Variance Estimation", 1996), in the quietest tenth of 16-pixel cells.
    """
    grey = np.asarray(image.mean(-1), np.float32)
    laplace = grey[:-2, :-2] + grey[:-2, 2:] + grey[2:, :-2] + grey[2:, 2:] + 4 * grey[1:-1, 1:-1]
    laplace -= 2 * (grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:])
    rows, columns = laplace.shape[0] // 16, laplace.shape[1] // 16
    if not rows or not columns:
        return 0.0
    cells = np.abs(laplace[: rows * 16, : columns * 16]).reshape(rows, 16, columns, 16)
    covered = matte[1 : 1 + rows * 16, 1 : 1 + columns * 16].reshape(rows, 16, columns, 16)
    inside = covered.min((1, 3)) > 0.98
    if inside.sum() < 10:
        return 0.0
    # The mean of |N(0, 6 s)| is 6 s sqrt(2 / pi).
    found = np.quantile(cells.mean((1, 3))[inside], 0.1) * np.sqrt(np.pi / 2) / 6
    return float(min(found, _MOST_NOISE))


def noisy(image: Float, noise: float, matte: Mask, rng: np.random.Generator) -> Float:
    """`image`, sRGB (H, W, 3), with the sitter's noise on the wall too: one camera saw both."""
    if noise <= 0:
        return image
    grain = rng.standard_normal(matte.shape, np.float32) * np.float32(noise) * (1 - matte)
    return np.asarray(np.clip(image + grain[..., None], 0, 1), np.float32)
