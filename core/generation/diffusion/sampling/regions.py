"""Which parts of a composite a painter may touch."""

from __future__ import annotations

import cv2
import numpy as np

from ....faces import Face
from ....faces.regions import CHIN
from ....images import Image, Mask, blur

# Shares of the face's width: how far in from the sitter's outline hair is left alone, how far below
# the chin the neck is, and how soft the seam is.
_EDGE, _NECK, _SOFT = 0.1, 0.12, 0.05
_NONE = 1 / 512  # of a mask, which 8 bits wouldn't show


def surroundings(matte: Mask, face: Face) -> Mask:
    """Backdrop, outer hair and clothes: float32 (H, W), 1 where painted, soft towards the head.

    matte: the sitter's coverage (H, W). What is kept is the head inside its outline, to a little
    below the chin.
    """
    height, width = matte.shape
    reach = max(1, round(_EDGE * face.width))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode((matte > 0.5).astype(np.uint8), kernel, borderValue=1)
    # The face itself is kept to its rim, also where no hair is around it.
    oval = cv2.convexHull(face.landmarks[:468, :2].astype(np.int32))
    inside = np.asarray(cv2.fillConvexPoly(inside, oval, 1), np.float32)
    chin = float(face.landmarks[CHIN, 1]) + _NECK * face.width
    rows = np.arange(height, dtype=np.float32)[:, None]
    above = np.clip((chin - rows) / max(1.0, _NECK * face.width) + 0.5, 0, 1)
    kept = inside * above
    middle = float(face.landmarks[:468, 0].mean())
    near = np.abs(np.arange(width, dtype=np.float32) - middle) < 1.6 * face.width
    soft = blur(np.asarray(kept * near, np.float32), max(0.5, _SOFT * face.width))
    painted = np.clip(1 - soft, 0, 1).astype(np.float32)
    painted[painted < _NONE] = 0  # what is kept is kept to the bit
    return painted


def laid_back(painted: Image, start: Image, mask: Mask | None) -> Image:
    """What was painted where `mask` says so, and every other pixel of `start` as it was."""
    if mask is None:
        return painted
    return (start + mask[..., None] * (painted - start)).astype(np.float32)
