"""What each place of the sitter is made of, as relighting asks it: skin, hair or clothes.

The segmenter says it where it is sure. Elsewhere, as at the edges of a matte that is coarser than
the picture, the shape of the head and the colours of the face do.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..faces.masks import disc
from ..faces.regions import CHIN
from ..images import Float, Linear, Mask, blur, luminance, ramp
from .segments import FACE, Segment, Segments
from .shape import Bool, Shape

# How far hair and clothes follow new light, and skin whose shape is only the body's; the skin of
# face and neck follows fully.
_HAIR, _CLOTHES, _BODY = 0.85, 0.6, 0.85
# Share of one material from which the segmenter begins to be believed, and fully is.
_DOUBTFUL, _SURE = 0.5, 0.75
# Share of a material that counts as none; what it leaves of the rest counts as all.
_LEAST = 0.1
# Face widths under the chin over which the neck, whose shape is known, becomes chest.
_NECK, _CHEST = 0.25, 0.9
# Face widths over which materials run into each other, and across which two meet.
_SOFT, _MEET = 0.012, 0.04


@dataclass(frozen=True, eq=False)
class Materials:
    """Arrays of the shape's grid, float32 (h, w), 0..1.

    skin: likelihood of skin, of face and body.
    shaped: of that, how well its shape is known: 1 on face and neck, 0 on the body.
    weight: how far each cell follows new light.
    foreign: likelihood that hair, clothes or glasses lie here, 0 where the segmenter isn't sure.
    """

    skin: Mask
    shaped: Mask
    weight: Mask
    foreign: Mask


def materials(small: Linear, shape: Shape, segments: Segments, sample: Bool) -> Materials:
    """What the sitter of `shape` is made of.

    small: the foreground, linear RGB float32 (h, w, 3). segments: on the shape's grid. sample: bool
    (h, w), cells of the face that are likely skin, of which there is at least one.
    """
    fw = shape.face_width
    parts = _parts(segments, _SOFT * fw)
    skin = _share(parts, Segment.FACE_SKIN, Segment.BODY_SKIN)
    hair, clothes = _share(parts, Segment.HAIR), _share(parts, Segment.CLOTHES)
    most = np.maximum(np.maximum(skin, hair), clothes)
    # Where two meet, neither has most of it, and yet there is no doubt.
    most = cv2.morphologyEx(most, cv2.MORPH_CLOSE, disc(_MEET * fw))
    sure = ramp(np.asarray(most, np.float32), _DOUBTFUL, _SURE)
    dark = 1e-3 * float(np.median(luminance(small)[sample])) + 1e-9
    guess = np.clip(_skin_likelihood(small + np.float32(dark), shape, sample) * 1.4, 0, 1)
    guess = np.maximum(shape.face, guess)
    skin = sure * skin + (1 - sure) * guess
    y = np.arange(skin.shape[0], dtype=np.float32)[:, None]
    below = (y - float(shape.landmarks[CHIN, 1])) / fw
    shaped = 1 - ramp(np.asarray(below, np.float32), _NECK, _CHEST)
    by_shape = shape.head * _HAIR + (1 - shape.head) * _CLOTHES
    by_material = (hair * _HAIR + clothes * _CLOTHES) / np.maximum(hair + clothes, 1e-3)
    rest = sure * by_material + (1 - sure) * by_shape
    own = shaped + (1 - shaped) * _BODY
    return Materials(
        skin=np.asarray(skin, np.float32),
        shaped=np.asarray(skin * shaped, np.float32),
        weight=np.asarray(skin * own + (1 - skin) * rest, np.float32),
        foreign=np.asarray(hair + clothes + _share(parts, Segment.OTHER), np.float32),
    )


def bare_skin(segments: Segments) -> Mask:
    """Where skin may be, float32 (h, w), 0..1: 0 where hair, clothes or glasses are for sure."""
    parts = _parts(segments, _SOFT * FACE)
    foreign = _share(parts, Segment.HAIR, Segment.CLOTHES, Segment.OTHER)
    return 1 - ramp(foreign, _DOUBTFUL, _SURE)


def clothes_of(segments: Segments) -> Mask:
    """The share of clothes in what the sitter covers of each place, float32 (h, w), 0..1."""
    return _share(_parts(segments, _SOFT * FACE), Segment.CLOTHES)


def _parts(segments: Segments, sigma: float) -> Float:
    """The shares of all but the background, float32 (h, w, 5), softened.

    They are of what is the sitter's alone, so that they reach the outline undiminished.
    """
    soft = blur(segments.shares, sigma)
    own = soft[..., 1:] / np.maximum(1 - soft[..., :1], np.float32(0.02))
    return ramp(np.asarray(own, np.float32), _LEAST, 1 - _LEAST)


def _share(parts: Float, *of: Segment) -> Mask:
    return np.asarray(parts[..., [each - 1 for each in of]].sum(axis=-1), np.float32)


def _skin_likelihood(linear: Linear, shape: Shape, skin: Bool) -> Mask:
    """Likelihood of skin on head and neck, from the face's own chroma and luminance."""
    x = linear
    features = np.stack(
        [
            np.log(x[..., 0] / x[..., 1]),
            np.log(x[..., 1] / x[..., 2]),
            0.35 * np.log(luminance(x)),
        ],
        -1,
    )
    middle = np.median(features[skin], 0)
    spread = 1.48 * np.median(np.abs(features[skin] - middle), 0) + 0.05
    distance = (((features - middle) / spread) ** 2).sum(-1)
    rows, columns = shape.depth.shape
    y, x_ = np.mgrid[0:rows, 0:columns]
    fw = shape.face_width
    chin_x, chin_y = shape.landmarks[CHIN, :2]
    neck = (y < chin_y + 0.55 * fw) & (y > chin_y - 0.3 * fw) & (np.abs(x_ - chin_x) < 0.6 * fw)
    region = (shape.head > 0.05) | neck
    likely = np.exp(-distance / 18) * region * shape.matte
    return blur(likely.astype(np.float32), 0.02 * fw)
