"""The skin of a face: where it is, and its colour."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.masks import disc, polygon_mask
from ..faces.regions import (
    FEATURES,
    LEFT_BROW,
    LEFT_EYE,
    LEFT_SIDE,
    LIPS,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
    RIGHT_SIDE,
)
from ..faces.upright import Upright
from ..images import Box, Float, Image, Mask, blur, fit, to_lab

# Quantiles of the skin's light between which its colour is measured: hot spots, shadows and beard
# lie beyond them.
_TONES = (0.30, 0.85)
_PARTS = (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS)

# Face widths. The oval lies on hairline and jaw, so it is shrunk. Lashes and the edges of the lips
# are no skin, so the parts are grown.
_SHRUNK = 0.03
_GROWN = 0.02
_SOFTNESS = 0.012
# The mask is smooth, so it is drawn at a face at most this wide in pixels, then enlarged.
_WORKING_WIDTH = 256


def skin_mask(shape: tuple[int, ...], face: Face, image: Image) -> Mask:
    """The face's skin, float32 (H, W) 0..1, soft.

    shape: of the picture, (H, W, ...).
    face: in pixels of the picture.
    image: the picture, sRGB float32 (H, W, 3) 0..1.

    The mesh's oval without eyes, brows and lips, times the likelihood of each pixel's colour under
    the colours there, so that hair, glasses and hands over the face drop out. Without ears and
    neck.
    """
    mask = np.zeros(shape[:2], np.float32)
    region = face_box(face, shape)
    patch = region.cut(image)
    if patch.size == 0:
        return mask
    region.cut(mask)[:] = patch_skin(patch, face, region)
    return mask


def face_box(face: Face, shape: tuple[int, ...], margin: float = 0.05) -> Box:
    """The oval's bounding box grown by `margin`, whole pixels, within a picture of `shape`."""
    oval = face.landmarks[list(OVAL), :2]
    (left, top), (right, bottom) = oval.min(axis=0), oval.max(axis=0)
    grown = Box(float(left), float(top), float(right), float(bottom)).grown(margin)
    height, width = shape[:2]
    return Box(
        float(np.clip(np.floor(grown.x0), 0, width)),
        float(np.clip(np.floor(grown.y0), 0, height)),
        float(np.clip(np.ceil(grown.x1), 0, width)),
        float(np.clip(np.ceil(grown.y1), 0, height)),
    )


def patch_skin(patch: Image, face: Face, region: Box) -> Mask:
    """`skin_mask` for `patch`, the part of the picture inside `region`."""
    rows, columns = patch.shape[:2]
    small, _ = fit(patch, max(16, round(max(rows, columns) * _WORKING_WIDTH / face.width)))
    factor = np.array([small.shape[1] / columns, small.shape[0] / rows], np.float32)
    points = (face.landmarks[:, :2] - np.array([region.x0, region.y0], np.float32)) * factor
    width = face.width * float(factor.mean())
    inside = drawn_skin(small.shape, points)
    mask = blur(inside.astype(np.float32), _SOFTNESS * width)
    mask *= blur(_likelihood(small, inside), _SOFTNESS * width)
    large = cv2.resize(mask, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.clip(np.asarray(large, np.float32), 0, 1)


def drawn_skin(shape: tuple[int, ...], points: Float) -> NDArray[np.bool_]:
    """The mesh's oval without eyes, brows and lips as bool (H, W), whatever the colours there.

    shape: of the picture, (H, W, ...).
    points: the mesh, float32 (478, 2 or 3), in pixels of the picture.
    """
    width = float(np.linalg.norm(points[RIGHT_SIDE] - points[LEFT_SIDE]))
    inside = cv2.erode(polygon_mask(shape, points[list(OVAL), :2]), disc(_SHRUNK * width))
    parts = np.zeros(shape[:2], np.uint8)
    for outline in _PARTS:
        parts |= polygon_mask(shape, points[list(outline), :2])
    inside[cv2.dilate(parts, disc(_GROWN * width)) > 0] = 0
    return np.asarray(inside > 0)


def _likelihood(image: Image, sample: NDArray[np.bool_]) -> Mask:
    """How well each pixel's colour fits the median of the `sample` pixels, 0..1.

    Log ratios of the channels cancel the amount of light. Luminance has a small weight, so that
    black hair and frames, whose ratios are noise, drop out. Everything is relative to the sitter's
    own skin; no skin colour is assumed.
    """
    if np.count_nonzero(sample) < 16:
        return np.ones(image.shape[:2], np.float32)
    logs = np.log(np.clip(image, 0, 1) + np.float32(0.02))
    red, green, blue = logs[..., 0], logs[..., 1], logs[..., 2]
    features = np.stack([red - green, green - blue, np.float32(0.35) * green], axis=-1)
    centre = np.median(features[sample], axis=0)
    spread = 1.48 * np.median(np.abs(features[sample] - centre), axis=0) + 0.05
    distance = (((features - centre) / spread) ** 2).sum(axis=-1)
    return np.minimum(1.5 * np.exp(-distance / 18), 1).astype(np.float32)


def skin_area(shown: Upright, width: float) -> NDArray[np.bool_]:
    """The oval of an upright face without eyes, brows, lips and nostrils.

    width: of the face in pixels, to which the margins are relative.
    """
    oval = shown.area(OVAL, grown=-0.02 * width)
    holes = shown.area(*FEATURES, grown=0.03 * width)
    return oval & ~holes


def skin_middle(lab: Float, skin: NDArray[np.bool_]) -> Float:
    """The skin's colour, CIE L*a*b* float32 (3,): the median without hot spots, shadows, beard."""
    pixels = lab[skin]
    return np.median(pixels[skin_tones(pixels[:, 0])], axis=0).astype(np.float32)


def skin_tones(light: Float) -> NDArray[np.bool_]:
    """Which of the skin's pixels show its colour, by their light (N,) of any scale: bool (N,)."""
    low, high = np.quantile(light, _TONES)
    return np.asarray((light >= low) & (light <= high))


def skin_pixels(image: Image, face: Face, width: float) -> Image | None:
    """Skin of `face`, sRGB float32 (N, 3), at a face of `width` pixels; None where too little."""
    region = face_box(face, image.shape)
    patch = region.cut(image)
    if min(patch.shape[:2]) < 8:
        return None
    rows, columns = patch.shape[:2]
    patch, _ = fit(patch, max(8, round(max(rows, columns) * width / face.width)))
    patch = np.clip(patch, 0, 1)
    factor = np.array([patch.shape[1] / columns, patch.shape[0] / rows], np.float32)
    points = (face.landmarks[:, :2] - np.array([region.x0, region.y0], np.float32)) * factor
    skin = drawn_skin(patch.shape, points)
    return np.asarray(patch[skin], np.float32) if np.count_nonzero(skin) >= 32 else None


def skin_colour(pixels: Image) -> Float:
    """The median of skin pixels (N, 3) in CIE L*a*b*, float32 (3,)."""
    return np.asarray(np.median(to_lab(pixels[None])[0], axis=0), np.float32)
