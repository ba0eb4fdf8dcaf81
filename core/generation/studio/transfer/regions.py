"""The regions of a face that can be transferred, by the mesh's point numbers."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ....faces import Face, regions
from ....faces.analyser import BLENDSHAPES


@dataclass(frozen=True)
class Region:
    """A part of a face that can be transferred.

    outlines: of the parts that are replaced.
    parts: points inside that don't belong to the skin's surface, such as irises.
    still: rigid points, by which two faces are registered.
    around: points at which both faces must meet.
    expression: prefixes of the names of its blendshapes.
    """

    name: str
    outlines: tuple[tuple[int, ...], ...]
    parts: tuple[int, ...]
    still: tuple[int, ...]
    around: tuple[int, ...]
    expression: tuple[str, ...]

    def expressed(self, face: Face, lender_face: Face) -> Face:
        """`face` with the blendshapes of `lender_face` for this region."""
        ours = np.array([name.startswith(self.expression) for name in BLENDSHAPES])
        return replace(face, blendshapes=np.where(ours, lender_face.blendshapes, face.blendshapes))


# From the lids out to the brow's lower edge and the hollow under the eye.
_LEFT_SOCKET = (226, 113, 225, 224, 223, 222, 221, 189, 244, 233, 232, 231, 230, 229, 228, 31)
_RIGHT_SOCKET = (446, 342, 445, 444, 443, 442, 441, 413, 464, 453, 452, 451, 450, 449, 448, 261)
_UNDER = (143, 111, 117, 118, 119, 120, 121, 128, 245, 372, 340, 346, 347, 348, 349, 350, 357, 465)
_BROWS = (35, 156, 124, 46, 53, 52, 65, 55, 193, 265, 383, 353, 276, 283, 282, 295, 285, 417)
_NOSE = (168, 6, 197, 195, 122, 351, 196, 419)
_CORNERS = (33, 133, 362, 263)
_TEMPLES = (127, 356, 34, 264)
# From under the nose out to the folds beside the mouth and the dent above the chin.
_MOUTH = (
    164, 167, 165, 92, 216, 212, 202, 204, 194, 201, 200, 421, 418, 424, 422, 432, 436, 322, 391,
    393,
)  # fmt: skip
_AROUND_MOUTH = (
    2, 97, 326, 98, 327, 203, 423, 205, 425, 207, 427, 214, 434, 192, 416, 210, 430, 211, 431, 32,
    262, 208, 428, 199, 175, 171, 396, 140, 369, 170, 395, 169, 394, 135, 364, 138, 367, 152, 148,
    377,
)  # fmt: skip
_CHEEKS = (1, 4, 50, 280, 101, 330, 123, 352)

EYES = Region(
    name="eyes",
    outlines=(_LEFT_SOCKET, _RIGHT_SOCKET),
    parts=(*regions.LEFT_IRIS, *regions.RIGHT_IRIS),
    still=(*_UNDER, *_NOSE, *_CORNERS, *_TEMPLES, 139, 368),
    around=(*_UNDER, *_BROWS, *_NOSE, *_TEMPLES),
    expression=("eyeBlink", "eyeLook", "eyeSquint", "eyeWide"),
)
# The jaw is among the still points: a mouth that needs another jaw doesn't fit.
MOUTH = Region(
    name="mouth",
    outlines=(_MOUTH,),
    parts=(),
    still=(*_AROUND_MOUTH, *_CHEEKS),
    around=_AROUND_MOUTH,
    expression=("jaw", "mouth"),
)
