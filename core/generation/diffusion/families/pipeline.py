"""What the painters of all families share: a loaded pipeline, its device and its decoder."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ....images import Image
from ..models.encoding_cache import Kept
from .latents import noise_of, to_images


class Pipeline:
    """A pipeline of diffusers as most of a `Painter`.

    Args:
        pipeline: loaded. network: what is called to denoise, such as a recorded one.
    """

    def __init__(self, pipeline: Any, network: Any) -> None:
        self.pipeline, self.network = pipeline, network
        self._kept = Kept()

    @cached_property  # diffusers asks all modules for it, each time
    def device(self) -> torch.device:
        return self.pipeline._execution_device

    def noise(self, seed: int, like: Tensor) -> Tensor:
        """See `Painter`."""
        return noise_of(seed, like)

    def pixels(self, latents: Tensor) -> Tensor:
        """See `Painter`."""
        raise NotImplementedError

    def decode(self, latents: Tensor) -> list[Image]:
        """See `Painter`; all at once, or, where the card's memory doesn't do for that, one at a
        time.
        """
        try:
            return to_images(self.pixels(latents))
        except torch.OutOfMemoryError:
            if len(latents) == 1:
                raise
        torch.cuda.empty_cache()
        return [image for each in latents.split(1) for image in to_images(self.pixels(each))]
