"""The generation contract: a request for headshots, the candidates that answer it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ..identity.identity import Identity
from ..images import Float, Image, Mask
from ..progress import SILENT, Progress
from .looks import Look


@dataclass(frozen=True)
class Request:
    """What is asked of a generator.

    looks: candidates go round them in turn; at least one.
    count: how many candidates, 1..500.
    seed: the same request with the same seed gives the same bytes.
    width: of each picture in pixels, 256..4096; the height follows from the look's aspect.
    matched: True holds framing, backdrop and light exactly to the look, so that pictures of
        different people stand side by side; False lets candidates vary within the look.
    keep_stages: True keeps the named intermediates on each candidate.
    """

    identity: Identity
    looks: tuple[Look, ...]
    count: int
    seed: int
    width: int = 1024
    matched: bool = False
    keep_stages: bool = False


@dataclass(frozen=True)
class Origin:
    """How a picture came to be; travels with it to its scorecard and into its metadata.

    source_type: IPTC digital source type term, such as "compositeSynthetic".
    settings: what varied between the candidates, as plain values (source photo's quality, light
        side, crop, upscale factor...).
    """

    generator: str
    look: str
    photo: str
    seed: int
    source_type: str
    settings: Mapping[str, str | float | int | bool] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Candidate:
    """One generated picture.

    image: sRGB float32 (H, W, 3) 0..1.
    matte: float32 (H, W) 0..1, the sitter's coverage.
    stages: named intermediates in the order they were made, when asked for: float32 arrays, (H, W)
        masks, (H, W, 3) sRGB pictures or (H, W, 4) sRGB with straight alpha.
    """

    image: Image
    matte: Mask
    origin: Origin
    stages: Mapping[str, Float] = field(default_factory=dict)


class Generator(Protocol):
    """Makes candidates; they come as they are made, so that they can be shown and stopped."""

    name: str

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """`request.count` candidates.

        Raises:
            InputError: a request out of range.
            NoSource: none of the sitter's photos can carry the looks.
            SetupError: weights or a package are missing.
            Cancelled: stopped through `progress`.
        """
        ...
