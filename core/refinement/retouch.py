"""Refiner "retouch": the studio's gentle retouch of a face, on any picture."""

from __future__ import annotations

from ..faces import Face
from ..generation import touch_up
from ..images import Image, Mask
from ..progress import SILENT, Progress
from ..provenance import SourceType
from ..retouching import Retouching

_FULL = Retouching.of_face(1)


class Retouch:
    """Skin, under the eyes, glare, teeth and whites of the eyes; see `generation.touch_up`.

    Red spots are removed only if the permanent marks of the skin are known.

    Args:
        parts: how far each part of the face is retouched at strength 1.
    """

    name = "retouch"
    scale = 1
    source_type = SourceType.ALGORITHMICALLY_ENHANCED

    def __init__(self, parts: Retouching = _FULL) -> None:
        self._parts = parts

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """See `Refiner.refine`."""
        progress.update(0.0, "Retouching")
        result = touch_up(image, face, self._parts.times(strength), keep)
        progress.update(1.0)
        return result


def load() -> Retouch:
    """The refiner for the registry."""
    return Retouch()
