"""What full retouching and tidying would change on a plate; looks apply a share of each."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.head_pose import turned
from ....identity.identity import Identity
from ....identity.lasting_marks import lasting_mask
from ....images import Box, Mask, resize, to_linear, to_srgb
from ....portrait.materials import bare_skin, clothes_of
from ....portrait.segments import Segments
from ....portrait.skin import face_box
from ..retouch.details import touch_up
from ..retouch.lint import without_lint
from .fixed_point import Change, change, reduced

_FINEST = 800  # largest face width in pixels at which they are computed


def skin_change(
    kept: NDArray[np.uint16], face: Face, identity: Identity | None, segments: Segments
) -> Change:
    """The change by full retouching, which affects the face alone."""
    region = face_box(face, kept.shape, margin=0.1)
    x, y = round(region.x0), round(region.y0)
    part = region.cut(kept)
    # The retouch keeps pores, so nothing finer than this changes.
    scale = min(1.0, _FINEST / face.width)
    size = max(1, round(part.shape[1] * scale)), max(1, round(part.shape[0] * scale))
    here = turned(face, np.array([[1, 0, -x], [0, 1, -y]], np.float32)).scaled(scale)
    before = reduced(part, *size)
    lasting = lasting_mask(identity, here, before.shape) if identity else None
    bare = _part(bare_skin(segments), region, kept.shape, size)
    after = to_linear(touch_up(to_srgb(before), here, 1, lasting, bare=bare))
    return change(before, after, x, y, scale)


def clothes_change(
    kept: NDArray[np.uint16], matte: Mask, segments: Segments, face: Face
) -> Change | None:
    """The change by full tidying of the clothes."""
    rows, columns = matte.shape
    clothes = resize(clothes_of(segments), columns, rows) * matte
    across, down = (np.flatnonzero((clothes > 0.5).any(axis=axis)) for axis in (0, 1))
    if not len(across):
        return None
    x, y = int(across[0]), int(down[0])
    part = slice(y, int(down[-1]) + 1), slice(x, int(across[-1]) + 1)
    scale = min(1.0, _FINEST / face.width)
    tall, wide = kept[part].shape[:2]
    size = max(1, round(wide * scale)), max(1, round(tall * scale))
    before = reduced(kept[part], *size)
    bare = to_srgb(before)
    after = without_lint(bare, resize(clothes[part], *size), scale * face.width)
    return None if after is bare else change(before, to_linear(after), x, y, scale)


def _part(small: Mask, region: Box, shape: tuple[int, ...], size: tuple[int, int]) -> Mask:
    """The part in `region` of a smaller copy of a picture of `shape`, in `size` (width, height)."""
    across, down = small.shape[1] / shape[1], small.shape[0] / shape[0]
    steps = region.width * across / size[0], region.height * down / size[1]
    # Pixel centres lie at halves.
    matrix = np.array(
        [
            [steps[0], 0, region.x0 * across + 0.5 * steps[0] - 0.5],
            [0, steps[1], region.y0 * down + 0.5 * steps[1] - 0.5],
        ]
    )
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    part = cv2.warpAffine(small, matrix, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(part, np.float32)
