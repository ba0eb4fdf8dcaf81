"""Foreign objects in a cut-out: another person, a chair, something in the sitter's hand."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces import Face
from ...faces.composed import PRESENCE
from ...faces.detection import Detector
from ...faces.masks import disc, hull_mask, touching
from ...faces.mesh import Mesher
from ...images import Box, Float, Image, Mask, fit, to_lab
from ...portrait.held_objects import Thing, hands, held_things
from ...portrait.portrait import LONGEST, Portrait
from ...scorecard import Measurement
from ..measure import take
from .body import Body, on_grey, segment_body

# Pixels of the square of `Body`, (256, 256).
Pixels: TypeAlias = NDArray[np.bool_]

# From this value of the body mask on a pixel is the sitter. This and the figures below were
# measured by tests/benchmarks/studio/faults.py.
_SITTER = 0.4
# Face widths: how coarse the network's outline is, and the narrowest thing that counts.
_COARSE, _NARROW = 0.10, 0.05
# Everything is looked for on the reduced copy: a headshot's face is some 200 pixels wide in it, all
# that the networks can use. The copy is mirrored at both sides by this share of its width.
_MIRRORED = 0.2
# Share of another face that the matte must cover before it counts.
_COVERED = 0.5
# A piece is another person's if their face is in it or this near, in widths of that face.
_NEAR = 0.6
# A chair's back shows on both sides: on each at least this much of the cut-out (per cent), in about
# one colour (CIE76) that hardly varies (mean deviation of L*, a*, b*), up to about the same height
# (face widths). Two neighbours in dark clothes fail one of these.
_EACH_SIDE, _ONE_COLOUR, _EVEN, _LEVEL = 0.15, 16.0, 7.0, 0.5


def foreign_objects(portrait: Portrait) -> tuple[Measurement, ...]:
    """Other person, chair, other pieces, held object and hand; empty without a matte.

    Raises:
        SetupError: the weights are missing.
    """
    if portrait.matte is None:
        return ()
    image, factor = portrait.reduced
    matte = np.clip(fit(portrait.matte, LONGEST)[0], 0, 1)
    face = portrait.face.scaled(factor)
    body = segment_body(image, matte, face)
    beside = _beside(body)
    cover = max(float((body.matte > 0.5).sum()), 1.0)
    plain = on_grey(image, matte)
    others = _other_faces(plain, matte, face)
    person = _other_people(beside, body, others)
    chair = _chair(beside & ~person, body, cover)
    rest = beside & ~person & ~chair
    things = held_things(plain, face)[:1]
    return (
        take("other-person", 100 * float(person.sum()) / cover),
        take("chair", 100 * float(chair.sum()) / cover),
        take("beside-sitter", 100 * float(rest.sum()) / cover),
        take("held-object", _surest(things), what=things[0].name if things else ""),
        take("hand", _surest(hands(plain))),
    )


def _surest(things: Sequence[Thing]) -> float:
    return max((thing.confidence for thing in things), default=0.0)


def _beside(body: Body) -> Pixels:
    """Where the matte covers more than the sitter's body."""
    own = cv2.dilate((body.sitter > _SITTER).astype(np.uint8), disc(_COARSE * body.face_width))
    strange = ((body.matte > 0.5) & (own == 0)).astype(np.uint8)
    return cv2.morphologyEx(strange, cv2.MORPH_OPEN, disc(_NARROW * body.face_width)) > 0


def _other_faces(on_grey: Image, cover: Mask, face: Face) -> list[Float]:
    """Outlines (N, 2) of other people's faces that the matte covers, in pixels."""
    # Mirrored at the picture's sides, the half of a face that an edge cut off is whole again.
    columns = on_grey.shape[1]
    edge = round(_MIRRORED * columns)
    bordered = cv2.copyMakeBorder(on_grey, 0, 0, edge, edge, cv2.BORDER_REFLECT)
    pixels = np.asarray(bordered, np.float32)
    wide = np.pad(cover, ((0, 0), (edge, edge)))
    shift = np.array([edge, 0], np.float32)
    outlines: list[Float] = []
    for detection in Detector().detect(pixels):
        x, y = np.array(detection.box.centre) - shift
        if face.box.x0 <= x <= face.box.x1 and face.box.y0 <= y <= face.box.y1:
            continue
        # Only other people's faces need a mesh, which is the most expensive step here.
        mesh = Mesher().measure(pixels, detection)
        points = mesh.landmarks[:468, :2]
        if mesh.presence < PRESENCE or not np.isfinite(points).all():
            continue
        (x0, y0), (x1, y1) = points.min(axis=0).tolist(), points.max(axis=0).tolist()
        part = Box(max(x0, edge), y0, min(x1, edge + columns), y1).cut(wide)
        if part.size and float(part.mean()) > _COVERED:
            outlines.append(points - shift)
    return outlines


def _other_people(beside: Pixels, body: Body, others: Sequence[Float]) -> Pixels:
    """Other people's faces, and the pieces that touch them."""
    theirs, near = np.zeros((2, *beside.shape), bool)
    for outline in others:
        points = outline @ body.matrix[:, :2].T + body.matrix[:, 2]
        hull = hull_mask(beside.shape, points)
        near |= cv2.dilate(hull, disc(_NEAR * float(np.ptp(points[:, 0])))) > 0
        theirs |= (hull > 0) & (body.matte > 0.5)
    return theirs | touching(beside, near)


def _chair(beside: Pixels, body: Body, cover: float) -> Pixels:
    """What shows on both sides of the sitter in one colour, as a chair's back does."""
    middle = beside.shape[1] // 2
    left, right = beside.copy(), beside.copy()
    left[:, middle:] = False
    right[:, :middle] = False
    if 100 * min(left.sum(), right.sum()) / cover < _EACH_SIDE:
        return np.zeros_like(beside)
    colours = to_lab(body.image)
    tops = [float(np.flatnonzero(part.any(axis=1))[0]) for part in (left, right)]
    level = abs(tops[0] - tops[1]) <= _LEVEL * body.face_width
    even = np.mean([colours[part].std(axis=0) for part in (left, right)]) <= _EVEN
    one, other = (np.median(colours[part], axis=0) for part in (left, right))
    alike = float(np.linalg.norm(one - other)) <= _ONE_COLOUR
    return beside if level and even and alike else np.zeros_like(beside)
