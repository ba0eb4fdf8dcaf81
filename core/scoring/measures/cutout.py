"""Faults of the matte: holes, hair or a side cut off straight, loose pieces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces import Face
from ...faces.masks import disc, filled
from ...faces.regions import CHIN
from ...images import Mask, fit, resize
from ...portrait.portrait import VIEWED_FACE, Portrait
from ...portrait.segments import Segment, Segments
from ...provenance import Composited
from ...scorecard import Measurement
from ..measure import Answer, take

if TYPE_CHECKING:
    from ..context import Context

# Face widths. Hair makes the sitter's rim soft, so holes are looked for further inside.
_RIM = 0.06
# Around a gap: how far it is looked at, how soft its own rim is (face widths), and from which share
# of hair and worn things there it is one between strands or in jewellery.
_AROUND, _SOFT, _LOOSE = 0.07, 0.03, 0.45
_ALONG = 3.0  # degrees from the photo's axes within which a straight edge may be its end


def answer(portrait: Portrait, context: Context) -> Answer:
    """See `matte_faults`."""
    composited = context.provenance.last(Composited)
    return Answer(matte_faults(portrait, composited.roll if composited else None))


def matte_faults(portrait: Portrait, turned: float | None = None) -> tuple[Measurement, ...]:
    """Holes, cut hair and loose pieces of the matte of `portrait`; empty without a matte.

    The limits come from the mattes of five portraits and from spoilt copies; see the tests.

    Raises:
        SetupError: weights are missing.
    """
    matte, face = portrait.view.matte, portrait.view.face
    if matte is None:
        return ()
    small, factor = fit(matte, max(16, round(max(matte.shape) * VIEWED_FACE / face.width)))
    face = face.scaled(factor)
    covered = (small > 0.5).astype(np.uint8)
    sitter, loose = _pieces(covered, face)
    if not sitter.any():
        return (take("matte-holes", 100.0),)
    holes = take("matte-holes", 100 * _holes(small, sitter, face.width))
    if not holes.passed:  # only then is it worth asking what is around them
        gaps = _gaps(small, portrait.view.segments, face)
        holes = take("matte-holes", 100 * _holes(np.maximum(small, gaps), sitter, face.width))
    return (
        holes,
        take("cut-hair", _straight(sitter, face, turned)),
        take("loose-pieces", 100 * loose),
        take("lower-edge", float(sitter[-1].sum()) / face.width),
    )


def _pieces(covered: NDArray[np.uint8], face: Face) -> tuple[NDArray[np.uint8], float]:
    """The piece with the face, uint8 (H, W) 0 or 1, and the area of the others relative to it."""
    count, labels = cv2.connectedComponents(covered)
    if count <= 1:
        return np.zeros_like(covered), 0.0
    inside = labels[_pixels(face, covered.shape)]
    inside = inside[inside > 0]
    if not inside.size:
        inside = labels[labels > 0]
    sitter = (labels == np.bincount(inside).argmax()).astype(np.uint8)
    area = np.count_nonzero(sitter)
    return sitter, np.count_nonzero(covered) / area - 1


def _pixels(face: Face, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the mesh points within a picture of `shape`."""
    points = np.round(face.landmarks[:468, :2]).astype(np.intp)
    within = ((points >= 0) & (points < (shape[1], shape[0]))).all(axis=1)
    return points[within, 1], points[within, 0]


def _holes(matte: Mask, sitter: NDArray[np.uint8], width: float) -> float:
    """How transparent the inside of the sitter is, 0..1; 0 is best.

    A measure of this program's own. The inside is the sitter with enclosed gaps filled, without a
    rim; along the picture's own edge there is no rim.
    """
    solid = cv2.erode(filled(sitter), disc(_RIM * width), borderType=cv2.BORDER_REPLICATE)
    inside = matte[solid > 0]
    return float(np.clip(1 - inside, 0, 1).mean()) if inside.size else 0.0


def _gaps(matte: Mask, segments: Segments, face: Face) -> Mask:
    """Where the background shows between strands of hair or through jewellery, as it may: float32
    (H, W), 0 or 1.

    matte: (H, W), with `face` in its pixels.

    Such a gap lies beside the face or lower, and what is around it is hair or something worn.
    """
    rows, columns = matte.shape
    around = segments.of(Segment.HAIR, Segment.OTHER)
    own = 1 - segments.of(Segment.BACKGROUND)
    loose, whole = (resize(each, columns, rows) for each in (around, own))
    _, labels = cv2.connectedComponents((matte < 0.5).astype(np.uint8))
    gaps = np.zeros(matte.shape, np.uint8)
    eyes = float(face.points[:2, 1].mean())
    for label in range(1, int(labels.max()) + 1):
        piece = labels == label
        if float(np.flatnonzero(piece.any(axis=1)).mean()) < eyes:
            continue
        ring = (cv2.dilate(piece.astype(np.uint8), disc(_AROUND * face.width)) > 0) & ~piece
        if float(loose[ring].sum()) >= _LOOSE * float(whole[ring].sum()):
            gaps[piece] = 1
    return np.asarray(cv2.dilate(gaps, disc(_SOFT * face.width)), np.float32)


def _straight(sitter: NDArray[np.uint8], face: Face, turned: float | None) -> float:
    """Longest straight piece of the outline where people have none, in face widths; 0 is best.

    A measure of this program's own. Above the chin straight pieces count in any direction; below
    it only vertical ones, as sleeves and shoulders can be straight. The picture's own edges don't
    count, as a headshot may end there.

    turned: degrees by which the photo was levelled, None where that isn't known. The photo's ends
        lie along its turned axes; straight hair and jackets seldom do.
    """
    rows, columns = sitter.shape
    contours, _ = cv2.findContours(sitter, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    outline = max(contours, key=len)
    corners = cv2.approxPolyDP(outline, 0.9, True)[:, 0, :]
    chin = float(face.landmarks[CHIN, 1])
    longest = 0.0
    for start, end in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        along = np.abs(end - start)
        if max(start[1], end[1]) >= rows - 1 and along[1] <= 1:
            continue
        if max(start[1], end[1]) <= 1:  # a close portrait: the upper edge crops the hair
            continue
        at_side = max(start[0], end[0]) <= 1 or min(start[0], end[0]) >= columns - 2
        if at_side or (min(start[1], end[1]) > chin and along[0] > 0.03 * along[1]):
            continue
        slope = np.degrees(np.arctan2(*(end - start)[::-1])) + (turned or 0.0)
        if turned is not None and abs((slope + 45) % 90 - 45) > _ALONG:
            continue
        longest = max(longest, float(np.hypot(*along)))
    return longest / face.width
