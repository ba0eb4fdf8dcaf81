"""Refiner "detail": a diffusion model repaints the face at the size that it was trained for.

Only fine detail is taken from the result; light and colour stay those of the picture, which also
avoids a seam. If a seam is measured nevertheless, the picture stays unchanged.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, floor

import cv2
import numpy as np

from ..faces import Face
from ..generation.diffusion.adapters.identity_conditioning import references
from ..generation.diffusion.families.painter import PaintJob, SamplingParams
from ..generation.diffusion.families.prompts import (
    NEGATIVE,
    detail_prompt,
    instruction_of_face,
    prompt_of_face,
)
from ..generation.diffusion.models.loaded_model import LoadedModel
from ..generation.diffusion.models.model_pool import MODEL_POOL
from ..generation.diffusion.sampling.sampler import paint, shifted
from ..generation.diffusion.sampling.tiles import is_larger
from ..generation.library import LOOKS
from ..identity.identity import Identity
from ..images import Box, Image, Mask, blur, resize, to_lab
from ..painting import Painting
from ..progress import SILENT, Progress
from ..provenance import ModelUse, SourceType

_AROUND = 0.4  # of the face's width and height, added on each side
# Shares of the face's width: below which detail is fine, and how soft the rim is.
_FINE, _SOFT = 0.06, 0.08
# Denoising strength at strength 1; with more, a model makes another face.
_MOST = 0.5
# The largest step of L* made across the rim; an eye sees one of 1 between smooth areas.
SEAM = 0.5
_NONE = 1 / 512  # of a mask, which 8 bits wouldn't show
_SEED = 0


class Detail:
    """See `Refiner`. Without a sitter (`for_sitter`) it paints without identity conditioning."""

    name = "detail"
    scale = 1
    source_type = SourceType.COMPOSITE_WITH_TRAINED_MEDIA

    def __init__(self, identity: Identity | None = None, painting: Painting | None = None) -> None:
        self._identity, self._painting = identity, painting or Painting()
        self._record: ModelUse | None = None

    @property
    def record(self) -> ModelUse | None:
        """See `Personal`."""
        return self._record

    def for_sitter(self, identity: Identity, painting: Painting) -> Detail:
        """See `Personal`."""
        return Detail(identity, painting)

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Refiner.refine`; a face larger than the model's size is painted in tiles.

        Raises:
            ModelMissing, LicenceNotAccepted, NotEnoughMemory: see `ModelPool.open`.
        """
        progress.update(0.0, "Painting the face")
        part = _around(face, image)
        if strength == 0 or part is None:
            progress.update(1.0)
            return image
        with MODEL_POOL.open(self._painting, self._identity, progress.part(0, 0.05)) as opened:
            self._record = opened.record
            start = np.clip(part.cut(image), 0, 1)
            inner = shifted(face, part)
            painted = self._painted(opened, start, inner, strength, progress.part(0.05, 1))
        mask = _oval(inner, start.shape)
        if keep is not None:
            mask = mask * (1 - part.cut(keep))
        mended = _mended(start, painted, mask, inner.width)
        if seam(start, mended, mask) > SEAM:
            return image
        result = image.copy()
        part.cut(result)[...] = mended
        return result

    def _painted(
        self, opened: LoadedModel, start: Image, face: Face, strength: float, progress: Progress
    ) -> Image:
        """The part of the picture as the model paints it, in the part's own size."""
        family, painting = opened.model.family, self._painting
        height, width = start.shape[:2]
        in_tiles = is_larger(opened.painter, height, width)
        factor = 1.0 if in_tiles else opened.painter.side / (height * width) ** 0.5
        rows, columns = (
            side if in_tiles else max(1, round(side * factor / family.multiple)) * family.multiple
            for side in (height, width)
        )
        large = np.clip(resize(start, columns, rows), 0, 1)
        shown: tuple[Image, ...] = ()
        if family.references:
            photos: tuple[Image, ...] = ()
            if self._identity is not None:
                look = next(iter(LOOKS.values()))
                side = opened.painter.side
                photos = references(self._identity, look, family.references - 1, side)
            shown = (large, *photos)
            prompt = instruction_of_face(painting.text, opened.word, len(photos))
        else:
            prompt = prompt_of_face(self._identity, painting.text, opened.word)
        if in_tiles:  # of which most show a part of a face
            prompt = detail_prompt(sentences=bool(shown))
        begun = PaintJob(large, None, face.scaled(columns / width), prompt, _SEED, shown)
        wish = SamplingParams(
            NEGATIVE,
            painting.steps or opened.steps,
            painting.cfg or opened.guidance,
            strength * _MOST,
            opened.on,
            painting.sampler,
            painting.shift,
        )
        if in_tiles:
            return opened.in_tiles(wish, begun, progress)

        def work(rows: Sequence[PaintJob]) -> list[tuple[PaintJob, Image]]:
            return list(paint(opened.painter, wish, iter(rows), 1, progress=progress))

        ((_, made),) = opened.retried([begun], work)
        return np.clip(resize(made, width, height), 0, 1)


