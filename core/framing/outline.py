"""The outline of a sitter in a photo: all that framing needs to know of it."""

from __future__ import annotations

from dataclasses import dataclass
from math import atan2, degrees

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import NoSource
from ..faces import Face
from ..faces.head_pose import turned
from ..faces.regions import CHIN, FOREHEAD_TOP, LEFT_SIDE, RIGHT_SIDE
from ..images import Box, Float, Image, Mask, resize
from ..portrait.matting import crown, cut_out
from .composition import LEAD
from .photo_extent import inside_bars

_TILT = 4.0  # degrees of the sitter's own tilt that levelling leaves at most
_HAIR = 0.3  # from hairline to crown where the photo cuts the hair, in hairline-to-chin heights
# An enrolled photo's outline: chin to crown in pixels, and how far it reaches, in such heads.
_HEAD = 96.0
_ASIDE, _ABOVE, _BELOW = 1.9, 0.5, 2.4
LEVELS = 254  # of an enrolled outline's matte above 0
_LEAST = 20.0  # pixels from chin to crown; of a head on its side less is left
_DECODED = 2.0  # the cut-out is made at this many pixels for each of the outline's
_AREA = (
    230_000  # of the network's picture, pixels: a quarter of a plate's, as edges need not be fine
)


def levelling(roll: float) -> float:
    """Degrees by which a photo is turned in which the line of the eyes slopes by `roll` degrees.

    A slight tilt of the head is often meant, so a little of it stays; a crooked camera isn't.
    """
    return roll - float(np.copysign(min(0.4 * abs(roll), _TILT), roll))


def roll_of(face: Face) -> float:
    """Slope of the line of the eyes in degrees, clockwise positive."""
    (x0, y0), (x1, y1) = face.landmarks[468, :2], face.landmarks[473, :2]
    return degrees(atan2(y1 - y0, x1 - x0))


@dataclass(frozen=True, eq=False)
class Outline:
    """A level cut-out with the places that count, in its own pixels.

    matte: float32 (H, W) 0..1. inside: bool (H, W), where the photo has pixels.
    crown: row of the top of the hair. crown_cut: the photo ends there.
    eyes, chin, hairline: rows. left, right: columns of the face's sides. middle: column to centre.
    """

    matte: Mask
    inside: NDArray[np.bool_]
    crown: float
    crown_cut: bool
    eyes: float
    chin: float
    hairline: float
    left: float
    right: float
    middle: float

    @classmethod
    def of(
        cls, matte: Mask, inside: NDArray[np.bool_], face: Face, crown: float, crown_cut: bool
    ) -> Outline:
        """The outline of a level photo of `face`."""
        points = face.landmarks
        chin, hairline = float(points[CHIN, 1]), float(points[FOREHEAD_TOP, 1])
        left, right = sorted(float(points[side, 0]) for side in (LEFT_SIDE, RIGHT_SIDE))
        # Between face and head, with lead room where the sitter looks.
        turn = float(np.clip(face.pose.yaw / 35, -1, 1))
        middle = 0.6 * float(points[:468, 0].mean()) + 0.2 * (left + right)
        middle += LEAD * turn * (chin - crown) / 0.46 * 0.8
        eyes = float(points[468:478, 1].mean())
        return cls(matte, inside, crown, crown_cut, eyes, chin, hairline, left, right, middle)

    @property
    def head_top(self) -> float:
        """Row of the top of the hair; where the photo cuts it, where it would be."""
        if not self.crown_cut:
            return self.crown
        return min(self.crown, self.hairline - _HAIR * (self.chin - self.hairline))

    @property
    def face_width(self) -> float:
        return self.right - self.left


def outline_of(image: Image, face: Face) -> Outline:
    """The outline of the sitter with that face in a photo (sRGB (H, W, 3)).

    Raises:
        NoSource: the head lies on its side.
        SetupError: the cut-out network's weights are missing.
    """
    tall = 1.35 * float(np.linalg.norm(face.landmarks[FOREHEAD_TOP, :2] - face.landmarks[CHIN, :2]))
    factor = min(1.0, _DECODED * _HEAD / tall)
    rows, columns = (max(1, round(side * factor)) for side in image.shape[:2])
    small, face = resize(image, columns, rows), face.scaled(factor)
    cutout = cut_out(small, face, area=_AREA)
    head = float(face.landmarks[CHIN, 1]) - cutout.crown
    if head < _LEAST:
        raise NoSource("The head lies on its side", "Turn the photo upright.")
    scale = min(1.0, _HEAD / max(head, 1.0))
    matrix, size = _level(face, cutout.crown, head, (columns, rows), scale)
    top = np.array([face.landmarks[FOREHEAD_TOP, 0], cutout.crown, 1])
    matte = cv2.warpAffine(cutout.matte, matrix, size, flags=cv2.INTER_LINEAR).astype(np.float32)
    photo = inside_bars(small).astype(np.uint8)
    inside = cv2.warpAffine(photo, matrix, size, flags=cv2.INTER_NEAREST) > 0
    level = turned(face, matrix)
    # Of a tilted head another part of the hair is the top once it is level.
    highest = float((matrix @ top)[1]) if cutout.crown_cut else crown(level, matte)
    # In the steps of a byte, as it is stored.
    coarse = np.round(np.clip(matte, 0, 1) * inside * LEVELS).astype(np.float32)
    return Outline.of(coarse / np.float32(LEVELS), inside, level, highest, cutout.crown_cut)


def _level(
    face: Face, crown: float, head: float, size: tuple[int, int], scale: float
) -> tuple[Float, tuple[int, int]]:
    """Affine matrix photo -> outline, and the outline's width and height."""
    x, _ = face.box.centre
    region = Box(
        max(0.0, x - _ASIDE * head),
        crown - _ABOVE * head,
        min(float(size[0]), x + _ASIDE * head),
        min(float(size[1]), crown + (1 + _BELOW) * head),
    )
    eyes = face.landmarks[468:478, :2].mean(0)
    matrix = cv2.getRotationMatrix2D(
        (float(eyes[0]), float(eyes[1])), levelling(roll_of(face)), scale
    )
    matrix[:, 2] += scale * (eyes - (region.x0, region.y0)) - eyes
    width, height = round(region.width * scale), round(region.height * scale)
    return np.asarray(matrix, np.float32), (max(1, width), max(1, height))
