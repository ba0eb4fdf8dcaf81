"""Where an edit model may paint, so that the sitter wears something else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.masks import disc, filled, polygon_mask, touching
from ..faces.regions import CHIN, FOREHEAD_TOP, OVAL
from ..images import Mask, ramp, resize
from ..portrait.segments import Segment

Bool = NDArray[np.bool_]

_WORKING = 320.0  # height of the face in pixels at which masks are drawn: models paint no finer
# All lengths are in heights of the face, from the chin to the top of the forehead.
_COUNTS = 0.4  # share of a place from which it counts as clothes or skin
_HAIR = 0.25  # and from which it counts as hair
_STRAND = 0.03  # half the width below which hair at the shoulders may be the edge of dark cloth
_CHIN = 0.15  # below the chin, where the segmenter's skin of the face ends at the latest
_BAND = (-0.45, -0.3)  # above the chin, where clothes may be a hairband or a hat
_NECK = 0.6  # below the chin and beside it, where skin is the neck's
_RIM = 0.03  # the soft rim towards hair and face
# Squared heights of the face, below which pieces of clothes or hands are the segmenter's slips.
_SPECK, _HAND = 0.004, 0.03


@dataclass(frozen=True, eq=False)
class Areas:
    """Masks as large as the picture, float32 (H, W), 0..1.

    clothes: the clothes, grown so that a new collar has room; never over hair, the face, or hands
        that lie on the clothes.
    neckline: the same with the skin of neck, chest and shoulders that another neckline may show or
        cover.
    """

    clothes: Mask
    neckline: Mask


def areas(parts: Mapping[Segment, Mask], face: Face, grow: float) -> Areas:
    """Where the sitter of `face` may be dressed anew.

    parts: as `segment_masks` makes them.
    grow: how far beyond the clothes, in heights of the face, 0..0.5.
    """
    rows, columns = parts[Segment.CLOTHES].shape
    scale = min(1.0, _WORKING / _tall(face))
    if scale < 1:
        size = max(1, round(scale * columns)), max(1, round(scale * rows))
        small = {each: np.clip(resize(mask, *size), 0, 1) for each, mask in parts.items()}
        drawn = areas(small, face.scaled(scale), grow)
        return Areas(*(_enlarged(mask, columns, rows) for mask in (drawn.clothes, drawn.neckline)))
    place = _Place.of(face, (rows, columns))
    hair = _hair(parts, place)
    neck, hands = _skin(parts, hair, place)
    stays = hair | hands | _face(parts, face, place)
    # Ties, badges and necklaces lie within the clothes or on the skin, whatever they count as.
    least = _SPECK * place.tall**2
    worn = (parts[Segment.CLOTHES] >= _COUNTS) & (place.down > _BAND[0])
    clothes = _whole(worn, least) & ~stays
    both = _whole(clothes | neck, least) & ~stays
    free = ramp(place.down, *_BAND) * ramp(_distance(~stays), 0, max(1.0, _RIM * place.tall))
    reach = grow * place.tall
    masks = (np.asarray(_grown(each, reach) * free, np.float32) for each in (clothes, both))
    return Areas(*masks)


@dataclass(frozen=True, eq=False)
class _Place:
    """Where pixels lie, in heights of the face; arrays float32 (H, W).

    tall: height of the face in pixels.
    down: below the chin, along the face.
    aside: beside the face's middle.
    """

    tall: float
    down: Mask
    aside: Mask

    @classmethod
    def of(cls, face: Face, shape: tuple[int, ...]) -> _Place:
        chin, tall = face.landmarks[CHIN, :2], _tall(face)
        along = (chin - face.landmarks[FOREHEAD_TOP, :2]) / tall
        x = np.arange(shape[1], dtype=np.float32) - chin[0]
        y = (np.arange(shape[0], dtype=np.float32) - chin[1])[:, None]
        down = (x * along[0] + y * along[1]) / tall
        aside = np.abs(x * along[1] - y * along[0]) / tall
        return cls(tall, np.asarray(down, np.float32), np.asarray(aside, np.float32))


def _tall(face: Face) -> float:
    """The height of the face, pixels."""
    chin, top = face.landmarks[CHIN, :2], face.landmarks[FOREHEAD_TOP, :2]
    return max(float(np.linalg.norm(chin - top)), 1.0)


def _face(parts: Mapping[Segment, Mask], face: Face, place: _Place) -> Bool:
    """The face, ears and beard with what is worn there: glasses, a headset, a hat."""
    oval = polygon_mask(place.down.shape, face.landmarks[list(OVAL), :2]) > 0
    skin = (parts[Segment.FACE_SKIN] >= _COUNTS) & (place.down < _CHIN)
    worn = (parts[Segment.OTHER] >= _COUNTS) & (place.down < 0)
    return _large(oval | skin | worn, _SPECK * place.tall**2)


def _hair(parts: Mapping[Segment, Mask], place: _Place) -> Bool:
    """The hair that hangs from the head; the segmenter takes some dark cloth, and its edge, for
    hair.
    """
    hair = parts[Segment.HAIR]
    area = (hair >= _HAIR) & (hair > parts[Segment.CLOTHES])
    thick = cv2.morphologyEx(area.astype(np.uint8), cv2.MORPH_OPEN, disc(_STRAND * place.tall))
    return touching(area & ((place.down < _BAND[0]) | (thick > 0)), place.down < 0)


def _skin(parts: Mapping[Segment, Mask], hair: Bool, place: _Place) -> tuple[Bool, Bool]:
    """Skin below the chin: what goes on from the neck, also behind `hair`; and hands and arms apart
    from it.
    """
    below = place.down > 0
    beard = parts[Segment.FACE_SKIN] * (place.down >= _CHIN)  # skin of the neck, taken for the face
    skin = (parts[Segment.BODY_SKIN] + beard >= _COUNTS) & below
    at_neck = skin & (place.down < _NECK) & (place.aside < _NECK)
    neck = skin & touching(skin | hair & below, at_neck)
    return neck, _large(skin & ~neck, _HAND * place.tall**2)


def _whole(area: Bool, least: float) -> Bool:
    """`area` without pieces of less than so many pixels, and with what it encloses."""
    return np.asarray(filled(_large(area, least).astype(np.uint8)) > 0, np.bool_)


def _large(area: Bool, least: float) -> Bool:
    """The pieces of `area` of at least so many pixels."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(area.astype(np.uint8))
    large = stats[:, cv2.CC_STAT_AREA] >= least
    return np.asarray(area & large[np.asarray(pieces, np.intp)], np.bool_)


def _grown(area: Bool, reach: float) -> Mask:
    """`area` and as much around it, in pixels, that then runs out over half of it."""
    return 1 - ramp(_distance(~area), reach, 1.5 * reach + 1)


def _distance(area: Bool) -> Mask:
    """How far each place of `area` lies from its end, pixels; the picture's end is none."""
    if area.all():
        return np.full(area.shape, np.float32(1e6))
    return np.asarray(cv2.distanceTransform(area.astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _enlarged(mask: Mask, columns: int, rows: int) -> Mask:
    return np.asarray(cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_LINEAR), np.float32)
