"""Qwen-Image-Edit-Plus as a painter, whose text encoder also reads the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ....images import Image, resize
from ..models.encoding_cache import key_of
from ..models.libraries import quiet
from .latents import to_pixels
from .painter import PaintJob, SamplingParams
from .rectified_flow import Flow

# Size of pictures for the text encoder: about this many pixels, sides multiples of 32.
_READ, _READ_MULTIPLE = 384 * 384, 32
# Encodings (batch, tokens, width), and their attention mask; None where all count.
_Encoded = tuple[Tensor, Tensor | None]


@dataclass(frozen=True, eq=False)
class Condition:
    """The conditioning of a batch.

    text, without: encodings of the prompt and of the negative one (None without guidance).
    references: tokens of the reference pictures, (batch, n, channels).
    shapes: (frames, rows, columns) of the painted picture and of each reference, in tokens.
    guidance: scale.
    """

    text: _Encoded
    without: _Encoded | None
    references: Tensor
    shapes: list[tuple[int, int, int]]
    guidance: float


def _shift(tokens: int, config: Any) -> float:
    module = import_module("diffusers.pipelines.qwenimage.pipeline_qwenimage_edit_plus")
    return module.calculate_shift(
        tokens,
        config.get("base_image_seq_len", 256),
        config.get("max_image_seq_len", 4096),
        config.get("base_shift", 0.5),
        config.get("max_shift", 1.15),
    )


class Qwen(Flow):
    """A pipeline of the family; see `Painter`."""

    @property
    def scale(self) -> int:
        """See `Painter`."""
        return self.pipeline.vae_scale_factor

    @property
    def side(self) -> int:
        """See `Painter`."""
        return self.pipeline.default_sample_size * self.scale

    def condition(self, params: SamplingParams, jobs: Sequence[PaintJob]) -> Condition:
        """See `Painter`."""
        shown = jobs[0].references
        height, width = jobs[0].start.shape[:2]
        sizes = [(height, width), *(image.shape[:2] for image in shown)]
        return Condition(
            self._texts([(each.prompt, each.references) for each in jobs]),
            self._texts([(params.negative, each.references) for each in jobs])
            if params.guidance > 1
            else None,
            torch.cat([self._references(each) for each in jobs]),
            [(1, rows // (2 * self.scale), columns // (2 * self.scale)) for rows, columns in sizes],
            params.guidance,
        )

    def _texts(self, prompts: Sequence[tuple[str, tuple[Image, ...]]]) -> _Encoded:
        """Encodings of texts with their pictures, padded to the same length."""
        encoded: list[Tensor] = []
        for text, shown in prompts:
            key = (text, *(key_of(image) for image in shown))
            encoded.append(self._cache.once(key, partial(self._text, text, shown))[0])
        filled = torch.nn.utils.rnn.pad_sequence(encoded, batch_first=True)
        if all(len(each) == filled.shape[1] for each in encoded):
            return filled, None
        counts = torch.zeros(filled.shape[:2], dtype=torch.long, device=filled.device)
        for row, each in zip(counts, encoded, strict=True):
            row[: len(each)] = 1
        return filled, counts

    def _text(self, text: str, shown: Sequence[Image]) -> Tensor:
        read = [(_read(image) * 255).round().astype(np.uint8) for image in shown]
        with quiet():
            return self.pipeline.encode_prompt(text, read, device=self.device)[0]

    def _references(self, job: PaintJob) -> Tensor:
        """Tokens (1, n, channels) of all reference pictures in order."""
        return torch.cat(
            [
                self._tokens(self._cache.once(key_of(image), partial(self.encode, [image])))
                for image in job.references
            ],
            dim=1,
        )

    def levels(self, params: SamplingParams, size: tuple[int, int]) -> Tensor:
        """See `Painter`."""
        tokens = size[0] // (2 * self.scale) * (size[1] // (2 * self.scale))
        return self.falling(params.steps, _shift(tokens, self.pipeline.scheduler.config))

    def encode(self, images: Sequence[Image]) -> Tensor:
        """See `Painter`."""
        vae = self.pipeline.vae
        pixels = to_pixels(images)[:, :, None].to(self.device, vae.dtype)
        latents = vae.encode(pixels).latent_dist.mode()[:, :, 0].float()
        mean, deviation = self._normal()
        return (latents - mean) / deviation

    def _normal(self) -> tuple[Tensor, Tensor]:
        """Mean and deviation of each channel."""
        config = self.pipeline.vae.config
        mean, deviation = (
            torch.tensor(each, device=self.device).view(1, -1, 1, 1)
            for each in (config.latents_mean, config.latents_std)
        )
        return mean, deviation

    def predict(self, noisy: Tensor, levels: Tensor, step: int, condition: Condition) -> Tensor:
        """See `Painter`."""
        flow = self._flow(noisy, levels[step], condition.text, condition)
        if condition.without is not None:
            without = self._flow(noisy, levels[step], condition.without, condition)
            guided = without + condition.guidance * (flow - without)
            # Guidance changes the direction of each token's flow and not its length, as its makers
            # do.
            flow = guided * (flow.norm(dim=-1, keepdim=True) / guided.norm(dim=-1, keepdim=True))
        return noisy - levels[step] * self._picture(flow, noisy)

    def _flow(self, noisy: Tensor, level: Tensor, text: _Encoded, condition: Condition) -> Tensor:
        """Tokens (batch, n, channels) of the flow for the painted picture."""
        tokens = self._tokens(noisy)
        count, kind = tokens.shape[1], text[0].dtype
        output = self.network(
            hidden_states=torch.cat([tokens, condition.references], dim=1).to(kind),
            timestep=level.expand(len(noisy)).to(kind),
            encoder_hidden_states=text[0],
            encoder_hidden_states_mask=text[1],
            img_shapes=[condition.shapes] * len(noisy),
            return_dict=False,
        )[0]
        return output[:, :count].float()

    def _tokens(self, latents: Tensor) -> Tensor:
        """Latents (batch, channels, H, W) as tokens of 2 x 2."""
        return torch.nn.functional.pixel_unshuffle(latents, 2).flatten(2).movedim(1, 2)

    def _picture(self, tokens: Tensor, like: Tensor) -> Tensor:
        """Tokens of 2 x 2 as latents in the shape of `like`."""
        rows, columns = like.shape[2] // 2, like.shape[3] // 2
        patches = tokens.movedim(1, 2).reshape(len(tokens), -1, rows, columns)
        return torch.nn.functional.pixel_shuffle(patches, 2)

    def pixels(self, latents: Tensor) -> Tensor:
        """Latents as pixels (batch, 3, H, W), about -1..1, differentiable."""
        mean, deviation = self._normal()
        scaled = (latents * deviation + mean)[:, :, None].to(self.pipeline.vae.dtype)
        return self.pipeline.vae.decode(scaled, return_dict=False)[0][:, :, 0]


def _read(image: Image) -> Image:
    """The picture at the size that the text encoder reads."""
    height, width = image.shape[:2]
    factor = (_READ / (height * width)) ** 0.5
    rows, columns = (
        max(1, round(side * factor / _READ_MULTIPLE)) * _READ_MULTIPLE for side in (height, width)
    )
    return np.clip(resize(image, columns, rows), 0, 1)
