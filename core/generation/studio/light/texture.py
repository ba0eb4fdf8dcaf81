"""Holds the texture of skin that is lifted out of the dark.

Texture keeps its share of the light under a gain, but L* grows as the cube root of light. So pores,
lines and noise of a shadow that is lifted stand out more in the picture than in the photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ....images import Float, Linear, Mask, blur, luminance
from ....portrait.lit_chroma import smooth_log_light
from ....portrait.shading import Unlit

_DEEPEST = 0.5  # log light about the skin around it, beyond which it isn't texture: hair, folds
_SOFT = 0.02  # face widths over which the hold fades towards eyes, brows and lips
_WORTH = 0.01


@dataclass(frozen=True, eq=False)
class Texture:
    """What the texture is measured from, and how far it is held; both float32 (h, w).

    light: log luminance of the skin around each place, in the photo.
    hold: 0 keeps the texture's share of the light .. 1 removes it.
    """

    light: Float
    hold: Mask


def texture(unlit: Unlit, log_gain: Float, face_width: float) -> Texture:
    """The texture to hold under log gains (h, w), all on the shape's grid.

    Where skin is lifted, its texture in L* stays what it was.
    """
    skin = unlit.skin.astype(np.float32)
    inside = blur(skin, _SOFT * face_width) * skin
    lift = np.maximum(log_gain, 0) * inside
    return Texture(
        light=smooth_log_light(unlit.light, skin, face_width),
        hold=np.asarray(1 - np.exp(-lift / 3), np.float32),
    )


def held(gain: Float, linear: Linear, around: Texture) -> Float:
    """The gains (H, W, 3) for `linear` (H, W, 3) with the texture held; `around` in that size."""
    if float(around.hold.max(initial=0)) < _WORTH:
        return gain
    light = np.maximum(luminance(linear), np.float32(1e-6))
    detail = cv2.log(light) - around.light
    np.clip(detail, -_DEEPEST, _DEEPEST, out=detail)
    detail *= -around.hold
    share = cv2.exp(detail)
    return np.asarray(cv2.multiply(gain, cv2.merge([share, share, share])), np.float32)
