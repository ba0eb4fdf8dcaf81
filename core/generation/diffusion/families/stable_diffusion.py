"""Stable Diffusion 1.5 and XL as painters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import log
from typing import Any

import torch
from torch import Tensor

from ....errors import InputError
from ....images import Image
from ..models.libraries import diffusers, quiet
from .latents import to_pixels
from .painter import PaintJob, SamplingParams
from .pipeline import Pipeline


@dataclass(frozen=True, eq=False)
class Condition:
    """The conditioning of a batch, with the unguided half first where there is guidance.

    text: encodings of the prompts.
    added: SDXL's pooled text and sizes, and an adapter's embeddings.
    guidance: scale; 1 is none.
    residuals: function for the residuals of InstantID's ControlNet; None without it.
    """

    text: Tensor
    added: dict[str, Any]
    guidance: float
    residuals: Callable[..., tuple[Any, Any]] | None


class Unet(Pipeline):
    """A pipeline of either family; see `Painter`.

    Args:
        pipeline: of diffusers, loaded.
        network: used instead of its UNet, such as a recorded one.
    """

    def __init__(self, pipeline: Any, network: Any = None) -> None:
        super().__init__(pipeline, network or pipeline.unet)
        self._two = hasattr(pipeline, "text_encoder_2")
        self._scheduler = diffusers("EulerDiscreteScheduler").from_config(pipeline.scheduler.config)
        kept = self._scheduler.alphas_cumprod.double()
        self._noise = ((1 - kept) / kept).sqrt()  # the level of each timestep

    @property
    def scale(self) -> int:
        """See `Painter`."""
        return self.pipeline.vae_scale_factor

    @property
    def side(self) -> int:
        """See `Painter`."""
        return self.pipeline.unet.config.sample_size * self.scale

    def condition(self, params: SamplingParams, jobs: Sequence[PaintJob]) -> Condition:
        """See `Painter`."""
        guided = params.guidance > 1
        encoded = [
            self._cache.once(
                (each.prompt, params.negative), partial(self._text, each.prompt, params.negative)
            )
            for each in jobs
        ]
        halves = (0, 1) if guided else (1,)  # the unguided one first
        text, pooled = (
            torch.stack([each[kind][half] for half in halves for each in encoded])
            for kind in (0, 1)
        )
        added: dict[str, Any] = {}
        if self._two:
            height, width = jobs[0].start.shape[:2]
            sizes = torch.tensor([[height, width, 0, 0, height, width]], dtype=text.dtype)
            added["text_embeds"] = pooled
            added["time_ids"] = sizes.repeat(len(text), 1).to(self.device)
        residuals = None
        if params.adapter is not None:
            embeddings = params.adapter.embeddings([each.person for each in jobs], guided)
            added["image_embeds"] = [each.to(self.device, text.dtype) for each in embeddings]
            residuals = params.adapter.residuals(jobs, guided)
        return Condition(text, added, params.guidance if guided else 1.0, residuals)

    def _text(self, prompt: str, negative: str) -> tuple[Tensor, Tensor]:
        """Encodings (2, tokens, width) and pooled (2, width) of negative and prompt."""
        with quiet():  # the log would repeat the part of a prompt that is cut off
            encoded = self.pipeline.encode_prompt(
                prompt=prompt,
                device=self.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=True,
                negative_prompt=negative,
            )
        text = torch.cat([encoded[1], encoded[0]])
        return text, torch.cat([encoded[3], encoded[2]]) if self._two else text[:, 0]

    def levels(self, params: SamplingParams, size: tuple[int, int]) -> Tensor:
        """See `Painter`."""
        if params.shift:
            raise InputError(
                "Stable Diffusion has no timestep shift",
                "Leave the shift at 0, or paint by FLUX.2.",
            )
        count = len(self._noise)
        share = min(params.strength, 1 - 1e-6)
        wanted = share / (1 - share)
        # The timestep of that level, then evenly to none: "trailing", as few steps need it (Lin et
        # al. 2023, "Common Diffusion Noise Schedules and Sample Steps are Flawed").
        below = int((self._noise < wanted).sum())
        first = float(min(below, count - 1))
        if 0 < below < count:
            low, high = self._noise[below - 1 : below + 1].log().tolist()
            first = below - 1 + (log(wanted) - low) / (high - low)
        even = torch.linspace(first + 1, 0, params.steps + 1, dtype=torch.float64)[:-1] - 1
        times = even.clamp(min=0)
        floor = times.long().clamp(max=count - 2)
        logs = self._noise.log()
        levels = logs[floor].lerp(logs[floor + 1], times - floor).exp()
        self._times = times.to(self.device, torch.float32)
        return torch.cat([levels, levels.new_zeros(1)]).to(self.device, torch.float32)

    def ratio(self, level: Tensor, following: Tensor) -> Tensor:
        """See `Painter`."""
        return following / level

    def noise_in(self, noisy: Tensor, clean: Tensor, level: Tensor) -> Tensor:
        """See `Painter`."""
        return (noisy - clean) / level

    def encode(self, images: Sequence[Image]) -> Tensor:
        """See `Painter`."""
        vae = self.pipeline.vae
        pixels = to_pixels(images).to(self.device, vae.dtype)
        return vae.encode(pixels).latent_dist.mode().float() * vae.config.scaling_factor

    def noised(self, latents: Tensor, noise: Tensor, level: Tensor) -> Tensor:
        """See `Painter`; noise is added on top (variance exploding)."""
        return latents + noise * level

    def predict(self, noisy: Tensor, levels: Tensor, step: int, condition: Condition) -> Tensor:
        """See `Painter`."""
        level, guided = levels[step], condition.guidance != 1
        scaled = noisy / (level**2 + 1) ** 0.5
        inputs = (torch.cat([scaled, scaled]) if guided else scaled).to(condition.text.dtype)
        extra: dict[str, Any] = {}
        if condition.residuals is not None:
            down, middle = condition.residuals(inputs, self._times[step], condition)
            extra = {
                "down_block_additional_residuals": down,
                "mid_block_additional_residual": middle,
            }
        output = self.network(
            inputs,
            self._times[step],
            encoder_hidden_states=condition.text,
            added_cond_kwargs=condition.added,
            return_dict=False,
            **extra,
        )[0].float()
        if guided:
            without, with_text = output.chunk(2)
            output = without + condition.guidance * (with_text - without)
        return self._clean(noisy, output, level)

    def _clean(self, noisy: Tensor, output: Tensor, level: Tensor) -> Tensor:
        match self._scheduler.config.prediction_type:
            case "epsilon":
                return noisy - level * output
            case "v_prediction":  # Salimans and Ho 2022, at the scale of these levels
                return noisy / (level**2 + 1) - output * level / (level**2 + 1) ** 0.5
            case _:
                return output

    def pixels(self, latents: Tensor) -> Tensor:
        """Latents as pixels (batch, 3, H, W), about -1..1, differentiable."""
        vae = self.pipeline.vae
        scaled = (latents / vae.config.scaling_factor).to(vae.dtype)
        return vae.decode(scaled, return_dict=False)[0]
