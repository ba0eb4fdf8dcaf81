"""Transparent backdrops: puts a sitter on an even tone, and removes that tone again.

Inside the program a picture with a transparent backdrop is, as all pictures, an image and a matte,
so that it can be shown, scored and refined. Its provenance says on which tone it is shown. It is
mixed with the tone in sRGB values, as browsers, office programs and most editors do, so the
sitter's own colours can be recovered exactly.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..images import Float, Image, Mask, blur, from_u8, resize, to_u8
from ..provenance import Provenance
from .looks import Colour

_BARE = 1 / 510  # coverage below which 8 bits show nothing
# Largest difference of a picture's bare parts from its tone: a step of 8 bits and its rounding; and
# their least distance from the sitter, in picture widths, as enlarging rings and blurs at edges.
_OFF, _AWAY = 1.6 / 255, 0.01
_LET_PASS = 1e-3  # share of bare pixels that may differ by more
# Coverage below which a pixel takes its neighbours' colour: divided by so little, rounding would
# show as coloured specks in programs that ignore coverage.
_FAINT = np.float32(1e-3)
_COLUMNS = 320  # working width at which colours spread into bare parts
_SPREADS = (0.004, 0.016, 0.06, 0.25, 1.0)  # sigmas in working widths, used one after the other


def laid_on(colours: Image, matte: Mask, tone: Colour) -> Image:
    """`colours` (sRGB (H, W, 3)) with coverage `matte` (H, W) over `tone`, rounded to 8 bits."""
    cover = matte[..., None]
    return np.asarray(colours * cover + _rounded(tone) * (1 - cover), np.float32)


def written(tone: Colour) -> str:
    """A tone as "#rrggbb"."""
    return "#" + bytes(to_u8(np.asarray(tone, np.float32))).hex()


def shown_on(provenance: Provenance) -> Colour | None:
    """The tone, sRGB 0..1, that a picture is shown on; None where it isn't transparent."""
    if provenance.tone is None:
        return None
    samples = np.frombuffer(bytes.fromhex(provenance.tone.removeprefix("#")), np.uint8)
    red, green, blue = (float(each) for each in from_u8(samples))
    return red, green, blue


def stands_on(image: Image, matte: Mask, tone: Colour) -> bool:
    """Whether `image` shows `tone` wherever `matte` is 0, as a result of `laid_on` does."""
    side = 2 * round(_AWAY * matte.shape[1]) + 1
    bare = cv2.dilate(matte, np.ones((side, side), np.uint8)) < _BARE
    off = np.abs(image[bare] - _rounded(tone)).max(-1, initial=0) > _OFF
    return float(off.sum()) <= _LET_PASS * off.size


def taken_off(image: Image, matte: Mask, tone: Colour) -> Image:
    """The inverse of `laid_on`: the sitter's own colours for straight alpha, sRGB (H, W, 3).

    They hold nothing of the tone. Beside the sitter the nearest colours of theirs continue, so that
    programs that resize colours and coverage separately show no fringe. The photo's old background
    is never among them.
    """
    cover = matte[..., None]
    own = np.asarray(np.clip(image - _rounded(tone) * (1 - cover), 0, cover), np.float32)
    near = _spread(own, matte)
    return np.asarray(np.clip((own + _FAINT * near) / (cover + _FAINT), 0, 1), np.float32)


def _spread(own: Float, matte: Mask) -> Image:
    """Colours (H, W, 3) for all pixels by spreading `own`, which is colours times coverage."""
    rows, columns = matte.shape
    scale = min(1.0, _COLUMNS / columns)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small, cover = resize(own, *size), resize(matte, *size)
    colours = np.zeros_like(small)
    remaining = np.ones((*cover.shape, 1), np.float32)
    for reach in _SPREADS:
        sigma = reach * size[0]
        weight = np.maximum(blur(cover, sigma), 0)[..., None]
        colour = blur(small, sigma) / np.maximum(weight, np.float32(1e-6))
        share = np.clip(weight / np.float32(0.02), 0, 1) * remaining
        colours += colour * share
        remaining -= share
    return np.clip(resize(np.asarray(colours, np.float32), columns, rows), 0, 1)


def _rounded(tone: Colour) -> Float:
    return from_u8(to_u8(np.asarray(tone, np.float32)))
