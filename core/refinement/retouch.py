"""Refiner "retouch": the studio's gentle retouch, on any picture."""

from __future__ import annotations

from ..faces import Face
from ..generation.studio.retouch import retouch
from ..images import Image
from ..progress import SILENT, Progress


class Retouch:
    """Evens blotches and redness of the skin; see `generation.studio.retouch`."""

    name = "retouch"
    scale = 1

    def refine(
        self, image: Image, face: Face, strength: float, progress: Progress = SILENT
    ) -> Image:
        """See `Refiner.refine`."""
        progress.update(0.0, "Retouching")
        result = retouch(image, face, strength, strength)
        progress.update(1.0)
        return result


def load() -> Retouch:
    """The refiner for the registry."""
    return Retouch()
