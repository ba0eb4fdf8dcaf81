"""Takes single stray hairs off a plain wall, on any picture.

Before a plain wall a hair is seen without a cut-out, which misses most of them: it is what differs
from the wall, is thin, and begins at the hair. Tufts and curls are many such; they stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..faces.masks import disc
from ..images import Float, Image, Mask, blur, ramp, resize, to_lab, wide_blur
from ..portrait.portrait import Portrait
from ..portrait.segments import Segment

# Face widths (a face is some 140 mm wide): radius of a disc that the thinnest lock holds; the blur
# that averages the wall; how far from hair a strand is looked for, and how near to skin none is.
_LOCK, _AROUND, _HAIR, _SKIN = 0.01, 0.06, 0.35, 0.04
# Face widths outside the outline over which a strand fades, so that it isn't sawn off.
_BEGIN, _END = 0.005, 0.02
# How much wall there must be around a strand, as a share of the surroundings.
_LEAST, _ENOUGH = 0.05, 0.2
# Standard deviation of the wall, L*, up to which it is plain, and from which it is not.
_PLAIN, _BUSY = 2.0, 4.0
# Difference from the wall, L*a*b*, in deviations of it and at least, from which a hair begins to be
# seen, and certainly is.
_SEEN, _CLEAR, _FAINT = 3.0, 6.0, 1.2
# Share of the surroundings that hairs cover from where on they are a tuft, and certainly are.
_FEW, _MANY, _CROWD = 0.3, 0.45, 0.02
# Least length of a strand in face widths, and the most of its length squared that it fills.
_SHORT, _FULL = 0.05, 0.2
_ROOT = 0.05  # face widths from the outline within which a strand begins


@dataclass(frozen=True, eq=False)
class _Wall:
    """The wall, as far as it shows.

    tone: sRGB float32 (H, W, 3).
    deviation: of its L*, (H, W).
    plain: whether it is plain, and there is enough of it, (H, W) 0..1.
    relief: the picture's difference from `tone` where there is wall, else 0, (H, W, 3).
    """

    tone: Image
    deviation: Float
    plain: Mask
    relief: Image


def without_stray_hairs(portrait: Portrait, image: Image) -> tuple[Image, Mask] | None:
    """`image` without stray hairs, and where it changed, float32 (H, W) 0..1.

    portrait: of `image`, or of the same picture before its face was retouched.

    None where there are none before a plain wall.

    Raises:
        NoFace, SeveralFaces: see `Portrait.face`.
        SetupError: weights are missing.
    """
    width = portrait.face.width
    body = cv2.morphologyEx(
        (portrait.cutout > 0.5).astype(np.uint8), cv2.MORPH_OPEN, disc(_LOCK * width)
    )
    away = np.asarray(cv2.distanceTransform(1 - body, cv2.DIST_L2, 5), np.float32) / width
    lab = to_lab(image)
    outside = away > _END
    wall = _wall(image, lab[..., 0], np.asarray(outside, np.float32), width)
    # Once more without the hairs, which tint it.
    clear = outside & (_differing(lab, wall) < 0.5)
    wall = _wall(image, lab[..., 0], np.asarray(clear, np.float32), width)
    differs = _differing(lab, wall)
    weight = _thin(differs, width) * wall.plain * ramp(away, _BEGIN, _END) * _beside_hair(portrait)
    weight = _strands(weight, away, width)
    weight = blur(np.asarray(cv2.dilate(weight, disc(1)), np.float32), 0.7)
    weight = np.clip(1.5 * weight, 0, 1)
    if np.count_nonzero(weight > 0.5) < 0.02 * width:
        return None
    filled = np.clip(wall.tone + _grain(wall.relief, portrait), 0, 1)
    return np.asarray(image + weight[..., None] * (filled - image), np.float32), weight


def _wall(image: Image, light: Float, free: Mask, width: float) -> _Wall:
    """The wall where `free` says that it shows."""
    sigma = max(_AROUND * width, 6.0)
    colour = wide_blur(np.dstack([image * free[..., None], free]), sigma)
    share = np.maximum(colour[..., 3:4], np.float32(1e-4))
    tone = np.asarray(colour[..., :3] / share, np.float32)
    off = np.square(light - to_lab(np.clip(tone, 0, 1))[..., 0]) * free
    deviation = np.sqrt(wide_blur(np.asarray(off, np.float32), sigma) / share[..., 0])
    deviation = np.asarray(deviation, np.float32)
    plain = ramp(-deviation, -_BUSY, -_PLAIN) * ramp(colour[..., 3], _LEAST, _ENOUGH)
    relief = np.asarray((image - tone) * free[..., None], np.float32)
    return _Wall(tone, deviation, np.asarray(plain, np.float32), relief)


def _differing(lab: Float, wall: _Wall) -> Mask:
    """How surely a pixel is no wall, (H, W) 0..1."""
    far = np.linalg.norm(lab - to_lab(np.clip(wall.tone, 0, 1)), axis=2)
    return ramp(np.asarray(far / np.maximum(wall.deviation, _FAINT), np.float32), _SEEN, _CLEAR)


def _thin(differs: Mask, width: float) -> Mask:
    """`differs` without what is thick or crowded."""
    thick = cv2.morphologyEx(differs, cv2.MORPH_OPEN, disc(_LOCK * width))
    thick = cv2.dilate(thick, disc(2 * _LOCK * width))
    crowd = blur(differs, max(_CROWD * width, 1.0))
    return np.clip(differs - thick, 0, 1) * (1 - ramp(crowd, _FEW, _MANY))


def _strands(weight: Mask, away: Float, width: float) -> Mask:
    """The parts of `weight` that are as long and thin as hairs, and begin at the outline.

    A wall's grain and pleats, curls and the picture's own rim aren't that.
    """
    count, drawn, stats, _ = cv2.connectedComponentsWithStats((weight > 0.25).astype(np.uint8))
    labels = np.asarray(drawn, np.intp)
    tall, wide = stats[:, cv2.CC_STAT_HEIGHT], stats[:, cv2.CC_STAT_WIDTH]
    length = np.hypot(tall, wide)
    kept = (length >= _SHORT * width) & (stats[:, cv2.CC_STAT_AREA] <= _FULL * length * length)
    kept &= np.isin(np.arange(count), labels[(away < _ROOT) & (weight > 0.25)])
    for rim in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        kept[rim] = False
    kept[0] = False
    near = cv2.dilate(kept[labels].astype(np.uint8), disc(1))
    return weight * near if count > 1 else np.zeros_like(weight)


def _beside_hair(portrait: Portrait) -> Mask:
    """Where stray hairs may be, (H, W) 0..1."""
    segments, width = portrait.segments, portrait.face.width
    rows, columns = portrait.image.shape[:2]
    scale = segments.shares.shape[1] / columns * width
    hair, skin = (
        cv2.dilate((share > 0.5).astype(np.uint8), disc(reach * scale))
        for share, reach in ((segments.of(Segment.HAIR), _HAIR), (segments.skin, _SKIN))
    )
    clothes = (segments.of(Segment.CLOTHES) > 0.5).astype(np.uint8)
    area = (hair & (1 - skin) & (1 - cv2.dilate(clothes, disc(_SKIN * scale)))).astype(np.float32)
    return np.clip(resize(blur(area, 1.0), columns, rows), 0, 1)


def _grain(relief: Image, portrait: Portrait) -> Image:
    """The wall's grain for places near the sitter: from further out, on the same side."""
    step = round(0.4 * portrait.face.width)
    middle = round(float(portrait.face.landmarks[:, 0].mean()))
    outer = np.zeros_like(relief)
    outer[:, step:middle] = relief[:, : max(middle - step, 0)]
    outer[:, middle : max(relief.shape[1] - step, middle)] = relief[:, middle + step :]
    return outer
