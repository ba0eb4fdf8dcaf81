"""The parts of a composite that a painter may change."""

from __future__ import annotations

import cv2
import numpy as np

from ....faces import Face
from ....faces.masks import disc, hull_mask
from ....faces.regions import CHIN
from ....images import Image, Mask, blur

# Shares of the face's width: distance inside the sitter's outline from which hair is kept, distance
# below the chin down to which the head is kept, and softness of the seam.
_EDGE, _NECK, _SOFT = 0.1, 0.12, 0.05
_NONE = 1 / 512  # value of a mask that 8 bits wouldn't show


def surroundings(matte: Mask, face: Face) -> Mask:
    """The mask of backdrop, outer hair and clothes, float32 (H, W): 1 where to paint.

    The inside of the head, down to a little below the chin, is kept, with a soft seam.

    matte: the sitter's coverage, float32 (H, W) 0..1.
    """
    height, width = matte.shape
    inside = cv2.erode((matte > 0.5).astype(np.uint8), disc(_EDGE * face.width), borderValue=1)
    # The face itself is kept to its rim, also without hair around it.
    oval = hull_mask(matte.shape, face.landmarks[:468, :2].astype(np.int32))
    inside = np.maximum(inside, oval).astype(np.float32)
    chin = float(face.landmarks[CHIN, 1]) + _NECK * face.width
    rows = np.arange(height, dtype=np.float32)[:, None]
    above = np.clip((chin - rows) / max(1.0, _NECK * face.width) + 0.5, 0, 1)
    kept = inside * above
    middle = float(face.landmarks[:468, 0].mean())
    near = np.abs(np.arange(width, dtype=np.float32) - middle) < 1.6 * face.width
    soft = blur(np.asarray(kept * near, np.float32), max(0.5, _SOFT * face.width))
    painted = np.clip(1 - soft, 0, 1).astype(np.float32)
    painted[painted < _NONE] = 0  # so that kept pixels stay exactly the same
    return painted


def beside_face(shape: tuple[int, int], face: Face) -> Mask:
    """The mask of all but the face, float32 (H, W) of `shape`, with a soft seam around it."""
    oval = hull_mask(shape, face.landmarks[:468, :2].astype(np.int32))
    wide = cv2.dilate(oval, disc(_EDGE * face.width)).astype(np.float32)
    painted = np.clip(1 - blur(wide, max(0.5, _SOFT * face.width)), 0, 1).astype(np.float32)
    painted[painted < _NONE] = 0
    return painted


def laid_back(painted: Image, start: Image, mask: Mask | None) -> Image:
    """`painted` over `start` by `mask`; unmasked pixels of `start` stay exactly the same."""
    if mask is None:
        return painted
    return (start + mask[..., None] * (painted - start)).astype(np.float32)
