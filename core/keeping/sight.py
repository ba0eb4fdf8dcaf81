"""What is seen of a picture, at one working size: face, matte, and the parts of the sitter."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.head_pose import turned
from ..faces.regions import CHIN, FOREHEAD_TOP
from ..images import Float, Image, Mask, resize
from ..portrait.matting import cut_out
from ..portrait.portrait import Portrait
from ..portrait.segment_masks import segment_masks
from ..portrait.segments import Segment, segment

Matrix: TypeAlias = NDArray[np.float64]

# Width of the face in pixels at which pictures are registered and masks are drawn.
WORKING_FACE = 240.0
# A smaller face is enlarged to the working size, but no further than this.
_MOST_ENLARGED = 4.0


@dataclass(frozen=True, eq=False)
class Sight:
    """A picture at the working size.

    image: sRGB float32 (h, w, 3) 0..1.
    face: in its pixels.
    matte: float32 (h, w) 0..1.
    parts: float32 (h, w, 6) 0..1, in the order of `Segment`; they add up to 1.
    to_picture: affine float64 (2, 3) from its pixels to those of the whole picture.
    covered: float32 (h, w), 1 where the picture is, 0 beyond its end.
    """

    image: Image
    face: Face
    matte: Mask
    parts: Float
    to_picture: Matrix
    covered: Mask

    def of(self, *segments: Segment) -> Mask:
        """The share of these parts together, float32 (h, w), 0..1."""
        return np.asarray(self.parts[..., list(segments)].sum(axis=-1), np.float32)

    @property
    def tall(self) -> float:
        """Chin to the top of the forehead, pixels."""
        points = self.face.landmarks
        return float(np.linalg.norm(points[CHIN, :2] - points[FOREHEAD_TOP, :2]))

    def down_and_aside(self) -> tuple[Float, Float]:
        """How far each pixel lies below the chin along the face, and beside it, both (h, w), in
        heights of the face.
        """
        chin, top = self.face.landmarks[CHIN, :2], self.face.landmarks[FOREHEAD_TOP, :2]
        along = (chin - top) / self.tall
        rows, columns = self.matte.shape
        x = np.arange(columns, dtype=np.float32) - chin[0]
        y = (np.arange(rows, dtype=np.float32) - chin[1])[:, None]
        down = (x * along[0] + y * along[1]) / self.tall
        aside = np.abs(x * along[1] - y * along[0]) / self.tall
        return np.asarray(down, np.float32), np.asarray(aside, np.float32)

    def laid(self, matrix: Matrix, size: tuple[int, int]) -> Sight:
        """The same in another frame, which `matrix` (2, 3) maps to this one's pixels.

        size: of that frame, (width, height).
        """
        image = placed(self.image, matrix, size)
        cover = placed(self.covered, matrix, size, bare=True)
        matte = placed(self.matte, matrix, size, bare=True)
        parts = placed(self.parts, matrix, size)
        own = parts[..., 1:]
        own *= (matte / np.maximum(own.sum(axis=-1), 1e-6))[..., None]
        parts[..., 0] = 1 - matte
        back = np.asarray(inverted(matrix), np.float32)
        return replace(
            self,
            image=np.clip(image, 0, 1),
            face=turned(self.face, back),
            matte=matte,
            parts=parts,
            to_picture=after(self.to_picture, matrix),
            covered=np.asarray(cover > 0.99, np.float32),
        )


def look_at(portrait: Portrait, face: Face, area: int | None = None) -> tuple[Sight, Mask]:
    """What is seen of `portrait` with its `face`, and its matte in full size.

    area: of the picture that the matting network is given, pixels; default: its usual one.

    Raises:
        NoSource: the head lies on its side.
        SetupError: weights are missing.
    """
    image, matte = portrait.image, portrait.matte
    if matte is None:
        matte = portrait.cutout if area is None else cut_out(image, face, area).matte
    scale = WORKING_FACE / face.width
    if scale > 1:
        scale = min(scale, _MOST_ENLARGED)
    rows, columns = matte.shape
    width, height = max(16, round(scale * columns)), max(16, round(scale * rows))
    small = np.clip(resize(image, width, height), 0, 1)
    cover = np.clip(resize(matte, width, height), 0, 1)
    masks = segment_masks(segment(image, matte, face), small, cover)
    parts = np.stack([masks[each] for each in Segment], axis=-1)
    back = resized((columns, rows), (width, height))
    here = turned(face, np.asarray(inverted(back), np.float32))
    sight = Sight(small, here, cover, parts, back, np.ones((height, width), np.float32))
    return sight, matte


def after(first: Matrix, second: Matrix) -> Matrix:
    """The affine (2, 3) that applies `second`, then `first`."""
    linear = first[:, :2]
    return np.column_stack([linear @ second[:, :2], linear @ second[:, 2] + first[:, 2]])


def inverted(matrix: Matrix) -> Matrix:
    """The affine (2, 3) that undoes `matrix`."""
    return np.asarray(cv2.invertAffineTransform(matrix), np.float64)


def resized(before: tuple[int, int], size: tuple[int, int]) -> Matrix:
    """From pixels of a picture resized to `size` (width, height) to those `before`."""
    across, down = before[0] / size[0], before[1] / size[1]
    return np.array([[across, 0, 0.5 * across - 0.5], [0, down, 0.5 * down - 0.5]])


def placed(
    values: Float, matrix: Matrix, size: tuple[int, int], *, bare: bool = False, fine: bool = False
) -> Float:
    """`values` (H, W[, C]) in a frame of `size` (width, height), which `matrix` maps to its pixels.

    bare: beyond its end there is 0; else the end is repeated.
    fine: by cubic interpolation.
    """
    border = cv2.BORDER_CONSTANT if bare else cv2.BORDER_REPLICATE
    method = cv2.INTER_CUBIC if fine else cv2.INTER_LINEAR
    flags = method | cv2.WARP_INVERSE_MAP
    if values.ndim == 3 and values.shape[2] > 4:  # of OpenCV's border no more than four channels
        planes = [
            placed(np.ascontiguousarray(values[..., each]), matrix, size, bare=bare, fine=fine)
            for each in range(values.shape[2])
        ]
        return np.stack(planes, axis=-1)
    there = cv2.warpAffine(values, matrix, size, flags=flags, borderMode=border)
    return np.asarray(there, np.float32)
