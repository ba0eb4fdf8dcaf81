"""A sitter on nothing: shown on one even tone, and taken off it again.

A picture with a transparent backdrop travels as every other one does, as colours and a matte, so
that it can be looked at, scored and refined. Its provenance says on which tone it is shown. Mixed
with that tone as encoded, which is how browsers, office programs and most editors lay a transparent
file over a page, it gives back the sitter's own colours exactly.
"""

from __future__ import annotations

import cv2
import numpy as np

from ..images import Float, Image, Mask, blur, from_u8, resize, to_u8
from ..provenance import Provenance
from .looks import Colour

_BARE = 1 / 510  # coverage below which 8 bits show nothing
# What a picture's bare parts may be off its tone: a step of 8 bits and its rounding; and how far
# from the sitter they begin, in widths: enlarging rings at an edge, and blurs it.
_OFF, _AWAY = 1.6 / 255, 0.01
_LET_PASS = 1e-3  # share of them that may be off by more
# Coverage to which a pixel's own colour counts little against its neighbours': divided by so
# little, rounding would show as coloured specks in programs that look at colours alone.
_FAINT = np.float32(1e-3)
_COLUMNS = 320  # working width at which colours spread to where nothing is
_SPREADS = (0.004, 0.016, 0.06, 0.25, 1.0)  # how far, in working widths, one after another


def laid_on(colours: Image, matte: Mask, tone: Colour) -> Image:
    """`colours` (sRGB (H, W, 3)) under coverage `matte` (H, W) on `tone`, as 8 bits say it."""
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
    """Whether `image` shows `tone` wherever `matte` is 0, and so is what `laid_on` gives."""
    side = 2 * round(_AWAY * matte.shape[1]) + 1
    bare = cv2.dilate(matte, np.ones((side, side), np.uint8)) < _BARE
    off = np.abs(image[bare] - _rounded(tone)).max(-1, initial=0) > _OFF
    return float(off.sum()) <= _LET_PASS * off.size


def taken_off(image: Image, matte: Mask, tone: Colour) -> Image:
    """The sitter's own colours (sRGB, (H, W, 3)) of a picture that `laid_on` gave: straight alpha.

    Laid under `matte` on whatever backdrop, there is nothing of the tone in them. Where nothing
    of the sitter is, their nearest colours go on, so that a program that resizes colours and
    coverage apart finds nothing foreign there; the photo's old background is never among them.
    """
    cover = matte[..., None]
    own = np.asarray(np.clip(image - _rounded(tone) * (1 - cover), 0, cover), np.float32)
    near = _spread(own, matte)
    return np.asarray(np.clip((own + _FAINT * near) / (cover + _FAINT), 0, 1), np.float32)


def _spread(own: Float, matte: Mask) -> Image:
    """Colours (H, W, 3) for everywhere, from `own`, colours times coverage, near by if they can."""
    rows, columns = matte.shape
    scale = min(1.0, _COLUMNS / columns)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small, cover = resize(own, *size), resize(matte, *size)
    found = np.zeros_like(small)
    left = np.ones((*cover.shape, 1), np.float32)
    for reach in _SPREADS:
        sigma = reach * size[0]
        weight = np.maximum(blur(cover, sigma), 0)[..., None]
        colour = blur(small, sigma) / np.maximum(weight, np.float32(1e-6))
        share = np.clip(weight / np.float32(0.02), 0, 1) * left
        found += colour * share
        left -= share
    return np.clip(resize(np.asarray(found, np.float32), columns, rows), 0, 1)


def _rounded(tone: Colour) -> Float:
    return from_u8(to_u8(np.asarray(tone, np.float32)))
