"""A discriminator between latents of real photos and generated ones; later a measure of realism.

A small convolutional network with a verdict for each patch (Isola et al. 2017), with spectral
normalisation (Miyato et al. 2018) and hinge loss.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import relu
from torch.nn.utils.parametrizations import spectral_norm

_WIDTHS = (64, 128, 128)
_SLOPE = 0.2


class Discriminator(nn.Module):
    """From latents (batch, channels, h, w), sides at least 4, to verdicts (batch,), high if real.

    Args:
        channels: of the latents.
        seed: of the initial weights.
    """

    def __init__(self, channels: int, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            first, second, third = _WIDTHS
            self.layers = nn.Sequential(
                spectral_norm(nn.Conv2d(channels, first, 3, padding=1)),
                nn.LeakyReLU(_SLOPE),
                spectral_norm(nn.Conv2d(first, second, 4, 2, 1)),
                nn.LeakyReLU(_SLOPE),
                spectral_norm(nn.Conv2d(second, third, 4, 2, 1)),
                nn.LeakyReLU(_SLOPE),
                spectral_norm(nn.Conv2d(third, 1, 3, padding=1)),
            )

    def forward(self, latents: Tensor) -> Tensor:
        """See the class."""
        return self.layers(latents.float()).mean(dim=(1, 2, 3))


def hinge(real: Tensor, generated: Tensor) -> Tensor:
    """The discriminator's loss by its verdicts on both (Lim and Ye 2017)."""
    return relu(1 - real).mean() + relu(1 + generated).mean()


def separation(real: Tensor, generated: Tensor) -> float:
    """How often the real one of a pair gets the higher verdict (area under the ROC curve).

    0.5 by chance .. 1 always.
    """
    above = real[:, None] - generated[None]
    return float(((above > 0).float() + 0.5 * (above == 0).float()).mean())
