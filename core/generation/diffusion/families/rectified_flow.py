"""What painters that were trained as rectified flows share: a straight line from picture to noise.

Liu et al. 2022: at level t the noisy latents are (1 - t) picture + t noise, and the network tells
the slope of that line.
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
        pipeline: loaded. network: what is called in place of its transformer, such as a recorded
            one; default: that.
    """

    def __init__(self, pipeline: Any, network: Any = None) -> None:
        super().__init__(pipeline, network or pipeline.transformer)

    def falling(self, steps: int, shift: float) -> Tensor:
        """Levels of `steps` steps, more of them near the noise the higher `shift` is."""
        scheduler = self.pipeline.scheduler
        even = np.linspace(1.0, 1 / steps, steps)
        scheduler.set_timesteps(sigmas=even, device="cpu", mu=shift)
        return scheduler.sigmas.to(self.device, torch.float32)

    def noised(self, latents: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        """See `Painter`."""
        return (1 - level) * latents + level * noise
