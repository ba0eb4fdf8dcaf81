"""What the loop asks of a loaded model, and what it tells it: the contract of every painter."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ....faces import Face
from ....images import Image, Mask

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class SamplingParams:
    """What the pictures of a batch share.

    negative: what not to paint, in words; families without guidance don't use it.
    steps: for the whole walk. guidance: how much the prompt counts; 1 and less is none.
    strength: the share of the noise that the starting picture gets, 0 leaves it .. 1 hides it.
    adapter: an attached adapter that holds the network to the sitter; None for nothing.
    """

    negative: str
    steps: int
    guidance: float
    strength: float
    adapter: Any = None


@dataclass(frozen=True, eq=False)
class PaintJob:
    """What one candidate is begun from.

    start: sRGB float32 (H, W, 3) 0..1, sides multiples of the family's. mask: where it is painted
        anew, float32 (H, W) 0..1; None everywhere. face: in its pixels; None where nobody is seen.
    prompt: what to paint, in words. references: pictures that the network looks at, sRGB float32
        (h, w, 3) 0..1; within a batch all have as many, of the same sizes.
    person: which of those whom the model is held to.
    """

    start: Image
    mask: Mask | None
    face: Face | None
    prompt: str
    seed: int
    references: tuple[Image, ...] = ()
    person: int = 0


@dataclass(frozen=True, eq=False)
class FacePreview:
    """What the network sees of a face on the way: pixels, and the face in them."""

    image: Image
    face: Face | None


class Painter(Protocol):
    """A loaded model, asked one piece at a time. Tensors are its own; the loop only mixes them.

    network: what is called to denoise. scale: pixels of the picture along a side of one latent.
    side: the square root of the pixels that it was trained on.
    """

    network: Any

    @property
    def scale(self) -> int: ...

    @property
    def side(self) -> int: ...

    def condition(self, wish: SamplingParams, beginnings: Sequence[PaintJob]) -> Any:
        """What the network is told beside the noisy picture, for this many pictures of a batch."""
        ...

    def levels(self, wish: SamplingParams, size: tuple[int, int]) -> Tensor:
        """Falling noise levels, float32 (steps + 1,), the last 0; `size` is height and width."""
        ...

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Latents of pictures, float32, the batch first."""
        ...

    def noise(self, seed: int, like: Tensor) -> Tensor:
        """Noise of the shape of one picture's latents, from a seed."""
        ...

    def noised(self, latents: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        """Latents with noise of that level."""
        ...

    def predict(self, noisy: Tensor, levels: Tensor, step: int, condition: Any) -> Tensor:
        """The clean latents that the network sees in `noisy` at `levels[step]`."""
        ...

    def decode(self, latents: Tensor) -> list[Image]:
        """Pictures of latents, sRGB float32 0..1."""
        ...

    def pixels(self, latents: Tensor) -> Tensor:
        """Latents as pixels (batch, 3, H, W), about -1..1, differentiable."""
        ...
