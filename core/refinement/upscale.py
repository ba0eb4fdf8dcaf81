"""Refiner "upscale": enlarges whole pictures by SPAN, see `portrait.enlarging`."""

from __future__ import annotations

import cv2
import numpy as np

from ..faces import Face
from ..images import Float, Image, Mask, resize
from ..portrait import enlarging
from ..portrait.enlarging import SCALE
from ..progress import SILENT, Progress
from ..provenance import SourceType

# Pixels of the largest picture that goes through the network, which bounds time (15 seconds of one
# core) and memory (.45 GB). Larger ones have more detail than a print shows.
_MOST = 2_200_000


class Upscale:
    """Enlarges up to four times; `strength` is the network's share over plain resampling."""

    name = "upscale"
    scale = SCALE
    # The network was trained to come closest to the original, not to paint what looks like one.
    source_type = SourceType.ALGORITHMICALLY_ENHANCED

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
        """See `Enlarger.enlarge`; large pictures are only resampled."""
        progress.update(0.0, "Enlarging")
        plain = enlarged(image, factor)
        rows, columns = image.shape[:2]
        if strength <= 0 or min(rows, columns) < 8 or rows * columns > _MOST:
            progress.update(1.0)
            return plain
        drawn = enlarging.enlarge(
            image, face, watch=lambda share: progress.update(share, "Enlarging")
        )
        height, width = plain.shape[:2]
        drawn = resize(drawn, width, height)
        drawn -= plain
        drawn *= np.float32(strength)
        if keep is not None:
            drawn *= 1 - resize(keep, width, height)[..., None]
        plain += drawn
        progress.update(1.0)
        return plain


def enlarged(image: Float, factor: float) -> Float:
    """`image` (H, W[, C]), 0..1, enlarged `factor` times by Lanczos resampling alone."""
    rows, columns = image.shape[:2]
    size = round(columns * factor), round(rows * factor)
    large = np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_LANCZOS4), np.float32)
    return np.clip(large, 0, 1, out=large)


def load() -> Upscale:
    """The refiner for the registry; the network is opened when first needed."""
    return Upscale()
