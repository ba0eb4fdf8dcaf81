"""The common part of all painters: a loaded pipeline, its device and its decoder."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from ....images import Image
from ..models.encoding_cache import EncodingCache
from .latents import noise_of, to_images


class Pipeline:
    """The parts of a `Painter` that don't depend on the family.

    Args:
        pipeline: of diffusers, loaded.
        network: the denoiser, such as a recorded one.
    """

    def __init__(self, pipeline: Any, network: Any) -> None:
        self.pipeline, self.network = pipeline, network
        self._cache = EncodingCache()

    @cached_property  # diffusers searches all modules for it on each use
    def device(self) -> torch.device:
        return self.pipeline._execution_device

    def forget(self) -> None:
        """See `Painter`."""
        self._cache = EncodingCache()

    def noise(self, seed: int, like: Tensor) -> Tensor:
        """See `Painter`."""
        return noise_of(seed, like)

    def pixels(self, latents: Tensor) -> Tensor:
        """See `Painter`."""
        raise NotImplementedError

    def decode(self, latents: Tensor) -> list[Image]:
        """See `Painter`."""
        return to_images(self.pixels(latents))
