"""The refinement contract."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from ..faces import Face
from ..identity.identity import Identity
from ..images import Image, Mask
from ..painting import Painting
from ..progress import SILENT, Progress
from ..provenance import ModelUse, SourceType


class Refiner(Protocol):
    """Improves a picture in one respect.

    name: its registry name.
    scale: output pixels per input pixel along a side (1 or 4).
    source_type: IPTC digital source type of a photograph that it has refined.
    """

    name: str
    scale: int
    source_type: SourceType

    def refine(
        self,
        image: Image,
        face: Face,
        strength: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """`image` refined around `face`.

        The result has `scale` times the height and width. Strength 0 changes nothing but the size.

        Args:
            image: sRGB float32 (H, W, 3) 0..1.
            strength: 0..1.
            keep: mask of the sitter's permanent marks, float32 (H, W) 0..1, which are preserved;
                None if they are unknown.

        Raises:
            SetupError: weights or a package are missing.
            Cancelled: stopped through `progress`.
        """
        ...


@runtime_checkable
class Enlarger(Refiner, Protocol):
    """A refiner that can also enlarge by less than its `scale`."""

    def enlarge(
        self,
        image: Image,
        face: Face,
        strength: float,
        factor: float,
        progress: Progress = SILENT,
        keep: Mask | None = None,
    ) -> Image:
        """As `refine`, with round(`factor` times) the height and width; `factor` 1..`scale`."""
        ...


@runtime_checkable
class Personal(Refiner, Protocol):
    """A refiner that uses the sitter's identity.

    record: the model that painted the last picture; None if none did.
    """

    @property
    def record(self) -> ModelUse | None: ...

    def for_sitter(self, identity: Identity, painting: Painting) -> Personal:
        """The refiner for pictures of that sitter, painting as `painting` says."""
        ...
