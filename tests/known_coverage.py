"""Pictures whose coverage is known exactly: real sitters, strands of hair drawn on, other walls."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np

from headshots.core.faces import Face
from headshots.core.generation.studio.compose.foreground import foreground_and_background
from headshots.core.generation.studio.plate.plate import Plate
from headshots.core.images import Image, Linear, Mask, blur, resize, to_linear, to_srgb
from headshots.core.weights.sessions import litert


@dataclass(frozen=True, eq=False)
class Known:
    """image: sRGB (H, W, 3). coverage: its true matte (H, W). colours: the sitter's, linear light,
    also under partial coverage. face: in the picture's pixels.
    """

    image: Image
    coverage: Mask
    colours: Linear
    face: Face

    @property
    def head(self) -> np.ndarray:
        """Where errors are counted: above the chin, bool (H, W)."""
        above = np.zeros(self.coverage.shape, bool)
        above[: int(self.face.landmarks[152, 1])] = True
        return above


def known(plate: Plate, wall: Image, softness: float, seed: int = 0) -> Known:
    """The sitter of `plate` with drawn strands of hair, before `wall` blurred by `softness` px.

    The cut-out's own soft edge is made crisp first, so that no matting method is measured against
    itself; the strands, a pixel wide and half covering, are true whatever the cut-out was.
    """
    rng = np.random.default_rng(seed)
    crisp = np.clip((plate.matte - 0.35) / 0.3, 0, 1).astype(np.float32)
    coverage = np.maximum(crisp, _strands(crisp, plate.face, rng))
    sure = (plate.matte > 0.9).astype(np.float32)
    weight = np.maximum(blur(sure, 6), 1e-3)[..., None]
    nearby = blur(plate.foreground * sure[..., None], 6) / weight
    colours = np.where(sure[..., None] > 0, plate.foreground, 0.8 * nearby).astype(np.float32)
    rows, columns = coverage.shape
    behind = to_linear(np.clip(blur(resize(wall, columns, rows), softness), 0, 1))
    cover = coverage[..., None]
    image = to_srgb(np.asarray(colours * cover + behind * (1 - cover), np.float32))
    return Known(image, coverage, colours, replace(plate.face))


def _strands(coverage: Mask, face: Face, rng: np.random.Generator, count: int = 240) -> Mask:
    rows, columns = coverage.shape
    rim = (coverage > 0.6) & (cv2.erode(coverage, np.ones((5, 5))) < 0.6)
    y, x = np.nonzero(rim)
    y, x = (each[y < face.landmarks[1, 1]] for each in (y, x))
    middle = face.landmarks[168, :2]
    strands = np.zeros((rows, columns), np.float32)
    for index in rng.integers(0, len(x), count):
        point = np.array([x[index], y[index]], float)
        heading = np.arctan2(*(point - middle)[::-1]) + rng.normal(0, 0.7)
        length, curl = face.width * rng.uniform(0.03, 0.16), rng.normal(0, 1.2)
        path = [point - 3 * np.array([np.cos(heading), np.sin(heading)])]
        for share in np.linspace(0, 1, 14):
            turn = heading + curl * share
            path.append(path[-1] + np.array([np.cos(turn), np.sin(turn)]) * length / 14)
        line = np.zeros((rows, columns), np.uint8)
        corners = np.round(np.array(path) * 16).astype(np.int32)
        cv2.polylines(line, [corners], False, (255,), 1, cv2.LINE_AA, 4)
        strands = np.maximum(strands, line / np.float32(255) * np.float32(rng.uniform(0.3, 0.8)))
    return strands


@dataclass(frozen=True)
class Errors:
    """Of a matte against the known coverage, on the head.

    sad: sum of absolute differences, thousands of pixels. gradient: summed squared difference of
    gradient lengths after a Gaussian of sigma 1.4 (both after Rhemann et al., "A Perceptually
    Motivated Online Benchmark for Image Matting", 2009).
    halo: mean absolute difference of the sitter set before black and before near-white against
    the true picture, thousandths of the range: what a viewer sees of a wrong edge.
    """

    sad: float
    gradient: float
    halo: float


def errors(matte: Mask, truth: Known) -> Errors:
    head = truth.head
    colours = foreground_and_background(truth.image, matte.astype(np.float32))[0]
    linear = to_linear(np.clip(colours, 0, 1).astype(np.float32))
    shown = [np.abs(_over(linear, matte, wall) - _over(truth.colours, truth.coverage, wall))
             for wall in (0.0, 0.9)]  # fmt: skip
    difference = _gradient(matte) - _gradient(truth.coverage)
    return Errors(
        sad=float(np.abs(matte - truth.coverage)[head].sum() / 1000),
        gradient=float((difference[head] ** 2).sum()),
        halo=float(np.mean([each[head].mean() for each in shown]) * 1000),
    )


def _gradient(matte: Mask) -> np.ndarray:
    smooth = blur(matte, 1.4)
    across = cv2.Sobel(smooth, cv2.CV_32F, 1, 0) / 8
    down = cv2.Sobel(smooth, cv2.CV_32F, 0, 1) / 8
    return np.hypot(across, down)


def _over(colours: Linear, cover: Mask, wall: float) -> Image:
    share = cover[..., None]
    return to_srgb(np.asarray(colours * share + wall * (1 - share), np.float32))


def walls(*pictures: Image) -> Iterator[tuple[Image, float]]:
    """Pictures to stand before, each sharp and far out of focus."""
    for picture in pictures:
        for softness in (3.0, 14.0):
            yield picture, softness


def selfie(image: Image) -> Mask:
    """MediaPipe's selfie segmenter, the quickest way to a matte; (H, W) 0..1."""
    rows, columns = image.shape[:2]
    (cover,) = litert("selfie-segmenter").run(resize(image, 256, 256)[None])
    return np.clip(resize(np.asarray(cover[0, ..., 0], np.float32), columns, rows), 0, 1)
