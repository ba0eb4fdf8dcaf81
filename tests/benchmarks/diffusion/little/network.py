"""A little FLUX.2 that paints heads of 48 pixels: the real network and our real painter.

It has no VAE and no text encoder: its latents are patches of pixels, and its text is empty. It
predicts the clean picture, which a small network learns sooner than the flow (Li and He 2025, "Back
to Basics: Let Denoising Generative Models Denoise"), and gives the flow, as FLUX.2 does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    FlowMatchEulerDiscreteScheduler,
    Flux2KleinPipeline,
    Flux2Transformer2DModel,
)
from platformdirs import user_cache_path
from safetensors.torch import load_file
from torch import Tensor
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from headshots.core.generation.diffusion.families.klein import Klein
from headshots.core.generation.diffusion.families.latents import to_pixels
from headshots.core.generation.diffusion.families.painter import SamplingParams
from headshots.core.images import Image

from .people import SIDE

WEIGHTS = user_cache_path("headshots", appauthor=False) / "little.safetensors"
PATCH = 12
CHANNELS, _PATCHES = 3 * PATCH**2, (SIDE // PATCH) ** 2
_TEXT, _TOKENS = 32, 1
# Times smaller than this are taken for it where the flow is computed, which divides by the time.
_LEAST = 0.05


class _Placed(torch.nn.Linear):
    """The embedding of patches, with a learned vector for each place.

    FLUX.2 tells places by rotations alone, which takes far longer to learn.
    """

    def __init__(self, width: int) -> None:
        super().__init__(CHANNELS, width, bias=False)
        self.places = torch.nn.Parameter(torch.randn(2, _PATCHES, width) * 0.02)

    def forward(self, tokens: Tensor) -> Tensor:
        """Tokens of the picture, then those of its references."""
        references = tokens.shape[1] // _PATCHES - 1
        places = torch.cat([self.places[0], *(self.places[1] for _ in range(references))])
        return super().forward(tokens) + places


class LittleFlux(Flux2Transformer2DModel):
    """FLUX.2's transformer, small, whose output is taken for the clean picture."""

    def forward(self, hidden_states: Tensor, *args: Any, **named: Any) -> tuple[Tensor]:
        """See `Flux2Transformer2DModel.forward`; returns a tuple with the flow."""
        named["return_dict"] = False
        clean = super().forward(hidden_states, *args, **named)[0]
        time = named["timestep"].to(clean).clamp(min=_LEAST)[:, None, None]
        return ((hidden_states - clean) / time,)


def network() -> LittleFlux:
    """The network with random weights, a few million."""
    torch.manual_seed(0)
    made = LittleFlux(
        in_channels=CHANNELS,
        num_layers=1,
        num_single_layers=3,
        attention_head_dim=32,
        num_attention_heads=8,
        mlp_ratio=2.0,
        joint_attention_dim=_TEXT,
        timestep_guidance_channels=128,
        axes_dims_rope=[8, 10, 10, 4],
        rope_theta=100,
        guidance_embeds=False,
    )
    made.x_embedder = _Placed(made.inner_dim)
    return made


class Little(Klein):
    """Our painter of FLUX.2 klein with pixels instead of latents; see `Painter`."""

    @property
    def scale(self) -> int:
        """See `Painter`."""
        return PATCH

    @property
    def side(self) -> int:
        """See `Painter`."""
        return SIDE

    def _text(self, prompt: str) -> tuple[Tensor, Tensor]:
        return torch.zeros(1, _TOKENS, _TEXT), torch.zeros(1, _TOKENS, 4)

    def levels(self, params: SamplingParams, size: tuple[int, int]) -> Tensor:
        """See `Painter`. Not shifted, as klein's own rule is for more tokens than these."""
        return super().levels(replace(params, shift=params.shift or 1.0), size)

    def encode(self, images: Sequence[Image]) -> Tensor:
        """See `Painter`."""
        return pixel_unshuffle(to_pixels(images), PATCH) * 2

    def pixels(self, latents: Tensor) -> Tensor:
        """See `Painter`."""
        return pixel_shuffle(latents / 2, PATCH)


def painter(transformer: LittleFlux) -> Little:
    """The painter of a network."""
    pipeline: Any = Flux2KleinPipeline(
        FlowMatchEulerDiscreteScheduler(use_dynamic_shifting=True),
        None,
        None,
        None,
        transformer,
        is_distilled=False,
    )  # pyright: ignore
    return Little(pipeline)


def load(file: Path) -> LittleFlux:
    """The network with the weights of a file."""
    made = network()
    made.load_state_dict(load_file(file))
    return made.eval().requires_grad_(False)
