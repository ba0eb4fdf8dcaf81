"""The contract of painters: a loaded model as the sampling loop uses it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from ....faces import Face
from ....images import Image, Mask
from ....painting import Sampler

if TYPE_CHECKING:
    from torch import Tensor


@dataclass(frozen=True, eq=False)
class SamplingParams:
    """Sampling parameters that the pictures of a batch share.

    negative: negative prompt; not used by families without guidance.
    steps: from full noise to none.
    guidance: scale of classifier-free guidance; 1 and less is none.
    strength: share of noise on the starting picture, 0 keeps it .. 1 hides it.
    adapter: an attached identity adapter; None without one.
    sampler: see `Painting.sampler`.
    shift: of the levels of a flow model; 0 for its own.
    """

    negative: str
    steps: int
    guidance: float
    strength: float
    adapter: Any = None
    sampler: Sampler = "euler"
    shift: float = 0.0


@dataclass(frozen=True, eq=False)
class PaintJob:
    """The input for one picture.

    start: sRGB float32 (H, W, 3) 0..1, with sides that are multiples of the family's.
    mask: where to paint, float32 (H, W) 0..1; None for everywhere.
    face: in pixels of `start`; None where it shows nobody.
    prompt: what to paint.
    seed: of the noise.
    references: reference pictures, sRGB float32 (h, w, 3) 0..1; all jobs of a batch have the same
        number and sizes.
    person: number of the adapter's sitter.
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
    """The face in a predicted clean picture during sampling.

    image: sRGB float32 (h, w, 3) 0..1, the head alone.
    face: in its pixels; None without one.
    """

    image: Image
    face: Face | None


class Painter(Protocol):
    """A loaded model as the sampling loop uses it; the loop only mixes its tensors.

    network: the denoiser.
    scale: pixels of the picture along the side of one latent.
    side: square root of the number of pixels it was trained on.
    """

    network: Any

    @property
    def scale(self) -> int: ...

    @property
    def side(self) -> int: ...

    def forget(self) -> None:
        """Drop cached encodings, as after a LoRA was put on a text encoder."""
        ...

    def condition(self, params: SamplingParams, jobs: Sequence[PaintJob]) -> Any:
        """The conditioning of the network for a batch."""
        ...

    def levels(self, params: SamplingParams, size: tuple[int, int]) -> Tensor:
        """Falling noise levels, float32 (steps + 1,), the last 0.

        The first has the share of noise that the strength says, so that all steps are used.

        size: height and width of the pictures.
        """
        ...

    def ratio(self, level: Tensor, following: Tensor) -> Tensor:
        """The noise in proportion to the picture at `following`, relative to that at `level`."""
        ...

    def encode(self, images: Sequence[Image]) -> Tensor:
        """Latents of pictures, float32, the batch first."""
        ...

    def noise(self, seed: int, like: Tensor) -> Tensor:
        """Noise by a seed, in the shape of one picture's latents."""
        ...

    def noised(self, latents: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        """Latents with noise of that level."""
        ...

    def noise_in(self, noisy: Tensor, clean: Tensor, level: Tensor) -> Tensor:
        """The noise in latents of that level whose clean ones are known."""
        ...

    def predict(self, noisy: Tensor, levels: Tensor, step: int, condition: Any) -> Tensor:
        """The clean latents that the network predicts from `noisy` at `levels[step]`."""
        ...

    def decode(self, latents: Tensor) -> list[Image]:
        """Pictures of latents, sRGB float32 0..1."""
        ...

    def pixels(self, latents: Tensor) -> Tensor:
        """Latents as pixels (batch, 3, H, W), about -1..1, differentiable."""
        ...
