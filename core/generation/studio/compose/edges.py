"""Edges without the old background: a matte that follows the hair, and no spill in it."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.masks import disc
from ....images import Float, Image, Linear, Mask, blur, luminance, ramp, resize, to_linear
from ..plate.fixed_point import light, reduced, stored
from .tiles import Span, both, enlarged, in_tiles, shrunk, stretched, tiles, wider

# MODNet leaves a faint veil outside and never quite reaches 1 inside. Guided filtering and these
# levels halve its error on composites of known coverage with hair-like strands, and what a viewer
# sees of it (tests/benchmarks/studio/matting.py prints the table). Closed-form matting of the
# unknown band came no closer, and lost the astronaut's collar.
_LEVELS = 0.2, 0.9
# Of the guided filter: face widths; squared sRGB units (with less than that the blocks of JPEG
# make steps of an edge).
_RADIUS, _SMOOTHNESS = 0.035, 1e-4
# Where sitter and old wall share their colours the filter invents a film around the hair. There
# MODNet's own edge is taken, a little drawn in, as one does by hand; between these shares of the
# matte's variation that colours explain, one runs into the other. Strands drawn on composites come
# out 9 % worse for it, short hair before a window without its grey cap.
_UNEXPLAINED, _EXPLAINED = 0.5, 0.85
_DRAWN_IN = 0.45, 0.93
# What MODNet is this sure of is never less: hair that is as bright as the wall in places would be
# riddled, and look like a grey cap before black. Strands drawn on composites come out 6 % better.
_SURE = 0.5, 0.85
_EVEN = 1e-3  # variance of a matte below which there is nothing to explain
_GUIDE_FACE = 120  # face width in pixels at which the filter's coefficients are found
_STRENGTH = 0.85
# Lenses draw coloured fringes along outlines before brighter things. Their colour goes from so many
# face widths within the edge; light and dark there stay, they are the hair's own.
_FRINGE = 0.012
# Pixels at which colours are estimated, at most. On composites of known colours what was shown
# around the head was as far off (.032) whether estimated at full size or at a quarter of it.
_ESTIMATED = 600_000
_WORKING_FACE = 160  # face width in pixels at which the wide blurs run


def decontaminate(image: Image, matte: Mask, face: Face) -> tuple[Linear, Mask]:
    """Foreground in linear light (H, W, 3) and the cleaned matte (H, W)."""
    kept, clean = cleaned(image, matte, face)
    return light(kept), clean


def cleaned(image: Image, matte: Mask, face: Face) -> tuple[NDArray[np.uint16], Mask]:
    """Foreground as `stored` keeps it (H, W, 3), and the cleaned matte (H, W).

    Colours under partial coverage come from multi-level foreground estimation (Germer et al.,
    "Fast Multi-Level Foreground Estimation", 2020); what spill remains, and a lens's fringe along
    the edge, takes the chroma of the sitter just inside, and keeps its own luminance within reason.
    """
    rows, columns = matte.shape
    bands = tiles(rows, columns)
    colours, follow = both(lambda: _Colours(image, matte), lambda: _Guide(image, matte, face.width))
    kept = np.empty(image.shape, np.uint16)
    clean = np.empty_like(matte)

    def estimate(band: Span) -> None:
        top, bottom = band
        kept[top:bottom] = stored(to_linear(colours.rows(band)))
        clean[top:bottom] = follow.rows(band)

    in_tiles(estimate, bands)
    inner = _interior(kept, clean, face)
    reach = ceil((0.012 + _FRINGE) * face.width) + 2
    fringe = disc(_FRINGE * face.width)

    def purify(band: Span) -> None:
        wide, within = wider(band, reach, rows)
        cover = clean[wide]
        some = cover > 0.01
        if not some.any():
            return
        edge, fringed = (
            _STRENGTH * blur(ramp(-sure, -0.97, -0.47) * some, 0.003 * face.width)[within, :, None]
            for sure in (cover, np.asarray(cv2.erode(cover, fringe), np.float32))
        )
        part = light(kept[band[0] : band[1]])
        around = stretched(inner, (columns, rows), band)
        own, wanted = luminance(part)[..., None], luminance(around)[..., None]
        ratio = own / np.maximum(wanted, 1e-4)
        part += (around * ratio - part) * fringed
        part *= 1 + (np.clip(ratio, 0.35, 1.2) / np.maximum(ratio, 1e-4) - 1) * edge
        kept[band[0] : band[1]] = stored(part)

    in_tiles(purify, bands)
    return kept, clean


class _Colours:
    """The sitter's colours (sRGB) without what shines through from behind.

    Large pictures are estimated at a smaller size, and fitted to the pixels as they are seen: of
    the foregrounds and backgrounds near the estimated ones, those that mix to the picture. That is
    one step of Germer's iteration from there, or Forte's fusion ("Approximate Fast Foreground
    Colour Estimation", 2021) held back where the matte is steep.
    """

    def __init__(self, image: Image, matte: Mask) -> None:
        from pymatting.foreground.estimate_foreground_ml import estimate_foreground_ml

        self._image, self._matte = image, matte
        self._factor = 1
        while matte.size > _ESTIMATED * self._factor**2:
            self._factor *= 2
        small = image if self._factor == 1 else shrunk(image, self._factor)
        cover = _firm(matte if self._factor == 1 else shrunk(matte, self._factor))
        self._fore, self._back = estimate_foreground_ml(small, cover, return_background=True)

    def rows(self, band: Span) -> Image:
        """The strip `band`, (rows, W, 3)."""
        rows, columns = self._matte.shape
        fore = enlarged(self._fore, self._factor, band, (0, columns))
        if self._factor == 1:
            return fore
        back = enlarged(self._back, self._factor, band, (0, columns))
        wide, within = wider(band, 1, rows)
        near = np.ones((3, 3), np.uint8)
        cover = _firm(self._matte[wide])
        steep = cv2.morphologyEx(cover, cv2.MORPH_GRADIENT, near)[within]
        cover = cover[within]
        share = cover / (cover**2 + (1 - cover) ** 2 + 2 * steep)
        missing = self._image[band[0] : band[1]] - back - cover[..., None] * (fore - back)
        return np.asarray(np.clip(fore + share[..., None] * missing, 0, 1), np.float32)


def _firm(matte: Mask) -> Mask:
    """MODNet's matte without its veil, and whole within: what colours are estimated by."""
    return np.clip((matte - np.float32(0.06)) / np.float32(0.92), 0, 1)


class _Guide:
    """A matte drawn to the picture's own edges by a guided filter, as far as colours tell them.

    He, Sun and Tang, "Guided Image Filtering", 2013, with a colour guide; its coefficients are
    found on a smaller copy, after He and Sun, "Fast Guided Filter", 2015. The share of the matte's
    variation that its linear model explains (R squared) says how far to follow it.
    """

    def __init__(self, image: Image, matte: Mask, face_width: float) -> None:
        self._image, self._matte = image, matte
        rows, columns = matte.shape
        scale = min(1.0, _GUIDE_FACE / face_width)
        size = max(1, round(columns * scale)), max(1, round(rows * scale))
        guide, cover = resize(image, *size), resize(matte, *size)
        side = 2 * max(2, round(_RADIUS * face_width * scale)) + 1

        def mean(x: Float) -> Float:
            return np.asarray(cv2.blur(x, (side, side)), np.float32)

        colour, share = mean(guide), mean(cover)
        covariance = mean(guide * cover[..., None]) - colour * share[..., None]
        products = np.stack([guide[..., i] * guide[..., j] for i, j in _PAIRS], -1)
        means = np.stack([colour[..., i] * colour[..., j] for i, j in _PAIRS], -1)
        spread = np.concatenate([mean(products[..., :3]), mean(products[..., 3:])], -1) - means
        matrix = spread[..., _SYMMETRIC] + np.float32(_SMOOTHNESS) * np.eye(3, dtype=np.float32)
        slope = np.linalg.solve(matrix, covariance[..., None])[..., 0]
        offset = share - (slope * colour).sum(-1)
        self._slope, self._offset = mean(np.asarray(slope, np.float32)), mean(offset)
        explained = (slope * covariance).sum(-1) + np.float32(_EVEN)
        varied = np.maximum(mean(cover * cover) - share * share, 0) + np.float32(_EVEN)
        self._trust = ramp(mean(explained / varied), _UNEXPLAINED, _EXPLAINED)

    def rows(self, band: Span) -> Mask:
        """The strip `band`, (rows, W), 0..1."""
        part = self._image[band[0] : band[1]]
        size = self._image.shape[1], self._image.shape[0]
        change = stretched(self._slope, size, band) * part
        followed = stretched(self._offset, size, band)
        for channel in range(3):
            followed += change[..., channel]
        matte = self._matte[band[0] : band[1]]
        plain = ramp(matte, *_DRAWN_IN)
        trust = np.clip(stretched(self._trust, size, band), 0, 1)
        found = plain + trust * (ramp(followed, *_LEVELS) - plain)
        return np.asarray(np.maximum(found, ramp(matte, *_SURE)), np.float32)


# The six different entries of a symmetric 3x3 matrix, and where each one stands in it.
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_SYMMETRIC = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])


