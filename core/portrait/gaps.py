"""Gaps that a cut-out should not have: bites out of skin and clothes, and pinholes in hair.

The matting network loses cloth and skin that look like the wall behind them. The segmenter knows
them as the sitter's. And through hair it finds specks of the background, which look like a tear on
any other wall.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.masks import disc, filled
from ..images import Float, Image, Mask, blur, resize, to_u8
from .segments import Segment, Segments, reduced

# Of what the network takes for the sitter: how sure it is, and how far within its own outline
# (face widths), as that is coarse.
_SURE, _WITHIN = 0.85, 0.05
# Face widths: how wide a bite is at most, and the radius of a disc that it must hold.
_BITE, _THIN = 0.3, 0.03
# A pinhole in hair and in cloth: how large it is at most (face widths squared), and how deep within
# the outline it lies at least (face widths). What is larger or lies further out is a gap between
# strands, in an earring or beside an arm, and stays.
_IN_HAIR, _IN_CLOTH = (0.006, 0.16), (0.01, 0.08)
# Mattes below which there may be one: a faint one becomes a hole where edges are cleaned, and of a
# deep one in thin cloth all around is faint.
_LEVELS = (0.5, 0.7, 0.8)
# Share of hair and jewellery around it, within so many face widths, below which it is in cloth.
_LOOSE, _AROUND = 0.2, 0.06
# Face widths around a pinhole in which the matte is soft because of it, and from what it is whole.
_RIM, _WHOLE = 0.03, 0.97


@dataclass(frozen=True, eq=False)
class Gap:
    """Background that the sitter encloses.

    box: its rows and columns.
    pixels: where it is in them, bool (h, w).
    area: pixels.
    row: of its centre.
    """

    box: tuple[slice, slice]
    pixels: NDArray[np.bool_]
    area: int
    row: float


def without_bites(matte: Mask, face: Face, plain: Float) -> Mask:
    """`matte` (H, W) with what was lost of the sitter; `matte` itself where nothing was.

    plain: classes of the photo as it is, float32 (h, w, 6); see `classify_photo`.
    """
    cover = reduced(matte, face)
    width = face.width * cover.shape[1] / matte.shape[1]
    own = 1 - plain[..., Segment.BACKGROUND]
    within = cv2.erode((own > _SURE).astype(np.uint8), disc(_WITHIN * width))
    inside = (cover > 0.5).astype(np.uint8)
    lost = (within > 0) & (inside == 0) & (_closed(inside, _BITE * width) > 0)
    lost = cv2.morphologyEx(lost.astype(np.uint8), cv2.MORPH_OPEN, disc(_THIN * width))
    if not lost.any():
        return matte
    near = cv2.dilate(lost, disc(2 * _WITHIN * width)).astype(np.float32)
    back = blur(near, 0.5 * _WITHIN * width) * np.clip(2 * own - 1, 0, 1)
    rows, columns = matte.shape
    return np.maximum(matte, np.clip(resize(np.asarray(back, np.float32), columns, rows), 0, 1))


def without_pinholes(
    image: Image, matte: Mask, face: Face, segments: Segments
) -> tuple[Image, Mask]:
    """`image` (H, W, 3) and `matte` (H, W) with pinholes closed by what is around them; both
    themselves where there are none.

    segments: of the same picture and matte; see `segment`.
    """
    holes = _pinholes(matte, face, segments)
    if not holes.any():
        return image, matte
    near = cv2.dilate(holes, disc(_RIM * face.width)) > 0
    wide = np.asarray(near & (matte < _WHOLE), np.uint8)
    image, matte = image.copy(), matte.copy()
    rim = max(2, round(_RIM * face.width))
    for x, y, columns, rows in _boxes(wide):
        part = slice(max(0, y - rim), y + rows + rim), slice(max(0, x - rim), x + columns + rim)
        hole = wide[part] > 0
        painted = cv2.inpaint(to_u8(image[part]), wide[part], 3, cv2.INPAINT_TELEA)
        image[part][hole] = painted[hole].astype(np.float32) / 255
    matte[wide > 0] = 1
    return image, matte


def _closed(inside: NDArray[np.uint8], reach: float) -> NDArray[np.uint8]:
    """`inside` (h, w) with notches and gaps up to twice `reach` pixels wide; as if it went on
    beyond the picture.
    """
    around = round(reach) + 2
    wide = cv2.copyMakeBorder(inside, around, around, around, around, cv2.BORDER_REPLICATE)
    closed = cv2.morphologyEx(wide, cv2.MORPH_CLOSE, disc(reach))
    return np.asarray(closed[around:-around, around:-around], np.uint8)


def enclosed_gaps(inside: NDArray[np.uint8]) -> tuple[NDArray[np.uint8], list[Gap]]:
    """`inside` (H, W), 0 or 1, with its gaps filled, and each gap."""
    solid = filled(inside)
    gaps = np.asarray((solid > 0) & (inside == 0), np.uint8)
    _, labels, sizes, centres = cv2.connectedComponentsWithStats(gaps)
    result: list[Gap] = []
    for label, (x, y, columns, rows, area) in list(enumerate(sizes))[1:]:
        box = slice(y, y + rows), slice(x, x + columns)
        result.append(Gap(box, labels[box] == label, int(area), float(centres[label][1])))
    return solid, result


def _pinholes(matte: Mask, face: Face, segments: Segments) -> NDArray[np.uint8]:
    """Small gaps deep within the outline, uint8 (H, W) 0 or 1."""
    scale = segments.strange.shape[1] / matte.shape[1]
    loose = _loose(segments, scale * face.width)
    holes = np.zeros(matte.shape, np.uint8)
    for level in _LEVELS:
        solid, gaps = enclosed_gaps((matte >= level).astype(np.uint8))
        if not gaps:
            continue
        deep = cv2.distanceTransform(solid, cv2.DIST_L2, 5) / np.float32(face.width)
        for gap in gaps:
            middle = tuple(  # both sides were rounded, so that the last row may lie beyond
                min(int((side.start + side.stop) / 2 * scale), length - 1)
                for side, length in zip(gap.box, loose.shape, strict=True)
            )
            most, least = _IN_HAIR if loose[middle] >= _LOOSE else _IN_CLOTH
            if gap.area <= most * face.width**2 and deep[gap.box][gap.pixels].min() >= least:
                holes[gap.box][gap.pixels] = 1
    return holes


def _loose(segments: Segments, width: float) -> Mask:
    """The share of hair and jewellery around each place of `segments`, of what is the sitter's.

    width: of the face there, pixels.
    """
    loose, own = (
        blur(each, _AROUND * width)
        for each in (segments.of(Segment.HAIR, Segment.OTHER), 1 - segments.of(Segment.BACKGROUND))
    )
    return np.asarray(loose / np.maximum(own, 1e-3), np.float32)


def _boxes(pixels: NDArray[np.uint8]) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height of each connected piece."""
    _, _, sizes, _ = cv2.connectedComponentsWithStats(pixels)
    return [(int(x), int(y), int(w), int(h)) for x, y, w, h, _ in sizes[1:]]
