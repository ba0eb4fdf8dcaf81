"""Refiner "upscale": enlarges four times, the head by Real-ESRGAN, the rest by resampling.

The network (Wang et al., "Real-ESRGAN", 2021, weights x4plus) takes about .22 ms a pixel on two
cores, minutes for a whole picture. So it processes only the head, and at no more pixels than the
head has detail for: a face that was enlarged before is first reduced to the size at which it is
sharp, which is also what the network was trained on. Everything else is enlarged by Lanczos
resampling; the border between them is feathered.
"""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from ..faces import Face
from ..images import Box, Float, Image, Mask, blur, fit, resize
from ..portrait.sharpness import sharpness
from ..portrait.skin import skin_mask
from ..progress import SILENT, Progress
from ..provenance import SourceType
from ..weights.sessions import NcnnSession, ncnn

SCALE = 4
# Pixels that go through the network at once, and those at their edge that only give context. The
# network takes 48 kB of memory for each pixel at once: .65 GB here, 1 GB with tiles of 128.
_TILE = 96
_CONTEXT = 10
# Longest side of the head as the network sees it, which bounds the time to about 40 seconds.
_LONGEST = 400
# A sharp head this many times as large has more detail than the network could give back.
_MOST_SHRUNK = 2
# Oval box to head: hair above, ears and hair beside. Face widths of feathering.
_HEAD = 0.22
_FEATHER = 0.12
# The network paints skin smooth, freckles and all, so there it counts for less by this share.
_SKIN = 0.5


class Upscale:
    """Enlarges four times; `strength` blends the network's head over the plain enlargement."""

    name = "upscale"
    scale = SCALE
    source_type = SourceType.COMPOSITE_WITH_TRAINED_MEDIA  # a network paints the head's detail

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Refiner.refine`."""
        return self.enlarge(image, face, strength, SCALE, progress, keep)

    def enlarge(
        self,
        image: Image,
        face: Face,
        strength: float,
        factor: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Enlarger.enlarge`; heads with more detail than the network is given stay plain."""
        progress.update(0.0, "Enlarging")
        plain = enlarged(image, factor)
        region = _head(face, image.shape)
        patch = region.cut(image)
        if strength <= 0 or min(patch.shape[:2]) < 8:
            return plain
        wanted = max(patch.shape[:2]) * _detail(image, face)
        if wanted > _MOST_SHRUNK * _LONGEST:
            progress.update(1.0)
            return plain
        small, _ = fit(patch, min(_LONGEST, max(16, round(wanted))))
        made = _through(ncnn("realesrgan-x4-param", "realesrgan-x4-bin"), small, progress)
        target = region.scaled(factor).cut(plain)
        made = _lanczos(made, target.shape[1], target.shape[0])
        weight = strength * _feather(target.shape, _FEATHER * face.width * factor)
        skin = region.cut(skin_mask(image.shape, face, image))
        weight *= 1 - _SKIN * resize(skin, target.shape[1], target.shape[0])
        if keep is not None:
            weight *= 1 - resize(region.cut(keep), target.shape[1], target.shape[0])
        target += weight[..., None] * (made - target)
        progress.update(1.0)
        return plain


def enlarged(image: Float, factor: float) -> Float:
    """`image` (H, W[, C]), 0..1, enlarged `factor` times by Lanczos resampling alone."""
    rows, columns = image.shape[:2]
    return _lanczos(image, round(columns * factor), round(rows * factor))


def load() -> Upscale:
    """The refiner for the registry; the network is opened when first needed."""
    return Upscale()


def _through(network: NcnnSession, image: Image, progress: Progress) -> Image:
    """`image` through the network tile by tile, float32 (4 H, 4 W, 3)."""
    rows, columns = image.shape[:2]
    padded = np.pad(image, ((_CONTEXT, _CONTEXT), (_CONTEXT, _CONTEXT), (0, 0)), mode="symmetric")
    result = np.empty((rows * SCALE, columns * SCALE, 3), np.float32)
    tiles = list(_tiles(rows, columns))
    for index, (top, left) in enumerate(tiles):
        progress.update(index / len(tiles), "Enlarging")
        bottom, right = min(top + _TILE, rows), min(left + _TILE, columns)
        part = padded[top : bottom + 2 * _CONTEXT, left : right + 2 * _CONTEXT]
        large = network.run(part.transpose(2, 0, 1)).transpose(1, 2, 0)
        inner = slice(_CONTEXT * SCALE, -_CONTEXT * SCALE)
        result[top * SCALE : bottom * SCALE, left * SCALE : right * SCALE] = large[inner, inner]
    return np.clip(result, 0, 1)


def _tiles(rows: int, columns: int) -> Iterator[tuple[int, int]]:
    for top in range(0, rows, _TILE):
        for left in range(0, columns, _TILE):
            yield top, left


def _detail(image: Image, face: Face) -> float:
    """Size at which the face is as sharp as its pixels, as a share of its size now, up to 1.

    Photos enlarged 1.4, 1.6 and 4.5 times measure a sharpness of .8 to .9, .98 and .48: its square
    follows that, with a third to spare.
    """
    return min(1.0, 1.3 * sharpness(image, face) ** 2)


def _head(face: Face, shape: tuple[int, ...]) -> Box:
    """The head in whole pixels within a picture of `shape`."""
    (left, top), (right, bottom) = (
        face.landmarks[:468, :2].min(axis=0),
        face.landmarks[:468, :2].max(axis=0),
    )
    side = _HEAD * (right - left)
    rows, columns = shape[:2]
    return Box(
        float(np.clip(np.floor(left - side), 0, columns)),
        float(np.clip(np.floor(top - 2 * side), 0, rows)),
        float(np.clip(np.ceil(right + side), 0, columns)),
        float(np.clip(np.ceil(bottom + side), 0, rows)),
    )


def _feather(shape: tuple[int, ...], reach: float) -> Mask:
    """1 inside, falling to 0 at the border, float32 (H, W)."""
    rows, columns = shape[:2]
    inside = np.zeros((rows, columns), np.float32)
    edge = max(1, min(round(reach), rows // 4, columns // 4))
    inside[edge:-edge, edge:-edge] = 1
    return np.clip(blur(inside, edge / 2.5), 0, 1)


def _lanczos(image: Float, width: int, height: int) -> Image:
    large = cv2.resize(image, (width, height), interpolation=cv2.INTER_LANCZOS4)
    made = np.asarray(large, np.float32)
    return np.clip(made, 0, 1, out=made)