def crispen(linear: Linear, upscale: float, face_width: float) -> Linear:
    """Give back the acutance that enlarging `upscale` times took (linear light (H, W, 3)).

    Unsharp masking of log luminance at the scale of the source's own pixels; no new detail is
    invented. The gain is bounded, so that edges don't ring. Photos that are not enlarged stay as
    they are.
    """
    sigma = _blurred(upscale, face_width)
    if not sigma:
        return linear
    log = np.asarray(cv2.log(luminance(linear) + np.float32(0.004)), np.float32)
    amount = min(0.9, 0.45 * (upscale - 1))
    detail = log - blur(log, sigma)
    gain = cv2.exp(np.tanh(detail / np.float32(0.22)) * np.float32(amount * 0.22))
    return np.asarray(linear * gain[..., None], np.float32)


def crispen_reach(upscale: float, face_width: float) -> int:
    """How many pixels away `crispen` looks."""
    return ceil(4 * _blurred(upscale, face_width))


def _blurred(upscale: float, face_width: float) -> float:
    """Sigma of the blur that enlarging `upscale` times is, in pixels; 0 for none to speak of."""
    return min(0.42 * upscale, 0.01 * face_width) if upscale > 1.05 else 0.0


def _interior(kept: NDArray[np.uint16], matte: Mask, face: Face) -> Linear:
    """Colour of the surely covered pixels around each one, by normalised blurs of growing size;
    (h, w, 3), at a face of `_WORKING_FACE`.
    """
    rows, columns = matte.shape
    scale = min(1.0, _WORKING_FACE / face.width)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small = reduced(kept, *size)
    sure = (resize(matte, *size) > 0.97).astype(np.float32)
    sure = np.asarray(cv2.erode(sure, disc(_FRINGE * face.width * scale)), np.float32)
    known = small * sure[..., None]
    inner = np.zeros_like(small)
    left = np.ones_like(sure)
    for sigma in (0.0075, 0.0175, 0.0375, 0.0775):
        pixels = sigma * face.width * scale
        weight = blur(sure, pixels)
        colour = blur(known, pixels) / np.maximum(weight, 1e-4)[..., None]
        share = np.clip(weight / 0.06, 0, 1) * left
        inner += colour * share[..., None]
        left -= share
    inner += left[..., None] * small
    return np.asarray(inner, np.float32)
