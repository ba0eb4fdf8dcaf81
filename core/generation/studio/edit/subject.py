"""The sitter of a finished picture, cut out in place, for relighting or another backdrop.

It is built like a plate from a photo, but nothing is framed, levelled or retouched: all that isn't
edited stays the same to the pixel.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import atan2, degrees

import cv2
import numpy as np

from ....faces import Face
from ....faces.head_pose import turned
from ....faces.regions import CHIN, FOREHEAD_TOP
from ....images import Box, Float, Image, Linear, Mask, ramp
from ....portrait.matting import cut_out, cutout_of, only_sitter
from ....portrait.mending import mended
from ....portrait.modnet import modnet
from ....portrait.segments import Segment, Segments, segment
from ....portrait.shading import Unlit, unlight
from ....portrait.shape import Shape, model
from ....portrait.surroundings import ABOVE, ASIDE, BELOW
from ..compose.edges import decontaminate
from ..compose.tiles import Span, covered

_CROOKED = 8.0  # degrees of roll up to which a head counts as upright for matte and shape
_GREY = (
    0.04  # most difference of channels in black and white (JPEG), as a share of the skin's light
)
_MEET = 0.5  # face widths over which the close-up's matte blends into the whole picture's


@dataclass(frozen=True, eq=False)
class Subject:
    """A sitter in their picture.

    image: the picture, sRGB float32 (H, W, 3).
    face: in its pixels.
    matte: of the whole person, float32 (H, W) 0..1.
    foreground: colours without the background, linear RGB float32 (H, W, 3).
    shape, unlit: of the upright close-up of head and shoulders, on its own grid.
    to_grid: affine float32 (2, 3) from the picture's pixels to the grid's.
    """

    image: Image
    face: Face
    matte: Mask
    foreground: Linear
    shape: Shape
    unlit: Unlit
    to_grid: Float

    @property
    def grey(self) -> bool:
        """Whether the picture is black and white."""
        colour = self.unlit.colour[self.unlit.skin]
        return float(np.ptp(colour, axis=-1).max()) < _GREY * max(float(colour.mean()), 1e-3)

    def covered(self, rows: Span) -> Span | None:
        """The columns that the sitter covers, from a multiple of `STEP` on; None without any."""
        return covered(self.matte, rows)

    @property
    def side(self) -> float:
        """1 if the picture was lit from image right, -1 from the left."""
        return 1.0 if self.unlit.lit_right else -1.0

    def spread(self, grid: Float, rows: Span, columns: Span) -> Float:
        """An array of the shape's grid (h, w[, C]) for a part of the picture.

        Beyond the grid its border is repeated.
        """
        matrix = self.to_grid.copy()
        matrix[:, 2] += matrix[:, :2] @ np.array([columns[0], rows[0]], np.float32)
        placed = cv2.warpAffine(
            grid,
            matrix,
            (columns[1] - columns[0], rows[1] - rows[0]),
            flags=cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REPLICATE,
        )
        return np.asarray(placed, np.float32)


def find_subject(
    image: Image, face: Face, matte: Mask | None = None, check: Callable[[], None] = lambda: None
) -> Subject:
    """The sitter with `face` in `image` (sRGB float32 (H, W, 3) 0..1).

    matte: of the whole person, float32 (H, W) 0..1; without one it is computed.
    check: is called between pieces of work and may raise.

    Raises:
        SetupError: weights are missing.
    """
    rows, columns = image.shape[:2]
    matrix, width, height = _surroundings(face, rows, columns)
    upright_face = turned(face, matrix)
    if matte is None:
        near = cut_out(_warped(image, matrix, width, height), upright_face).matte
        near *= _warped(np.ones((rows, columns), np.float32), matrix, width, height, bare=True)
        check()
        whole = _whole(image, face, near, matrix)
        check()
        closed, whole, segments = mended(image, whole, face)
        check()
        foreground, matte = decontaminate(closed, whole, face)
    else:  # a matte from elsewhere may be better than ours, so it stays as it is
        segments = segment(image, matte, face)
        foreground, _ = decontaminate(image, matte, face)
    check()
    upright_matte = np.clip(_warped(matte, matrix, width, height, bare=True), 0, 1)
    crown = cutout_of(upright_matte, upright_face).crown
    shape = model(upright_face, crown, upright_matte)
    to_grid = _onto_grid(matrix, shape.scale)
    return Subject(
        image=image,
        face=face,
        matte=matte,
        foreground=foreground,
        shape=shape,
        unlit=unlight(
            _warped(foreground, matrix, width, height),
            shape,
            _on_grid(segments, columns, to_grid, shape),
        ),
        to_grid=to_grid,
    )


def _surroundings(face: Face, rows: int, columns: int) -> tuple[Float, int, int]:
    """Similarity (2, 3) from the picture to an upright close-up, and its width and height.

    The close-up shows head, shoulders and chest.
    """
    (x0, y0), (x1, y1) = face.landmarks[468, :2], face.landmarks[473, :2]
    roll = degrees(atan2(y1 - y0, x1 - x0))
    eyes = face.landmarks[468:478, :2].mean(0)
    turn = roll if abs(roll) > _CROOKED else 0.0
    matrix = np.asarray(
        cv2.getRotationMatrix2D((float(eyes[0]), float(eyes[1])), turn, 1.0), np.float32
    )
    level = turned(face, matrix)
    x, _ = level.box.centre
    top, chin = (float(level.landmarks[point, 1]) for point in (FOREHEAD_TOP, CHIN))
    tall = max(chin - top, 1.0)
    corners = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]], np.float32)
    there = corners @ matrix[:, :2].T + matrix[:, 2]
    (left, upper), (right, lower) = there.min(0), there.max(0)
    box = Box(
        max(float(left), x - ASIDE * tall),
        max(float(upper), top - ABOVE * tall),
        min(float(right), x + ASIDE * tall),
        min(float(lower), chin + BELOW * tall),
    )
    corner = np.floor([box.x0, box.y0])  # whole pixels, so that nothing is resampled without a turn
    matrix[:, 2] -= corner
    width, height = (
        round(end - start) for start, end in zip(corner, (box.x1, box.y1), strict=True)
    )
    return matrix, max(8, width), max(8, height)


def _whole(image: Image, face: Face, near: Mask, matrix: Float) -> Mask:
    """The matte (H, W) of the whole person: `near` in the close-up, and another beyond."""
    rows, columns = image.shape[:2]
    placed = _placed(near, matrix, columns, rows)
    reached = (_placed(np.ones_like(near), matrix, columns, rows) > 0.5).astype(np.uint8)
    if reached.all():
        return placed
    # Blend at the close-up's edges within the picture, not at the picture's own.
    depth = np.asarray(cv2.distanceTransform(reached, cv2.DIST_L2, 3), np.float32)
    share = ramp(depth, 0, _MEET * face.width)
    far = only_sitter(modnet(image), face)
    return np.asarray(placed * share + far * (1 - share), np.float32)


def _warped(image: Float, matrix: Float, width: int, height: int, *, bare: bool = False) -> Float:
    """A picture warped by `matrix` to `width` x `height`.

    Beyond the picture its edge is repeated, or with `bare` everything is 0.
    """
    border = cv2.BORDER_CONSTANT if bare else cv2.BORDER_REPLICATE
    part = cv2.warpAffine(image, matrix, (width, height), flags=cv2.INTER_LINEAR, borderMode=border)
    return np.asarray(part, np.float32)


def _placed(part: Float, matrix: Float, columns: int, rows: int) -> Float:
    """The inverse: `part` in its place in a picture of `columns` x `rows`, 0 around it."""
    back = cv2.warpAffine(
        part, matrix, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    )
    return np.asarray(back, np.float32)


def _onto_grid(matrix: Float, scale: float) -> Float:
    """`matrix` followed by the reduction to the shape's grid."""
    onto = matrix * np.float32(scale)
    onto[:, 2] += np.float32(0.5 * scale - 0.5)
    return onto


def _on_grid(segments: Segments, columns: int, to_grid: Float, shape: Shape) -> Segments:
    """The segments of a picture of so many columns, on the shape's grid."""
    finer = columns / segments.shares.shape[1]
    matrix = to_grid.copy()
    matrix[:, 2] += matrix[:, :2] @ np.full(2, 0.5 * finer - 0.5, np.float32)
    matrix[:, :2] *= np.float32(finer)
    rows, across = shape.depth.shape

    def placed(part: Float) -> Float:
        return np.asarray(cv2.warpAffine(part, matrix, (across, rows)), np.float32)

    shares = [placed(segments.shares[..., each]) for each in Segment]
    return Segments(np.stack(shares, -1), placed(segments.strange))
