"""What a cut-out holds beside the sitter: a strip of a poster, somebody's sleeve, a panel.

The matting network keeps what looks like foreground. The segmenter names what it sees: what it
takes for background however it is asked goes, if it is thick and away from the sitter's outline.
Small things that hang from an ear stay, and so does what may be dark clothes or light hair.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.masks import disc
from ..faces.regions import CHIN, LEFT_SIDE, NOSE_TIP, RIGHT_SIDE
from ..images import Box, Float, Image, Mask, blur, luminance, to_lab
from .segments import Segment, Segments, classify, reduced

Pixels = NDArray[np.bool_]

# Exponents that lift the photo's shadows when it is looked at again: dark clothes before a dark
# wall are known in one of them.
_LIFTS = (0.55, 0.35)
# Of the sitter: the matte above which a place is in the cut-out, the likelihood below which it is
# not the sitter's, and the one at which their outline lies.
_KEPT, _SURE, _EDGE = 0.25, 0.25, 0.45
# Face widths: how coarse that outline is, and the radius of a disc that a leftover must hold. What
# is thinner is a wisp of hair.
_COARSE, _THIN = 0.03, 0.028
# Face widths: what reaches further out than this may be thin, as a wire is.
_REACHING = 0.16
_OPEN = 0.2  # share of a piece's outline beyond which there is nothing of the cut-out
_DOUBTFUL = 0.35  # share of the cut-out beside a piece that isn't surely the sitter's either
# How far under the chin a piece may begin (face widths): what lies lower is held, or hands.
_LOWEST = 1.5
# Mean luma below which a piece that begins under the chin, or so many face widths above, is taken
# for clothes.
_DARK, _COLLAR = 0.2, 0.2
# A tuft of hair: how large it is at most (face widths squared), and how near to the hair's colours
# (CIE76).
_TUFT, _ALIKE = 0.06, 6.0
# An earring hangs from the ear: in face widths how far beside the face and below the ear it is
# looked for, and how large it is at most; and how far its colour is from a leftover's (CIE76), of
# those that make up this share of it. An ear is turned away whose side of the face is nearer to the
# nose than this.
_BESIDE, _ABOVE_EAR, _BELOW_EAR, _LARGEST = 0.22, 0.1, 0.75, 0.03
_UNLIKE, _MAIN, _TURNED = 20.0, 0.2, 0.25


def without_leftovers(
    image: Image, matte: Mask, face: Face, segments: Segments, plain: Float
) -> Mask:
    """`matte` (H, W) without what is not the sitter's; `matte` itself where there is nothing.

    image: sRGB (H, W, 3).
    segments: of the same picture and matte; see `segment`.
    plain: classes of the photo as it is, float32 (h, w, 6); see `classify_photo`.

    Raises:
        SetupError: the weights are missing.
    """
    cover = reduced(matte, face)
    here = face.scaled(cover.shape[1] / matte.shape[1])
    own = 1 - np.minimum(segments.strange, plain[..., Segment.BACKGROUND])
    strange = _strange(own, cover, here)
    thick = _outstanding(strange, own, here)
    if not thick.any():
        return matte
    small = reduced(image, face)
    for lift in _LIFTS:
        # Only where there is a doubt: each look takes as long as the first.
        seen = classify(small ** np.float32(lift), here)
        own = np.maximum(own, 1 - seen[..., Segment.BACKGROUND])
        strange = _strange(own, cover, here)
        thick = _outstanding(strange, own, here)
        if not thick.any():
            return matte
    gone = _pieces(strange, thick, own, segments, small, here)
    if not gone.any():
        return matte
    gone = _to_outline(gone, own, here)
    gone &= ~_earrings(gone, own, small, here)
    soft = blur(1 - gone.astype(np.float32), max(0.5, 0.012 * here.width))
    kept = np.clip(2 * soft - 1, 0, 1)
    rows, columns = matte.shape
    large = cv2.resize(kept, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(matte * large, np.float32)


def _strange(own: Mask, cover: Mask, face: Face) -> Pixels:
    """What is in the cut-out, not the sitter's, and further from them than their outline is off."""
    away = _distance(own >= _EDGE)
    return (cover > _KEPT) & (own < _SURE) & (away > _COARSE * face.width)


def _outstanding(strange: Pixels, own: Mask, face: Face) -> Pixels:
    """Where it is thick, or far out."""
    opened = cv2.morphologyEx(strange.astype(np.uint8), cv2.MORPH_OPEN, disc(_THIN * face.width))
    return (opened > 0) | (strange & (_distance(own >= _EDGE) > _REACHING * face.width))


