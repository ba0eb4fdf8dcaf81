"""Clean edges: a matte that follows the hair, and colours without the old background's spill."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.masks import disc
from ....images import Float, Image, Linear, Mask, blur, luminance, ramp, resize, to_linear
from ..plate.fixed_point import light, reduced, stored
from .foreground import foreground_and_background
from .tiles import Span, both, enlarged, in_tiles, shrunk, stretched, tiles, wider

# MODNet's matte is not quite 0 outside and not quite 1 inside. Guided filtering and these levels
# halve its error, and the visible error, on composites of known coverage with hair-like strands
# (tests/benchmarks/studio/matting.py prints the table). Closed-form matting of the unknown band was
# no better, and lost the astronaut's collar.
_LEVELS = 0.2, 0.9
# Of the guided filter: radius in face widths, and epsilon in squared sRGB units (with less, JPEG
# blocks make steps in an edge).
_RADIUS, _SMOOTHNESS = 0.035, 1e-4
# Where sitter and old wall have the same colours, the filter makes a false film around the hair.
# There MODNet's own edge is used, shrunk a little. The two blend between these shares of the
# matte's variation that colours explain. Drawn strands on composites come out 9 % worse that way,
# but short hair before a window has no grey cap.
_UNEXPLAINED, _EXPLAINED = 0.5, 0.85
_DRAWN_IN = 0.45, 0.93
# The result is at least this ramp of MODNet's matte: otherwise hair that is partly as bright as the
# wall gets holes, and looks like a grey cap before black. Drawn strands come out 6 % better.
_SURE = 0.5, 0.85
_EVEN = 1e-3  # variance of a matte below which there is nothing to explain
_GUIDE_FACE = 120  # face width in pixels at which the filter's coefficients are computed
_STRENGTH = 0.85
# Lenses draw coloured fringes along outlines before brighter things. Their colour is removed over
# this many face widths inside the edge; luminance stays, as it is the hair's own.
_FRINGE = 0.012
# Most pixels at which colours are estimated. On composites of known colours the error around the
# head (.032) was the same at full size and at a quarter of it.
_ESTIMATED = 600_000
_WORKING_FACE = 160  # face width in pixels at which wide blurs are computed


def decontaminate(image: Image, matte: Mask, face: Face) -> tuple[Linear, Mask]:
    """Foreground as linear RGB float32 (H, W, 3), and the cleaned matte float32 (H, W)."""
    kept, clean = cleaned(image, matte, face)
    return light(kept), clean


def cleaned(image: Image, matte: Mask, face: Face) -> tuple[NDArray[np.uint16], Mask]:
    """Foreground in fixed point (see `stored`), uint16 (H, W, 3), and the cleaned matte (H, W).

    Colours under partial coverage come from multi-level foreground estimation (Germer et al.,
    "Fast Multi-Level Foreground Estimation", 2020). Remaining spill and lens fringes along the edge
    take the chroma of the sitter just inside and keep their own luminance, within bounds.
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
    """The sitter's colours (sRGB) without the background that shines through.

    Large pictures are estimated at a smaller size and then fitted to the pixels: of the foregrounds
    and backgrounds near the estimate, those that mix to the picture. That is one more step of
    Germer's iteration, or Forte's fusion ("Approximate Fast Foreground Colour Estimation", 2021),
    weaker where the matte is steep.
    """

    def __init__(self, image: Image, matte: Mask) -> None:
        self._image, self._matte = image, matte
        self._factor = 1
        while matte.size > _ESTIMATED * self._factor**2:
            self._factor *= 2
        small = image if self._factor == 1 else shrunk(image, self._factor)
        cover = _firm(matte if self._factor == 1 else shrunk(matte, self._factor))
        self._fore, self._back = foreground_and_background(small, cover)

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
    """MODNet's matte stretched to reach 0 outside and 1 inside, for estimating colours."""
    return np.clip((matte - np.float32(0.06)) / np.float32(0.92), 0, 1)


class _Guide:
    """A matte aligned with the picture's edges by a guided filter, where colours show them.

    He, Sun and Tang, "Guided Image Filtering", 2013, with a colour guide; its coefficients are
    computed on a smaller copy (He and Sun, "Fast Guided Filter", 2015). The share of the matte's
    variation that its linear model explains (R squared) is its weight in the result.
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
        edge = plain + trust * (ramp(followed, *_LEVELS) - plain)
        return np.asarray(np.maximum(edge, ramp(matte, *_SURE)), np.float32)


# The six different entries of a symmetric 3x3 matrix, and the place of each in it.
_PAIRS = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_SYMMETRIC = np.array([[0, 1, 2], [1, 3, 4], [2, 4, 5]])


def crispen(linear: Linear, upscale: float, face_width: float) -> Linear:
    """Restore the acutance that was lost by enlarging `upscale` times.

    linear: linear RGB float32 (H, W, 3).

    Unsharp masking of log luminance at the scale of the source's pixels, without invented detail.
    The gain is bounded, so that edges don't ring. Photos that are not enlarged stay as they are.
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
    """The reach of `crispen` in pixels."""
    return ceil(4 * _blurred(upscale, face_width))


def _blurred(upscale: float, face_width: float) -> float:
    """Sigma in pixels of the blur by enlarging `upscale` times; 0 where it is negligible."""
    return min(0.42 * upscale, 0.01 * face_width) if upscale > 1.05 else 0.0


def _interior(kept: NDArray[np.uint16], matte: Mask, face: Face) -> Linear:
    """Mean colour of the fully covered pixels around each pixel, linear RGB float32 (h, w, 3).

    By normalised blurs of growing size, at a face of `_WORKING_FACE`.
    """
    rows, columns = matte.shape
    scale = min(1.0, _WORKING_FACE / face.width)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    small = reduced(kept, *size)
    sure = (resize(matte, *size) > 0.97).astype(np.float32)
    sure = np.asarray(cv2.erode(sure, disc(_FRINGE * face.width * scale)), np.float32)
    certain = small * sure[..., None]
    inner = np.zeros_like(small)
    remaining = np.ones_like(sure)
    for sigma in (0.0075, 0.0175, 0.0375, 0.0775):
        pixels = sigma * face.width * scale
        weight = blur(sure, pixels)
        colour = blur(certain, pixels) / np.maximum(weight, 1e-4)[..., None]
        share = np.clip(weight / 0.06, 0, 1) * remaining
        inner += colour * share[..., None]
        remaining -= share
    inner += remaining[..., None] * small
    return np.asarray(inner, np.float32)
