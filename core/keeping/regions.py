"""Which pixels of the original come back, by what the edit was meant to change."""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces.masks import touching
from ..images import Mask, blur, resize, to_lab
from ..portrait.segments import Segment
from .head import face_oval, head_of, near_neck
from .sight import Sight
from .smooth import smoothstep

Bool = NDArray[np.bool_]


class Keep(StrEnum):
    """What stays the sitter's own; with NOTHING the edit is only registered and judged."""

    FACE = "face"
    HEAD = "head"
    ALL_BUT_CLOTHES = "everything but clothes"
    ALL_BUT_BACKDROP = "everything but backdrop"
    NOTHING = "nothing"


# Face widths. The joint begins at the first distance from what is the edit's and ends at the
# second.
_HEAD, _HEAD_LEAST = (0.012, 0.09), (0.004, 0.03)
_FACE, _CLOTHES = (0.012, 0.08), (0.012, 0.06)
_AROUND = (0.2, 0.35)  # how much of the wall around the head comes along
_SOFT = 0.008
# Differences (CIE76) after the drift was taken off from which skin below the chin is the edit's: it
# is a collar of the colour of skin, or another shadow.
_OTHER = (11.0, 18.0)
# From where on clothes are no hairband, in heights of the face below the chin.
_SHOULDERS = (-0.45, -0.3)
_CLOTH = 0.35  # share of clothes from which a place is theirs
_END = 0.1  # face widths over which the original ends where the frame goes on beyond it


def own_share(keep: Keep, own: Sight, edit: Sight) -> Mask:
    """The share of the original's pixels in each place, float32 (h, w) 0..1.

    own, edit: on one grid; `edit` without its drift.
    """
    match keep:
        case Keep.FACE:
            share = _face(own, edit)
        case Keep.HEAD:
            share = _head(own, edit)
        case Keep.ALL_BUT_CLOTHES:
            away = _distance(~_cloth(own, edit)) / own.face.width
            share = smoothstep(away, *_CLOTHES)
        case Keep.ALL_BUT_BACKDROP:
            share = np.ones_like(own.matte)
        case Keep.NOTHING:
            share = np.zeros_like(own.matte)
    if own.covered.all():
        return share
    inside = _distance(own.covered > 0.5) / own.face.width
    return np.asarray(share * smoothstep(inside, 0.01, _END), np.float32)


def _face(own: Sight, edit: Sight) -> Mask:
    """Skin of the face in both pictures, with glasses and what else lies within the mesh."""
    inside = _shown_face(own) & _shown_face(edit)
    return smoothstep(_distance(inside) / own.face.width, *_FACE)


def _shown_face(sight: Sight) -> Bool:
    worn = sight.of(Segment.OTHER) * face_oval(sight)
    return sight.of(Segment.FACE_SKIN) + worn > 0.5


def _head(own: Sight, edit: Sight) -> Mask:
    """Head and neck, away from clothes in either picture; the joint lies on the neck or within
    hair.
    """
    width = own.face.width
    head = head_of(own)
    body = own.of(Segment.BODY_SKIN) + edit.of(Segment.BODY_SKIN) > 0.8
    below = body & (near_neck(own) < 0.5) & (own.of(Segment.FACE_SKIN) < 0.3) & (head < 0.5)
    away = _distance(~_cloth(own, edit) & ~below) / width
    solid = (head > 0.5) & (own.matte > 0.5)
    around = _distance(~solid) / width
    share = smoothstep(away, *_HEAD) * smoothstep(-around, -_AROUND[1], -_AROUND[0])
    return np.asarray(blur(share, _SOFT * width) * smoothstep(away, *_HEAD_LEAST), np.float32)


def _cloth(own: Sight, edit: Sight) -> Bool:
    """Where clothes are in either picture, or what else below the chin is not the sitter's own."""
    down, _ = own.down_and_aside()
    clothes = np.maximum(own.of(Segment.CLOTHES), edit.of(Segment.CLOTHES))
    other = np.maximum(own.of(Segment.OTHER), edit.of(Segment.OTHER))
    differs = smoothstep(blur(_difference(own, edit), 0.01 * own.face.width), *_OTHER)
    # Beside the face a shoulder that was dressed anew counts, but no hairband or scarf that stayed.
    head = own.of(Segment.HAIR, Segment.FACE_SKIN)
    shoulder = _reaching(clothes >= _CLOTH, down) * differs * (head < 0.5)
    cloth = clothes * np.maximum(smoothstep(down, *_SHOULDERS), shoulder)
    cloth += other * smoothstep(down, 0, 0.15) + differs * smoothstep(down, 0.03, 0.12)
    return (cloth >= _CLOTH) & ((own.matte > 0.3) | (edit.matte > 0.3))


def _reaching(where: Bool, down: Mask) -> Bool:
    """The pieces of `where` that go on below the chin, or to the lower end of a close picture."""
    return touching(where, down > min(0.1, float(down.max()) - 0.1))


def _difference(own: Sight, edit: Sight) -> Mask:
    """CIE76 of both pictures, without their fine detail, (h, w)."""
    rows, columns = own.matte.shape
    size = max(1, columns // 3), max(1, rows // 3)
    apart = to_lab(resize(own.image, *size)) - to_lab(resize(edit.image, *size))
    large = cv2.resize(np.linalg.norm(apart, axis=2), (columns, rows))
    return np.asarray(large, np.float32)


def _distance(where: Bool) -> Mask:
    """Distance of each place to the nearest one outside `where`, pixels; the picture's end is not
    outside.
    """
    if where.all():
        return np.full(where.shape, 1e6, np.float32)
    return np.asarray(cv2.distanceTransform(where.astype(np.uint8), cv2.DIST_L2, 5), np.float32)