def _pieces(
    strange: Pixels, thick: Pixels, own: Mask, segments: Segments, image: Image, face: Face
) -> Pixels:
    """The connected pieces of `strange` that go: thick somewhere, open to where the cut-out ends
    (what lies before the sitter would leave a hole), and beside what is surely the sitter's (of a
    thing that is half known a ragged rest would stay).
    """
    _, labels = cv2.connectedComponents(strange.astype(np.uint8))
    outside = segments.of(Segment.BACKGROUND) >= 1 - _KEPT
    hair = segments.of(Segment.HAIR) > 0.7
    lab, luma = to_lab(image), luminance(image)
    chin = float(face.landmarks[CHIN, 1])
    gone = np.zeros(strange.shape, np.bool_)
    for label in np.setdiff1d(np.unique(labels[thick]), [0]):
        piece = labels == label
        around = (cv2.dilate(piece.astype(np.uint8), disc(1)) > 0) & ~piece
        if float(outside[around].mean()) < _OPEN:
            continue
        away = _distance(piece)
        beside = (away > 2 * _COARSE * face.width) & (away < 4 * _COARSE * face.width) & ~outside
        if beside.any() and float((own[beside] < 0.5).mean()) > _DOUBTFUL:
            continue
        top = float(np.flatnonzero(piece.any(axis=1))[0])
        if top > chin + _LOWEST * face.width:
            continue
        if top > chin - _COLLAR * face.width and float(luma[piece].mean()) < _DARK:
            continue
        small = np.count_nonzero(piece) < _TUFT * face.width**2
        if small and top < chin and _like(lab[piece], lab[hair & ~strange]):
            continue
        gone |= piece
    return gone


def _like(piece: Float, hair: Float) -> bool:
    """Whether colours (N, 3) are those of the hair (M, 3), light or shaded, in CIE L*a*b*."""
    if len(hair) < 64:
        return False
    low, high = np.percentile(hair, (10, 90), axis=0)
    middle = np.median(piece, axis=0)
    return bool(np.linalg.norm(middle - np.clip(middle, low, high)) < _ALIKE)


def _to_outline(gone: Pixels, own: Mask, face: Face) -> Pixels:
    """`gone` as far as the sitter's own outline."""
    reach = 1.15 * _COARSE * face.width + 1
    return gone | ((_distance(gone) <= reach) & (_distance(own >= _EDGE) > 0.02 * face.width))


def _earrings(gone: Pixels, own: Mask, image: Image, face: Face) -> Pixels:
    """What hangs below an ear in another colour than the rest of what goes, and is small."""
    kept = np.zeros(gone.shape, np.bool_)
    zone = _below_ears(gone.shape, face)
    beyond = gone & ~zone
    if not (gone & zone).any() or np.count_nonzero(beyond) < 16:
        return kept
    lab = to_lab(image)
    candidate = gone & zone & _unlike(lab, lab[beyond])
    # It hangs from what is the sitter's.
    near = cv2.dilate((own >= _EDGE).astype(np.uint8), disc(_COARSE * face.width)) > 0
    _, labels = cv2.connectedComponents(candidate.astype(np.uint8))
    for label in np.setdiff1d(np.unique(labels[candidate & near]), [0]):
        piece = labels == label
        if np.count_nonzero(piece) <= _LARGEST * face.width**2:
            kept |= piece
    return np.asarray(cv2.dilate(kept.astype(np.uint8), disc(1)) > 0)


def _unlike(lab: Float, colours: Float) -> Pixels:
    """Where `lab` (h, w, 3) is unlike each of the main colours of a leftover (N, 3)."""
    few = colours[:: max(1, len(colours) // 2000)].astype(np.float32)
    labels = np.zeros((len(few), 1), np.int32)
    until = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 10, 1.0)
    cv2.setRNGSeed(1)  # the same photo gives the same colours
    middles = cv2.kmeans(few, min(3, len(few)), labels, until, 1, cv2.KMEANS_PP_CENTERS)[2]
    many = np.bincount(labels[:, 0], minlength=len(middles)) >= _MAIN * len(few)
    away = [np.linalg.norm(lab - middle, axis=-1) for middle in np.asarray(middles)[many]]
    return np.asarray(np.min(away, axis=0) > _UNLIKE)


def _below_ears(shape: tuple[int, ...], face: Face) -> Pixels:
    """Where earrings hang, (h, w)."""
    zone = np.zeros(shape, np.uint8)
    width = face.width
    middle = float(face.landmarks[:468, 0].mean())
    for side in (LEFT_SIDE, RIGHT_SIDE):
        x, y = face.landmarks[side, :2].tolist()
        if abs(x - float(face.landmarks[NOSE_TIP, 0])) < _TURNED * width:
            continue
        outwards = width * _BESIDE * (1 if x > middle else -1)
        left, right = sorted((x, x + outwards))
        box = Box(
            left - 0.06 * width,
            y - _ABOVE_EAR * width,
            right + 0.06 * width,
            y + _BELOW_EAR * width,
        )
        box.cut(zone)[:] = 1
    return zone > 0


def _distance(pixels: Pixels) -> Float:
    """How far each place is from those pixels."""
    away = cv2.distanceTransform((~pixels).astype(np.uint8), cv2.DIST_L2, 5)
    return np.asarray(away, np.float32)
