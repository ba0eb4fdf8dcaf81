"""FLUX.2 klein as a painter: its references are the starting picture and photos of the sitter.

It is a rectified flow: at level t the noisy latents are (1 - t) picture + t noise, and the network
predicts the slope of that straight line (Liu et al. 2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from math import exp
from typing import Any

import torch
from torch import Tensor

from ....images import Image
from ..models.encoding_cache import key_of
from .latents import to_pixels
from .painter import PaintJob, SamplingParams
from .pipeline import Pipeline

_LONGEST = 512  # tokens of a prompt
# FLUX.2's positions for reference pictures on its time axis: 10, 20, ...
_APART = 10


@dataclass(frozen=True, eq=False)
class Condition:
    """The conditioning of a batch.

    text, without: encodings of the prompt, and of an empty one (None without guidance), each with
        its positions.
    references: tokens (batch, n, channels) and their positions; None without any.
    guidance: scale.
    """

    text: tuple[Tensor, Tensor]
    without: tuple[Tensor, Tensor] | None
    references: tuple[Tensor, Tensor] | None
    guidance: float


def _mu(tokens: int, steps: int) -> float:
    """The logarithm of FLUX.2's own shift."""
    module = import_module("diffusers.pipelines.flux2.pipeline_flux2_klein")
    return module.compute_empirical_mu(image_seq_len=tokens, num_steps=steps)


class Klein(Pipeline):
    """A pipeline of the family; see `Painter`. The latents have patches of 2 x 2 as channels.

    Args:
        pipeline: of diffusers, loaded.
        network: used instead of its transformer, such as a recorded one.
    """

    def __init__(self, pipeline: Any, network: Any = None) -> None:
        super().__init__(pipeline, network or pipeline.transformer)

    @property
    def scale(self) -> int:
        """See `Painter`."""
        return 2 * self.pipeline.vae_scale_factor

    @property
    def side(self) -> int:
        """See `Painter`."""
        return self.pipeline.vae.config.sample_size

    @property
    def steps(self) -> int:
        """The recommended number: 4, or 50 for Base, which isn't distilled."""
        return 4 if self.pipeline.config.is_distilled else 50

    @property
    def guidance(self) -> float:
        """The recommended scale: none, or 4 for Base."""
        return 1.0 if self.pipeline.config.is_distilled else 4.0

    def condition(self, params: SamplingParams, jobs: Sequence[PaintJob]) -> Condition:
        """See `Painter`."""
        guided = params.guidance > 1
        return Condition(
            self._texts([each.prompt for each in jobs]),
            self._texts([""] * len(jobs)) if guided else None,
            self._references(jobs),
            params.guidance,
        )

    def _texts(self, prompts: Sequence[str]) -> tuple[Tensor, Tensor]:
        encoded = [self._cache.once(each, partial(self._text, each)) for each in prompts]
        return torch.cat([each[0] for each in encoded]), torch.cat([each[1] for each in encoded])

    def _text(self, prompt: str) -> tuple[Tensor, Tensor]:
        return self.pipeline.encode_prompt(prompt, device=self.device, max_sequence_length=_LONGEST)

    def _references(self, jobs: Sequence[PaintJob]) -> tuple[Tensor, Tensor] | None:
        if not jobs[0].references:
            return None
        rows: list[Tensor] = []
        places: Tensor | None = None
        for each in jobs:
            latents = [
                self._cache.once(key_of(image), partial(self.encode, [image]))
                for image in each.references
            ]
            rows.append(torch.cat([self._tokens(latent) for latent in latents], dim=1))
            places = self.pipeline._prepare_image_ids(latents, scale=_APART).to(self.device)
        assert places is not None
        return torch.cat(rows), places.repeat(len(rows), 1, 1)

    def levels(self, params: SamplingParams, size: tuple[int, int]) -> Tensor:
        """See `Painter`."""
        tokens = size[0] // self.scale * (size[1] // self.scale)
        shift = params.shift or exp(_mu(tokens, params.steps))
        # Evenly from where the shifted level is the strength.
        first = params.strength / (shift - (shift - 1) * params.strength)
        even = torch.linspace(first, 0, params.steps + 1, dtype=torch.float64)
        levels = shift * even / (1 + (shift - 1) * even)
        return levels.to(self.device, torch.float32)

    def ratio(self, level: Tensor, following: Tensor) -> Tensor:
        """See `Painter`."""
        return following * (1 - level) / ((1 - following) * level)

    def noised(self, latents: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        """See `Painter`."""
        return (1 - level) * latents + level * noise

    def noise_in(self, noisy: Tensor, clean: Tensor, level: Tensor) -> Tensor:
        """See `Painter`."""
        return (noisy - (1 - level) * clean) / level

    def encode(self, images: Sequence[Image]) -> Tensor:
        """See `Painter`."""
        vae = self.pipeline.vae
        pixels = to_pixels(images).to(self.device, vae.dtype)
        latents = self.pipeline._patchify_latents(vae.encode(pixels).latent_dist.mode()).float()
        mean, deviation = self._normal()
        return (latents - mean) / deviation

    def _normal(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each channel, from the VAE's batch norm."""
        norm = self.pipeline.vae.bn
        variance = norm.running_var.float() + self.pipeline.vae.config.batch_norm_eps
        mean = norm.running_mean.float().view(1, -1, 1, 1).to(self.device)
        return mean, variance.sqrt().view(1, -1, 1, 1).to(self.device)

    def predict(self, noisy: Tensor, levels: Tensor, step: int, condition: Condition) -> Tensor:
        """See `Painter`."""
        flow = self._flow(noisy, levels[step], condition.text, condition)
        if condition.without is not None:
            without = self._flow(noisy, levels[step], condition.without, condition)
            flow = without + condition.guidance * (flow - without)
        return noisy - levels[step] * flow

    def _flow(
        self, noisy: Tensor, level: Tensor, text: tuple[Tensor, Tensor], condition: Condition
    ) -> Tensor:
        tokens = self._tokens(noisy)
        places = self._cache.once(noisy.shape, partial(self._places, noisy))
        count = tokens.shape[1]
        if condition.references is not None:
            tokens = torch.cat([tokens, condition.references[0]], dim=1)
            places = torch.cat([places, condition.references[1]], dim=1)
        output = self.network(
            hidden_states=tokens.to(text[0].dtype),
            timestep=level.expand(len(noisy)).to(text[0].dtype),
            guidance=None,
            encoder_hidden_states=text[0],
            txt_ids=text[1],
            img_ids=places,
            return_dict=False,
        )[0]
        return output[:, :count].float().movedim(1, 2).reshape(noisy.shape)

    def _tokens(self, latents: Tensor) -> Tensor:
        return self.pipeline._pack_latents(latents)

    def _places(self, latents: Tensor) -> Tensor:
        """Positions of tokens; cached, as the CPU computes them while the GPU would wait."""
        return self.pipeline._prepare_latent_ids(latents).to(self.device)

    def pixels(self, latents: Tensor) -> Tensor:
        """Latents as pixels (batch, 3, H, W), about -1..1, differentiable."""
        mean, deviation = self._normal()
        patches = (latents * deviation + mean).to(self.pipeline.vae.dtype)
        return self.pipeline.vae.decode(
            self.pipeline._unpatchify_latents(patches), return_dict=False
        )[0]
