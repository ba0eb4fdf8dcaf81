"""Pieces of the old background in a cut-out, told by their colours: sky between hair and neck.

The matting network keeps what the sitter encloses, or what lies in a corner between them and the
photo's end. The segmenter doubts there. What then has a colour of the background around the sitter,
and of nothing that is surely theirs, goes.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.masks import disc
from ..images import Float, Image, Mask, blur, ramp, resize, to_lab
from .gaps import LOOSE, share_of_hair
from .segments import Segment, Segments, reduced

Pixels = NDArray[np.bool_]

# Likelihoods of the background: from where on the segmenter doubts, and up to where it is sure that
# a place is the sitter's.
_DOUBT, _SURE = 0.3, 0.1
# CIE76: how near to the background's colours a piece is at most, how far from the sitter's at
# least, and the first by the second at most.
_NEAR, _FAR, _RATIO = 16.0, 16.0, 0.7
_DARK = 35.0  # L* below which a piece may be dark clothes, whose colours tell nothing
# Face widths: how far from the sitter the background's colours are taken, and how near not.
_WIDE, _CLEAR = 1.0, 0.05
_BACKGROUNDS, _OWN = 6, 10  # how many colours each
_MAIN = 0.15  # share of a piece that has a colour, from which the colour is one of its own
_BETWEEN = 0.06  # face widths between pieces up to which what is doubtful goes with them
_ENOUGH = 64  # places from which colours are taken, at least
_SAMPLES = 1500
# A piece: the radius of a disc that it holds (face widths), and its least area (squared). Amid
# hair, so deep within the outline (face widths), it may be thinner.
_THICK, _LEAST = 0.02, 0.002
_THIN, _DEEP = 0.012, 0.1
# Around a piece its soft rim goes too, so far (face widths), where its colour is nearer to the
# background's than to the sitter's: ratios to both at which all goes, and at which all stays.
_RIM, _GOES, _STAYS = 0.04, 0.45, 0.6


def without_old_background(
    image: Image, matte: Mask, face: Face, segments: Segments, plain: Float, small: Image
) -> Mask:
    """`matte` (H, W) without pieces of the old background; `matte` itself where there are none.

    image: sRGB (H, W, 3).
    segments: of the same picture and matte; see `segment`.
    plain: classes of the photo as it is, float32 (h, w, 6); see `classify_photo`.
    small: the photo that it was asked of, (h, w, 3).
    """
    cover, doubt = reduced(matte, face), plain[..., Segment.BACKGROUND]
    width = face.width * cover.shape[1] / matte.shape[1]
    doubtful = (cover > 0.5) & (doubt > _DOUBT)
    if not _thick(doubtful, _THIN * width).any():
        return matte
    lab = to_lab(small)
    away = cv2.distanceTransform((cover <= 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    behind = (cover < 0.05) & (away > _CLEAR * width) & (away < _WIDE * width)
    own = (cover > 0.95) & (doubt < _SURE)
    if min(np.count_nonzero(behind), np.count_nonzero(own)) < _ENOUGH:
        return matte
    colours = _main(lab[behind], _BACKGROUNDS), _main(lab[own], _OWN)
    there = lab[doubtful]
    to_background, to_own = (_distance(there, each) for each in colours)
    nearer = to_background < to_own
    alike = (to_background < _NEAR) & (to_own > _FAR) & (to_background < _RATIO * to_own)
    alike, nearer = (_drawn(each, doubtful) for each in (alike & (there[:, 0] > _DARK), nearer))
    if not _thick(alike, _THIN * width).any():
        return matte
    loose = share_of_hair(segments, width) >= LOOSE
    rim = _beside(cover)
    deep = cv2.distanceTransform((~rim).astype(np.uint8), cv2.DIST_L2, 5) > _DEEP * width
    pieces = _pieces(alike, loose | rim, width, _THICK) | _pieces(
        alike & loose & deep, deep, width, _THIN
    )
    if not pieces.any():
        return matte
    closed = cv2.morphologyEx(pieces, cv2.MORPH_CLOSE, disc(_BETWEEN * width)) > 0
    pieces[closed & nearer] = 1
    theirs = _matched(lab[pieces > 0], colours[0])
    return _cut(image, matte, pieces, (theirs, colours[1]), face)


def _drawn(values: Pixels, where: Pixels) -> Pixels:
    """`values` (N,) in the N places of `where` (h, w); elsewhere False."""
    drawn = np.zeros_like(where)
    drawn[where] = values
    return drawn


def _thick(pixels: Pixels, radius: float) -> NDArray[np.uint8]:
    opened = cv2.morphologyEx(pixels.astype(np.uint8), cv2.MORPH_OPEN, disc(radius))
    return np.asarray(opened, np.uint8)


def _beside(cover: Mask) -> Pixels:
    """What lies at the outline of the cut-out, or at the photo's end."""
    bordered = cv2.copyMakeBorder((cover > 0.5).astype(np.uint8), 1, 1, 1, 1, 0)
    return cv2.erode(bordered, disc(1))[1:-1, 1:-1] == 0


