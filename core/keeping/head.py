"""Where the sitter's head is: hair, face and neck, with what is worn on it."""

from __future__ import annotations

import numpy as np

from ..faces.masks import polygon_mask
from ..faces.regions import OVAL
from ..images import Mask
from ..portrait.segments import Segment
from .sight import Sight
from .smooth import smoothstep

# All in heights of the face, below the chin (negative: above) or beside the middle.
_NECK, _NECK_ASIDE = (0.45, 0.75), (0.7, 1.0)  # where the neck ends
_HAIR = (1.6, 2.2)  # where long hair ends
_WORN, _WORN_ASIDE = (0.0, 0.15), (0.7, 0.9)  # glasses, earrings
_BAND = (-0.45, -0.3)  # where a hairband may be taken for clothes


def head_of(sight: Sight) -> Mask:
    """Hair, face, neck, and what is worn on the head, float32 (h, w) 0..1, within the matte."""
    down, aside = sight.down_and_aside()
    worn = sight.of(Segment.OTHER) + sight.of(Segment.CLOTHES) * _until(down, _BAND)
    worn = worn * _until(down, _WORN) * _until(aside, _WORN_ASIDE)
    skin = sight.of(Segment.FACE_SKIN) + sight.of(Segment.BODY_SKIN) * near_neck(sight)
    head = skin + sight.of(Segment.HAIR) * _until(down, _HAIR) + worn
    head = np.maximum(head, face_oval(sight) * sight.matte)  # whatever the segmenter makes of it
    return np.asarray(np.clip(head, 0, 1), np.float32)


def face_oval(sight: Sight) -> Mask:
    """The mesh's oval, forehead to chin, float32 (h, w), 0 or 1."""
    outline = sight.face.landmarks[list(OVAL), :2]
    return np.asarray(polygon_mask(sight.matte.shape, outline), np.float32)


def near_neck(sight: Sight) -> Mask:
    """Where skin of the body counts as the neck's, float32 (h, w) 0..1."""
    down, aside = sight.down_and_aside()
    return np.asarray(_until(down, _NECK) * _until(aside, _NECK_ASIDE), np.float32)


def _until(distance: Mask, span: tuple[float, float]) -> Mask:
    """1 before the span, 0 beyond it."""
    return smoothstep(-distance, -span[1], -span[0])
