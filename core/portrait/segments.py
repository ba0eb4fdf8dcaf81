"""What each part of the sitter is: hair, skin of face and body, clothes, or something they wear.

The multiclass selfie segmenter names what it sees; the matte says where the sitter is at all. So
dark clothes before a dark wall are the sitter's, whatever the segmenter takes them for, and strands
of hair are as fine as the matte has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import cv2
import numpy as np

from ..faces import Face
from ..faces.regions import CHIN, FOREHEAD_TOP
from ..images import Box, Float, Image, Mask, ramp, resize
from ..weights.sessions import litert
from .surroundings import ABOVE, ASIDE, BELOW

# The face's width in pixels at which segments are kept, at most: the network's own pixels are
# coarser.
FACE = 100
SIDE = 256  # of the network's square, pixels
# What the cut-out stands before, and the exponent that lifts the shadows: on it the network knows
# dark clothes best (tests/benchmarks/studio/faults.py found the same of the body segmenter).
_GREY, _LIFT = 0.55, 0.6
# Of what the network takes for background in the cut-out, how much counts as clothes below the chin
# and as hair above it.
_TAKEN_FOR_WALL = 0.5
_MEET = 0.5  # face widths over which the look at the head runs into the look at the whole picture


class Segment(IntEnum):
    """The network's classes, by their place in its output."""

    BACKGROUND = 0
    HAIR = 1
    BODY_SKIN = 2
    FACE_SKIN = 3
    CLOTHES = 4
    OTHER = 5


@dataclass(frozen=True, eq=False)
class Segments:
    """What a cut-out shows, on a copy with a face of `FACE` pixels at most.

    shares: float32 (h, w, 6), 0..1, in the order of `Segment`; they add up to 1. The background's
        is what the matte leaves.
    strange: float32 (h, w), 0..1, how sure the network is that a place is not the sitter, wherever
        the matte is.
    """

    shares: Float
    strange: Mask

    def of(self, *segments: Segment) -> Mask:
        """The share of these together, float32 (h, w), 0..1."""
        return np.asarray(self.shares[..., list(segments)].sum(axis=-1), np.float32)

    @property
    def skin(self) -> Mask:
        """The share of skin, of face and body, float32 (h, w), 0..1."""
        return self.of(Segment.FACE_SKIN, Segment.BODY_SKIN)


def segment(image: Image, matte: Mask, face: Face) -> Segments:
    """What the sitter of `face` is made of in `image` (H, W, 3), cut out by `matte` (H, W).

    Raises:
        SetupError: the weights are missing.
    """
    small, cover = reduced(image, face), reduced(matte, face)
    scale = small.shape[1] / image.shape[1]
    here = face.scaled(scale)
    likely = classify(cut_out_on_grey(small, cover), here)
    strange = likely[..., Segment.BACKGROUND]
    own = likely[..., 1:].copy()
    chin = int(np.clip(round(float(here.landmarks[CHIN, 1])), 0, len(own)))
    lost = _TAKEN_FOR_WALL * strange + np.float32(1e-6)
    own[:chin, :, Segment.HAIR - 1] += lost[:chin]
    own[chin:, :, Segment.CLOTHES - 1] += lost[chin:]
    own *= (cover / own.sum(axis=-1))[..., None]
    shares = np.concatenate([1 - cover[..., None], own], axis=-1)
    return Segments(np.asarray(shares, np.float32), np.asarray(strange, np.float32))


def reduced(picture: Float, face: Face) -> Float:
    """An image (H, W, 3) or a matte (H, W) at a face of `FACE` pixels at most."""
    scale = min(1.0, FACE / face.width)
    rows, columns = picture.shape[:2]
    return np.clip(
        resize(picture, max(8, round(columns * scale)), max(8, round(rows * scale))), 0, 1
    )


def classify_photo(image: Image, face: Face) -> Float:
    """What `classify` says of the photo as it is, `reduced`: float32 (h, w, 6), 0..1.

    Raises:
        SetupError: the weights are missing.
    """
    small = reduced(image, face)
    return classify(small, face.scaled(small.shape[1] / image.shape[1]))


def cut_out_on_grey(image: Image, matte: Mask) -> Image:
    """The cut-out with its shadows lifted, on an even grey."""
    lifted = image ** np.float32(_LIFT)
    return np.asarray(_GREY + (lifted - _GREY) * matte[..., None], np.float32)


def classify(image: Image, face: Face) -> Float:
    """How likely each class is in each place of `image` (h, w, 3): float32 (h, w, 6), 0..1.

    The network looks at head and shoulders, and where the picture goes on well beyond them at the
    whole of it as well.
    """
    rows, columns = image.shape[:2]
    near = _surroundings(face, rows, columns)
    if near.area > 0.8 * rows * columns:
        return _ask(image)
    likely = _ask(image)
    part = _ask(near.cut(image))
    top, left = round(near.y0), round(near.x0)
    inside = np.zeros((rows, columns), np.uint8)
    inside[top : top + part.shape[0], left : left + part.shape[1]] = 1
    depth = np.asarray(cv2.distanceTransform(inside, cv2.DIST_L2, 3), np.float32)
    share = near.cut(ramp(depth, 0, _MEET * face.width))[..., None]
    near.cut(likely)[:] += share * (part - near.cut(likely))
    return likely


def _ask(image: Image) -> Float:
    """The network's softmax for the whole of `image`, in its size."""
    rows, columns = image.shape[:2]
    square = resize(image, SIDE, SIDE)
    (logits,) = litert("multiclass-segmenter").run(np.ascontiguousarray(square[None]))
    odds = np.exp(logits[0] - logits[0].max(axis=-1, keepdims=True))
    odds /= odds.sum(axis=-1, keepdims=True)
    large = cv2.resize(odds, (columns, rows), interpolation=cv2.INTER_LINEAR)
    return np.asarray(large, np.float32)


def _surroundings(face: Face, rows: int, columns: int) -> Box:
    """Head, shoulders and chest in whole pixels, within the picture."""
    x, _ = face.box.centre
    top, chin = float(face.landmarks[FOREHEAD_TOP, 1]), float(face.landmarks[CHIN, 1])
    tall = max(chin - top, 1.0)
    return Box(
        float(np.floor(max(0, x - ASIDE * tall))),
        float(np.floor(max(0, top - ABOVE * tall))),
        float(np.ceil(min(columns, x + ASIDE * tall))),
        float(np.ceil(min(rows, chin + BELOW * tall))),
    )
