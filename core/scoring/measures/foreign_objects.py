"""What is in a cut-out and isn't the sitter: another person, a chair, something held."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces import Face
from ...faces.composed import PRESENCE
from ...faces.detection import Detector
from ...faces.mesh import Mesher
from ...images import Box, Float, Image, Mask, fit, to_lab
from ...portrait.portrait import LONGEST, Portrait
from ...scorecard import Measurement
from ..measure import take
from .body import Judged, disc, judge_body, on_grey
from .held_objects import Thing, hands, held_things

# Which pixels of the judge's square, (256, 256).
Pixels: TypeAlias = NDArray[np.bool_]

# Below this the network doesn't take a pixel for the sitter. Measured, as the figures below, by
# tests/benchmarks/studio/faults.py.
_SITTER = 0.4
# Face widths: how coarse the network's outline is, and the narrowest thing that is looked at.
_COARSE, _NARROW = 0.10, 0.05
# Everything is looked for on the reduced copy, and of other faces only those that the matte covers.
# A face of a headshot is some 200 pixels wide in it, all that the networks can use.
_MIRRORED = 0.2  # of the width
_COVERED = 0.5
# A piece belongs to somebody else if their face is in it or this near, in widths of that face.
_NEAR = 0.6
# A chair's back shows on both sides, at least this much of a cut-out on each (per cent), in about
# one colour (CIE76) that hardly varies (mean deviation of L*, a*, b*), up to one height (face
# widths). Two neighbours in dark clothes fail one of these.
_EACH_SIDE, _ONE_COLOUR, _EVEN, _LEVEL = 0.15, 16.0, 7.0, 0.5


def foreign_objects(portrait: Portrait) -> tuple[Measurement, ...]:
    """Five measures of a cut-out: `portrait` with a matte; nothing without one.

    Raises:
        SetupError: the weights are missing.
    """
    if portrait.matte is None:
        return ()
    image, factor = portrait.reduced
    matte = np.clip(fit(portrait.matte, LONGEST)[0], 0, 1)
    face = portrait.face.scaled(factor)
    judged = judge_body(image, matte, face)
    beside = _beside(judged)
    cover = max(float((judged.matte > 0.5).sum()), 1.0)
    plain = on_grey(image, matte)
    others = _other_faces(plain, matte, face)
    person = _somebodys(beside, judged, others)
    chair = _chair(beside & ~person, judged, cover)
    rest = beside & ~person & ~chair
    held = held_things(plain, face)[:1]
    return (
        take("other-person", 100 * float(person.sum()) / cover),
        take("chair", 100 * float(chair.sum()) / cover),
        take("beside-sitter", 100 * float(rest.sum()) / cover),
        take("held-object", _surest(held), what=held[0].name if held else ""),
        take("hand", _surest(hands(plain))),
    )


def _surest(things: Sequence[Thing]) -> float:
    return max((thing.confidence for thing in things), default=0.0)


def _beside(judged: Judged) -> Pixels:
    """Where the matte covers what the network doesn't take for the sitter."""
    own = cv2.dilate((judged.sitter > _SITTER).astype(np.uint8), disc(_COARSE * judged.face_width))
    strange = ((judged.matte > 0.5) & (own == 0)).astype(np.uint8)
    return cv2.morphologyEx(strange, cv2.MORPH_OPEN, disc(_NARROW * judged.face_width)) > 0


def _other_faces(on_grey: Image, cover: Mask, face: Face) -> list[Float]:
    """Outlines (N, 2) of other people's faces that the matte covers, in pixels."""
    # Mirrored at the picture's sides, the half of a face that an edge cut off is whole again.
    columns = on_grey.shape[1]
    edge = round(_MIRRORED * columns)
    bordered = cv2.copyMakeBorder(on_grey, 0, 0, edge, edge, cv2.BORDER_REFLECT)
    seen = np.asarray(bordered, np.float32)
    wide = np.pad(cover, ((0, 0), (edge, edge)))
    shift = np.array([edge, 0], np.float32)
    outlines: list[Float] = []
    for found in Detector().detect(seen):
        x, y = np.array(found.box.centre) - shift
        if face.box.x0 <= x <= face.box.x1 and face.box.y0 <= y <= face.box.y1:
            continue
        # The mesh is for strangers only: the sitter's own is known, and it costs the most here.
        mesh = Mesher().measure(seen, found)
        points = mesh.landmarks[:468, :2]
        if mesh.presence < PRESENCE or not np.isfinite(points).all():
            continue
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        part = Box(max(x0, edge), y0, min(x1, edge + columns), y1).cut(wide)
        if part.size and float(part.mean()) > _COVERED:
            outlines.append(points - shift)
    return outlines


def _somebodys(beside: Pixels, judged: Judged, others: Sequence[Float]) -> Pixels:
    """Other people's faces, and the strange pieces at them."""
    found = np.zeros(beside.shape, bool)
    _, pieces = cv2.connectedComponents(beside.astype(np.uint8))
    for outline in others:
        points = outline @ judged.matrix[:, :2].T + judged.matrix[:, 2]
        hull = np.zeros(beside.shape, np.uint8)
        cv2.fillConvexPoly(hull, cv2.convexHull(np.round(points).astype(np.int32)), (1,))
        near = cv2.dilate(hull, disc(_NEAR * float(np.ptp(points[:, 0])))) > 0
        found |= np.isin(pieces, np.setdiff1d(pieces[near], [0]))
        found |= (hull > 0) & (judged.matte > 0.5)
    return found


def _chair(beside: Pixels, judged: Judged, cover: float) -> Pixels:
    """What shows on both sides in one colour, as a chair's back does."""
    middle = beside.shape[1] // 2
    left, right = beside.copy(), beside.copy()
    left[:, middle:] = False
    right[:, :middle] = False
    if 100 * min(left.sum(), right.sum()) / cover < _EACH_SIDE:
        return np.zeros_like(beside)
    colours = to_lab(judged.image)
    tops = [float(np.flatnonzero(part.any(axis=1))[0]) for part in (left, right)]
    level = abs(tops[0] - tops[1]) <= _LEVEL * judged.face_width
    even = np.mean([colours[part].std(axis=0) for part in (left, right)]) <= _EVEN
    one, other = (np.median(colours[part], axis=0) for part in (left, right))
    alike = float(np.linalg.norm(one - other)) <= _ONE_COLOUR
    return beside if level and even and alike else np.zeros_like(beside)
