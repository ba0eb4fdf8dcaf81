"""The contract of generators: a request for headshots, and the candidates."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..errors import InputError, NoSource
from ..identity.identity import Identity
from ..images import Float, Image, Mask
from ..painting import Painting
from ..portrait.portrait import Portrait
from ..progress import SILENT, Progress
from ..provenance import Provenance
from .looks import Look


@dataclass(frozen=True)
class Request:
    """A request for headshots.

    identity: the sitter.
    looks: at least one; the candidates take them in turn.
    count: of candidates, 1..500.
    seed: the same request with the same seed gives the same bytes.
    width: of each picture in pixels, 256..4096; the height follows from the look's aspect.
    matched: True keeps framing, backdrop and light exactly as in the look, so that pictures of
        different people match; False lets candidates vary a little.
    keep_stages: True keeps the intermediate pictures on each candidate.
    painting: parameters for generators that paint.

    Raises:
        ConsentError: the sitter did not consent to generated pictures.
    """

    identity: Identity
    looks: tuple[Look, ...]
    count: int
    seed: int
    width: int = 1024
    matched: bool = False
    keep_stages: bool = False
    painting: Painting = field(default_factory=Painting)

    def __post_init__(self) -> None:
        self.identity.require("generate")

    def check(self) -> None:
        """Check the request, before any work.

        Raises:
            InputError: a number out of its range, or no look.
            NoSource: the sitter has no photos.
        """
        if not 1 <= self.count <= 500:
            raise InputError(f"{self.count} headshots were asked for", "Ask for 1 to 500.")
        if not 256 <= self.width <= 4096:
            raise InputError(
                f"A width of {self.width} was asked for", "Ask for 256 to 4096 pixels."
            )
        if not self.looks:
            raise InputError(
                "No look was chosen", "Choose at least one; `headshots looks` lists them."
            )
        if not self.identity.photos:
            raise NoSource(f"{self.identity.name!r} has no photos", "Enrol the sitter again.")


@dataclass(frozen=True, eq=False)
class Candidate:
    """One generated picture.

    portrait: the picture and its matte.
    provenance: how it was made.
    stages: intermediate pictures by name, in the order of making, if requested: float32 (H, W)
        masks, (H, W, 3) sRGB, or (H, W, 4) sRGB with straight alpha.
    """

    portrait: Portrait
    provenance: Provenance
    stages: Mapping[str, Float] = field(default_factory=dict)

    @property
    def image(self) -> Image:
        """SRGB float32 (H, W, 3) 0..1."""
        return self.portrait.image

    @property
    def matte(self) -> Mask | None:
        """float32 (H, W) 0..1, the sitter's coverage; None where the picture is not cut out."""
        return self.portrait.matte


class Generator(Protocol):
    """Makes candidates one by one, so that they can be shown and stopped."""

    name: str

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """`request.count` candidates.

        Raises:
            InputError: a request out of range.
            NoSource: none of the sitter's photos suits the looks.
            SetupError: weights or a package are missing.
            Cancelled: stopped through `progress`.
        """
        ...
