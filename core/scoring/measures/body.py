"""Which part of a cut-out is the sitter's body, by a network that had no part in cutting it out.

MediaPipe's pose network segments only the person in the middle of its square. The matte is
MODNet's, which also covers other people and what they sit on.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...faces import Face
from ...faces.alignment import SUPERSAMPLING
from ...images import Float, Image, Mask, resize
from ...portrait.held_objects import GREY
from ...weights.sessions import litert

SIZE = 256
# Squares about the sitter, in face widths: the side, and how far the middle lies below the face's.
# Head and trunk fill them as in the network's training crops; on closer ones it loses hair.
_SQUARES = ((9.0, 3.0), (12.0, 4.2))
# Exponent that lifts dark clothes, in which the network otherwise loses an arm.
_LIFT = 0.6


@dataclass(frozen=True, eq=False)
class Body:
    """The cut-out in the first of the squares.

    sitter: float32 (256, 256) 0..1, the network's body mask: the minimum of two runs.
    matte: float32 (256, 256) 0..1.
    image: sRGB float32 (256, 256, 3), on grey.
    face_width: in pixels of the square.
    matrix: float32 (2, 3), from the picture to the square.
    """

    sitter: Mask
    matte: Mask
    image: Image
    face_width: float
    matrix: Float


def segment_body(image: Image, matte: Mask, face: Face) -> Body:
    """Segment the body that belongs to `face`.

    image: sRGB float32 (H, W, 3) 0..1.
    matte: float32 (H, W) 0..1.

    Raises:
        SetupError: the weights are missing.
    """
    matrices = [_square(face, side, below) for side, below in _SQUARES]
    first = matrices[0]
    # Reduced by area averaging to about the squares' scale: plain sampling would skip pixels.
    shrink = min(1.0, SUPERSAMPLING * float(first[0, 0]))
    rows, columns = matte.shape
    size = max(1, round(columns * shrink)), max(1, round(rows * shrink))
    cover = np.clip(resize(matte, *size), 0, 1)
    colours = np.clip(resize(image, *size), 0, 1)
    lifted = on_grey(colours ** np.float32(_LIFT), cover)
    masks: list[Mask] = []
    for matrix, turn in zip(matrices, (-1, 1), strict=True):
        # The network treats left and right differently, so one run is on the mirror image.
        square = _warped(lifted, matrix, matte.shape)[:, ::turn]
        back = first @ np.vstack([np.asarray(cv2.invertAffineTransform(matrix)), [0, 0, 1]])
        mask = cv2.warpAffine(_sitter(square)[:, ::turn], back, (SIZE, SIZE))
        masks.append(np.asarray(mask, np.float32))
    return Body(
        sitter=np.asarray(np.min(masks, axis=0), np.float32),
        matte=_warped(cover, first, matte.shape, 0.0),
        image=_warped(on_grey(colours, cover), first, matte.shape),
        face_width=float(first[0, 0]) * face.width,
        matrix=first,
    )


def _square(face: Face, side: float, below: float) -> Float:
    """Matrix (2, 3) from the picture to the square of `side` face widths."""
    scale = SIZE / (side * face.width)
    x, y = face.landmarks[:468, :2].mean(axis=0)
    shift = SIZE / 2 - scale * np.array([x, y + below * face.width])
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)


def _warped(small: Float, matrix: Float, shape: tuple[int, ...], outside: float = GREY) -> Float:
    """The square of a picture of `shape`, taken from its reduced copy `small`."""
    ratio = shape[1] / small.shape[1], shape[0] / small.shape[0]
    both = np.column_stack([matrix[:, :2] * ratio, matrix[:, 2]])
    return np.asarray(
        cv2.warpAffine(
            small, both, (SIZE, SIZE), borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,) * 3
        ),
        np.float32,
    )


def on_grey(image: Image, cover: Mask) -> Image:
    """The cut-out on mid grey: sRGB float32 (H, W, 3)."""
    return np.asarray(GREY + (image - GREY) * cover[..., None], np.float32)


def _sitter(square: Image) -> Mask:
    outputs = litert("body-segmenter").run(np.ascontiguousarray(square[None], np.float32))
    (logits,) = (each for each in outputs if each.shape == (1, SIZE, SIZE, 1))
    return np.asarray(1 / (1 + np.exp(-np.clip(logits[0, ..., 0], -30, 30))), np.float32)