def _around(face: Face, image: Image) -> Box | None:
    """The whole pixels of `image` around the face; None where it lies outside."""
    (left, top), (right, bottom) = (
        bound(face.landmarks[:468, :2], axis=0) for bound in (np.min, np.max)
    )
    box = Box(float(left), float(top), float(right), float(bottom)).grown(_AROUND)
    height, width = image.shape[:2]
    x0, y0 = max(0, floor(box.x0)), max(0, floor(box.y0))
    x1, y1 = min(width, ceil(box.x1)), min(height, ceil(box.y1))
    return Box(x0, y0, x1, y1) if x1 - x0 >= 8 and y1 - y0 >= 8 else None


def _oval(face: Face, shape: tuple[int, ...]) -> Mask:
    """The face to its rim, soft inwards, float32 (H, W) 0..1."""
    oval = cv2.convexHull(face.landmarks[:468, :2].astype(np.int32))
    filled = np.zeros(shape[:2], np.uint8)
    cv2.fillConvexPoly(filled, oval, 1)
    reach = max(1, round(2 * _SOFT * face.width))
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    inside = cv2.erode(filled, kernel, borderValue=0).astype(np.float32)
    soft = np.clip(blur(inside, max(0.5, _SOFT * face.width)), 0, 1)
    soft[soft < _NONE] = 0  # what is kept is kept to the bit
    return soft


def _mended(start: Image, painted: Image, mask: Mask, width: float) -> Image:
    """`start` with the fine detail of `painted` inside `mask`.

    The added detail has a local mean of zero everywhere in the mask, even where an edge of one of
    the pictures lies on the rim.
    """
    coarse = max(0.5, _FINE * width)
    added = painted - start - blur(painted - start, coarse)
    under = np.maximum(blur(mask, coarse), _NONE)[..., None]
    masked = np.asarray(mask[..., None] * added, np.float32)
    added = added - blur(masked, coarse) / under
    return np.clip(start + mask[..., None] * added, 0, 1).astype(np.float32)


def seam(before: Image, after: Image, mask: Mask) -> float:
    """The step of L* (0..100) that the change made across the rim of `mask`.

    It is the difference between the mean changes of a band just inside and one just outside, less
    twice the standard error by noise. Edges of the picture itself don't count. 0 where a band has
    no pixels.
    """
    changed = to_lab(after)[..., 0] - to_lab(before)[..., 0]
    bands = [changed[(mask > low) & (mask <= high)] for low, high in ((0.02, 0.5), (0.5, 0.9))]
    if not all(len(each) for each in bands):
        return 0.0
    outside, inside = (float(each.mean()) for each in bands)
    grain = sum(float(each.var()) / len(each) for each in bands) ** 0.5
    return max(0.0, abs(inside - outside) - 2 * grain)


def load() -> Detail:
    """The refiner for the registry; a model is opened when first needed."""
    return Detail()