def _pieces(pixels: Pixels, where: Pixels, width: float, thick: float) -> NDArray[np.uint8]:
    """The connected pieces that are large enough, hold a disc of `thick` face widths, and lie
    somewhere in `where`; uint8 (h, w) 0 or 1.
    """
    count, drawn, boxes, _ = cv2.connectedComponentsWithStats(pixels.astype(np.uint8))
    labels = np.asarray(drawn, np.intp)
    fit = np.asarray(boxes[:, cv2.CC_STAT_AREA] >= _LEAST * width**2)
    for needed in (_thick(pixels, thick * width) > 0, where):
        fit &= np.bincount(labels[needed], minlength=count) > 0
    fit[0] = False
    return np.asarray(fit[labels], np.uint8)


def _matched(lab: Float, colours: Float) -> Float:
    """Those of `colours` (N, 3) that pieces (M, 3) have."""
    nearest = np.argmin([np.linalg.norm(lab - colour, axis=-1) for colour in colours], axis=0)
    count = np.bincount(nearest, minlength=len(colours))
    return colours[count >= _MAIN * len(lab)]


def _main(colours: Float, count: int) -> Float:
    """The main colours (count, 3) of many (N, 3)."""
    few = np.ascontiguousarray(colours[:: max(1, len(colours) // _SAMPLES)], np.float32)
    labels = np.zeros((len(few), 1), np.int32)
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    cv2.setRNGSeed(1)  # the same photo gives the same colours
    found = cv2.kmeans(few, count, labels, until, 1, cv2.KMEANS_PP_CENTERS)
    return np.asarray(found[2], np.float32)


def _distance(lab: Float, colours: Float) -> Float:
    """How far each place of `lab` (..., 3) is from the nearest of `colours` (N, 3), CIE76."""
    return np.min([np.linalg.norm(lab - colour, axis=-1) for colour in colours], axis=0)


def _cut(
    image: Image,
    matte: Mask,
    pieces: NDArray[np.uint8],
    colours: tuple[Float, Float],
    face: Face,
) -> Mask:
    """`matte` without `pieces`, with the hair before them."""
    rows, columns = matte.shape
    rim = _RIM * face.width
    near = cv2.dilate(pieces, disc(rim * pieces.shape[1] / columns))
    where = np.clip(resize(near.astype(np.float32), columns, rows), 0, 1)
    across, down = (np.flatnonzero(where.any(axis=axis)) for axis in (0, 1))
    margin = round(rim)
    part = (
        slice(max(0, int(down[0]) - margin), int(down[-1]) + margin + 1),
        slice(max(0, int(across[0]) - margin), int(across[-1]) + margin + 1),
    )
    soft = blur(where[part], 0.3 * rim)
    lab = to_lab(np.clip(image[part], 0, 1))
    to_background, to_own = (_distance(lab, each) for each in colours)
    nearer = to_background / np.maximum(to_background + to_own, np.float32(1e-3))
    kept = ramp(np.asarray(nearer, np.float32), _GOES, _STAYS)
    result = matte.copy()
    result[part] *= 1 - soft * (1 - kept)
    return result
