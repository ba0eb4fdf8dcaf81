"""Takes single stray hairs off a cut-out: thin strands outside the outline of the hair.

The outline is what is thick enough to be a lock, with the curls that hang on it. Outside it a
strand fades, if there are few like it, it is beside hair and begins at none of the skin: a tuft,
curls, a beard, a whole earring with its hook and the arms of glasses stay.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.masks import disc, filled, touching
from ....images import Mask, blur, ramp, resize
from ....portrait.gaps import enclosed_gaps
from ....portrait.segments import Segment, Segments

_FACE = 300.0  # face width in pixels at which strands are looked for, at most
# Radius of a disc that the thinnest lock holds (face widths; a face is some 140 mm wide), and the
# largest gap that a curl encloses (face widths squared).
_LOCK, _CURL = 0.01, 0.01
# Face widths outside the outline over which a strand fades, so that it isn't sawn off.
_BEGIN, _END = 0.01, 0.035
# How much of its surroundings outside the outline hair covers, from where on it is a tuft or curls,
# and where it certainly is; and the blur that averages it, face widths.
_FEW, _MANY, _AROUND = 0.25, 0.36, 0.03
# Face widths: how far from hair a strand is looked for, and how near to skin none is.
_HAIR, _SKIN = 0.1, 0.05
_THIN = 0.1  # cover from which on what is thin hangs together
_SOFT = 0.01  # face widths over which these areas run out
_SEEN = 0.02  # change of the matte below which nobody sees it


def without_stray_hairs(matte: Mask, face: Face, segments: Segments) -> Mask:
    """`matte` (H, W) without stray hairs; `matte` itself where there are none.

    segments: of the same cut-out, in any size.
    """
    rows, columns = matte.shape
    scale = min(1.0, _FACE / face.width)
    width = scale * face.width
    size = max(8, round(columns * scale)), max(8, round(rows * scale))
    cover = np.clip(resize(matte, *size), 0, 1)
    outside = (1 - _outline(cover, width)).astype(np.uint8)
    away = np.asarray(cv2.distanceTransform(outside, cv2.DIST_L2, 5), np.float32) / np.float32(
        width
    )
    gone = ramp(away, _BEGIN, _END) * (1 - ramp(_crowd(cover, away, width), _FEW, _MANY))
    hair, skin = _near(segments, size, width)
    gone *= blur((hair & (1 - skin)).astype(np.float32), _SOFT * width)
    gone[_hung((cover > _THIN) & (away > _BEGIN), skin) > 0] = 0
    if float((gone * cover).max()) < _SEEN:
        return matte
    return matte * (1 - np.clip(resize(np.asarray(gone, np.float32), columns, rows), 0, 1))


def _outline(cover: Mask, width: float) -> NDArray[np.uint8]:
    """The sitter without strands, uint8 (h, w) 0 or 1; what they enclose is filled."""
    inside = np.asarray(cover > 0.5, np.uint8)
    for gap in enclosed_gaps(inside)[1]:
        if gap.area <= _CURL * width**2:
            inside[gap.box][gap.pixels] = 1
    thick = cv2.morphologyEx(inside, cv2.MORPH_OPEN, disc(_LOCK * width))
    return filled(np.asarray(thick, np.uint8))


def _crowd(cover: Mask, away: Mask, width: float) -> Mask:
    """The mean of `cover` outside the outline, around each place, (h, w)."""
    outside = (away > _BEGIN).astype(np.float32)
    total, area = cv2.split(blur(np.dstack([cover * outside, outside]), _AROUND * width))
    return np.asarray(total / np.maximum(area, np.float32(1e-3)), np.float32)


def _near(
    segments: Segments, size: tuple[int, int], width: float
) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Where stray hairs may be, and where none is: beside hair and skin, uint8 (h, w) 0 or 1."""
    hair, skin = (
        cv2.dilate((resize(share, *size) > 0.5).astype(np.uint8), disc(reach * width))
        for share, reach in ((segments.of(Segment.HAIR), _HAIR), (segments.skin, _SKIN))
    )
    return np.asarray(hair, np.uint8), np.asarray(skin, np.uint8)


def _hung(strands: NDArray[np.bool_], skin: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """What of `strands` hangs on the skin, to its end, with a pixel around it: (h, w) 0 or 1."""
    hung = touching(strands, skin > 0)
    return np.asarray(cv2.dilate(hung.astype(np.uint8), np.ones((3, 3), np.uint8)), np.uint8)
