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
    """Makes one picture better in one respect.

    name: its registry name. scale: output pixels per input pixel along a side (1 or 4).
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
        """`image` (sRGB float32 (H, W, 3) 0..1) refined around `face`; strength 0..1.

        The result has `scale` times the height and width. Strength 0 changes nothing but the size.
        keep: the sitter's lasting features, float32 (H, W) 0..1, which are left as they are; None
        where nothing is known of them.

        Raises:
            SetupError: weights or a package are missing.
            Cancelled: stopped through `progress`.
        """
        ...


@runtime_checkable
class Enlarger(Refiner, Protocol):
    """A refiner that can enlarge by less than its `scale` too."""

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
    """A refiner that does better when it knows whom the picture shows.

    record: the model that painted the picture refined last; None where none did.
    """

    @property
    def record(self) -> ModelUse | None: ...

    def for_sitter(self, identity: Identity, painting: Painting) -> Personal:
        """The refiner for pictures of that sitter, painting as `painting` says."""
        ...
