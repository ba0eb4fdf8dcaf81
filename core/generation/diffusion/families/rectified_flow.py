"""The common part of painters that are rectified flows: a straight line from picture to noise.

At level t the noisy latents are (1 - t) picture + t noise, and the network predicts the slope of
that line (Liu et al. 2022).
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from .pipeline import Pipeline


class Flow(Pipeline):
    """A pipeline of diffusers with a transformer; see `Painter`.

    Args:
        pipeline: loaded.
        network: used instead of its transformer, such as a recorded one.
    """

    def __init__(self, pipeline: Any, network: Any = None) -> None:
        super().__init__(pipeline, network or pipeline.transformer)

    def falling(self, steps: int, shift: float) -> Tensor:
        """Levels of `steps` steps; a higher `shift` puts more of them near the noise."""
        scheduler = self.pipeline.scheduler
        even = np.linspace(1.0, 1 / steps, steps)
        scheduler.set_timesteps(sigmas=even, device="cpu", mu=shift)
        return scheduler.sigmas.to(self.device, torch.float32)

    def noised(self, latents: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        """See `Painter`."""
        return (1 - level) * latents + level * noise
