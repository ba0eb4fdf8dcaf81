"""The sitter's shadow on the studio wall."""

from __future__ import annotations

from math import radians, sin, tan

import cv2
import numpy as np

from ....images import Mask, blur, resize
from ...looks import Backdrop, Light

# Face widths from the sitter to the wall: canvas hangs close; paper hangs further back, so that
# most of the shadow falls out of the picture.
_AWAY = {"paper": 4.5, "gradient": 5.5, "canvas": 3.6}
_SOFTBOX = 0.30  # key's width over its distance: what makes the shadow soft
_MOST = 0.42  # share of the wall's light that the deepest shadow takes away
_FURTHEST = 1.7  # largest shift of the shadow, face widths; further it would leave the picture
_COLUMNS = 256  # working width, pixels; the shadow is far softer than that


def shadow(matte: Mask, backdrop: Backdrop, light: Light, face_width: float) -> Mask:
    """Share of the wall's light that the sitter takes away, float32 (H, W) 0..1.

    The wall becomes `wall * (1 - shadow)`. The shadow falls to the side away from the key light,
    and down. An evenly lit wall has its own lamps and hardly shows it; scenes out of focus,
    pictures and transparent backdrops show none.

    matte: float32 (H, W).
    light: its azimuth is positive to image right.
    face_width: in pixels.
    """
    if backdrop.kind not in _AWAY:
        return np.zeros_like(matte)
    rows, columns = matte.shape
    scale = _COLUMNS / columns
    small = resize(matte, _COLUMNS, max(1, round(rows * scale)))
    face, away = face_width * scale, _AWAY[backdrop.kind]
    aside = -away * sin(radians(light.azimuth)) * 0.5
    below = away * tan(radians(np.clip(light.elevation, 0, 55))) * 0.5
    shift = np.clip(np.array([aside, below]), -_FURTHEST, _FURTHEST) * face
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    size = small.shape[1], small.shape[0]
    # What stands beyond the picture's lower edge goes on; nothing comes in from the other sides.
    cast = cv2.warpAffine(small, move, size, borderMode=cv2.BORDER_CONSTANT)
    softness = _SOFTBOX * away * (0.6 + 0.8 * light.wrap) * 0.5
    soft = blur(np.asarray(cast, np.float32), softness * face)
    own_lamps = np.clip(backdrop.falloff / 0.5, 0, 1)
    key = light.key / max(light.key + light.fill, 1e-3)
    depth = _MOST * key * light.shadow * light.strength * own_lamps
    return np.clip(resize(soft * np.float32(depth), columns, rows), 0, 1)
