"""The refinement contract."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..faces import Face
from ..images import Image
from ..progress import SILENT, Progress


class Refiner(Protocol):
    """Makes one picture better in one respect.

    name: its registry name. scale: output pixels per input pixel along a side (1 or 4).
    """

    name: str
    scale: int

    def refine(
        self, image: Image, face: Face, strength: float, progress: Progress = SILENT
    ) -> Image:
        """`image` (sRGB float32 (H, W, 3) 0..1) refined around `face`; strength 0..1.

        The result has `scale` times the height and width. Strength 0 changes nothing but the size.

        Raises:
            SetupError: weights or a package are missing.
            Cancelled: stopped through `progress`.
        """
        ...


@runtime_checkable
class Enlarger(Refiner, Protocol):
    """A refiner that can enlarge by less than its `scale` too."""

    def enlarge(
        self, image: Image, face: Face, strength: float, factor: float, progress: Progress = SILENT
    ) -> Image:
        """As `refine`, with round(`factor` times) the height and width; `factor` 1..`scale`."""
        ...
