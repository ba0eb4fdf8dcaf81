"""What of a cut-out is the sitter, by a network that had no part in cutting it out.

MediaPipe's pose network tells the person in the middle of its square from everybody and everything
else; the matte is MODNet's, which takes in all people it sees and what they sit on.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...faces import Face
from ...faces.alignment import SUPERSAMPLING
from ...images import Float, Image, Mask, resize
from ...weights.sessions import litert

SIZE = 256
# Squares about the sitter, in face widths: the side, and the middle below the face's. Head and
# trunk fill them as they fill the network's training crops; on closer ones it loses hair.
_SQUARES = ((9.0, 3.0), (12.0, 4.2))
# What the sitter stands before: an even grey, so that the network sees the cut-out, not the wall.
GREY = 0.55
# Exponent that lifts dark clothes, in which the network otherwise loses an arm.
_LIFT = 0.6


@dataclass(frozen=True, eq=False)
class Judged:
    """The cut-out in the first of the squares.

    sitter: (256, 256) 0..1, the lower of two opinions. matte: (256, 256) 0..1. image: sRGB
    (256, 256, 3), on grey. face_width: in pixels of the square. matrix: (2, 3), picture -> square.
    """

    sitter: Mask
    matte: Mask
    image: Image
    face_width: float
    matrix: Float


def judge_body(image: Image, matte: Mask, face: Face) -> Judged:
    """The sitter of `face` in a cut-out: sRGB image (H, W, 3), matte (H, W).

    Raises:
        SetupError: the weights are missing.
    """
    matrices = [_square(face, side, below) for side, below in _SQUARES]
    first = matrices[0]
    # Shrunk by areas to about the squares' scale: plain sampling would skip pixels.
    shrink = min(1.0, SUPERSAMPLING * float(first[0, 0]))
    rows, columns = matte.shape
    size = max(1, round(columns * shrink)), max(1, round(rows * shrink))
    cover = np.clip(resize(matte, *size), 0, 1)
    colours = np.clip(resize(image, *size), 0, 1)
    lifted = on_grey(colours ** np.float32(_LIFT), cover)
    opinions: list[Mask] = []
    for matrix, turn in zip(matrices, (-1, 1), strict=True):
        # The network is not even-handed, so one opinion is asked about the mirror image.
        seen = _warped(lifted, matrix, matte.shape)[:, ::turn]
        back = first @ np.vstack([np.asarray(cv2.invertAffineTransform(matrix)), [0, 0, 1]])
        opinion = cv2.warpAffine(_sitter(seen)[:, ::turn], back, (SIZE, SIZE))
        opinions.append(np.asarray(opinion, np.float32))
    return Judged(
        sitter=np.asarray(np.min(opinions, axis=0), np.float32),
        matte=_warped(cover, first, matte.shape, 0.0),
        image=_warped(on_grey(colours, cover), first, matte.shape),
        face_width=float(first[0, 0]) * face.width,
        matrix=first,
    )


def disc(radius: float) -> cv2.typing.MatLike:
    """A round structuring element of `radius` pixels, at least one."""
    side = 2 * max(1, round(radius)) + 1
    return cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))


def _square(face: Face, side: float, below: float) -> Float:
    """Matrix (2, 3) from the picture to the square of `side` face widths."""
    scale = SIZE / (side * face.width)
    x, y = face.landmarks[:468, :2].mean(axis=0)
    shift = SIZE / 2 - scale * np.array([x, y + below * face.width])
    return np.array([[scale, 0, shift[0]], [0, scale, shift[1]]], np.float32)


def _warped(small: Float, matrix: Float, shape: tuple[int, ...], outside: float = GREY) -> Float:
    """The square of a picture of `shape`, of which `small` is a shrunk copy."""
    ratio = shape[1] / small.shape[1], shape[0] / small.shape[0]
    both = np.column_stack([matrix[:, :2] * ratio, matrix[:, 2]])
    return np.asarray(
        cv2.warpAffine(
            small, both, (SIZE, SIZE), borderMode=cv2.BORDER_CONSTANT, borderValue=(outside,) * 3
        ),
        np.float32,
    )


def on_grey(image: Image, cover: Mask) -> Image:
    """The cut-out on mid grey: sRGB float32 (H, W, 3), as the network knows it."""
    return np.asarray(GREY + (image - GREY) * cover[..., None], np.float32)


def _sitter(square: Image) -> Mask:
    outputs = litert("body-segmenter").run(np.ascontiguousarray(square[None], np.float32))
    (logits,) = (each for each in outputs if each.shape == (1, SIZE, SIZE, 1))
    return np.asarray(1 / (1 + np.exp(-np.clip(logits[0, ..., 0], -30, 30))), np.float32)
