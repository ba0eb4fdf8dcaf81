"""Training steps: the model learns the sitter, and the discriminator learns the model.

The model's loss is the error of the predicted clean picture, for a photo of the sitter and for a
generated picture of a person (Ruiz et al. 2023). Where the noise is low enough to show a face, the
unlikeness to the sitter and the discriminator's verdict are added. All randomness of a step follows
from its number, so that a stopped run continues exactly.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ....images import Float
from ..families.painter import Painter, PaintJob, SamplingParams
from ..sampling.guidance import likeness_of, window_of
from ..sampling.mobilefacenet import Recogniser
from .discriminator import Discriminator, hinge
from .lora import trained

# Number of noise levels in training. With more, FLUX.2's own rule for levels fails.
LADDER = 200
# Share of the levels from which on predictions show a face.
_CLEAR = 0.5
# An error is weighted by one over the level squared, which makes it that of the noise or flow; at
# most by this, or low noise would dominate (Hang et al. 2023, "Min-SNR").
_MOST = 5.0
# Weights of the other losses, beside the sitter's error.
_PRIOR, _IDENTITY, _REAL = 1.0, 0.1, 0.05
_LONGEST = 1.0  # largest norm of the gradient
# Learning rate and betas of the discriminator, as usual in adversarial training.
_CRITIC_RATE, _BETAS = 1e-3, (0.0, 0.99)
# Recorded losses.
LOSSES = ("sitter", "anybody", "likeness", "discriminator", "verdict")


@dataclass(frozen=True, eq=False)
class Material:
    """Training data: latents (n, channels, h, w), and jobs with captions.

    sitter, shown: latents and jobs of the sitter's photos.
    anybody, named: latents and jobs of generated pictures of people.
    real: latents of the sitter's photos and of photos of others.
    """

    sitter: Tensor
    shown: Sequence[PaintJob]
    anybody: Tensor
    named: Sequence[PaintJob]
    real: Tensor


class Training:
    """A painter's network, its LoRA on it, and the discriminator, trained together.

    Args:
        painter: with the LoRA on its network.
        material: training data.
        template: of the sitter, by the recogniser that steers, float32 (192,).
        seed: of all randomness.
        rate: learning rate.
    """

    def __init__(
        self,
        painter: Painter,
        material: Material,
        template: Float,
        *,
        seed: int,
        rate: float,
    ) -> None:
        self._painter, self.material, self._seed = painter, material, seed
        device = material.sitter.device
        self._wanted = torch.from_numpy(template).to(device)
        self._recogniser = Recogniser().eval().requires_grad_(False).to(device)
        self.discriminator = Discriminator(material.sitter.shape[1], seed).to(device)
        self.weights = trained(painter.network)
        self.learner = torch.optim.AdamW(self.weights.values(), rate, weight_decay=1e-2)
        self.critic = torch.optim.Adam(self.discriminator.parameters(), _CRITIC_RATE, _BETAS)
        self._params = SamplingParams("", LADDER, 1.0, 1.0)

    def step(self, number: int) -> dict[str, float]:
        """Do a training step; returns its losses by the names of `LOSSES`."""
        sample = self._sample(torch.Generator().manual_seed(_seed(self._seed, number)))
        losses = {"sitter": sample.errors[0], "anybody": sample.errors[1]}
        loss = sample.errors[0] + _PRIOR * sample.errors[1]
        if sample.clear:
            losses["discriminator"] = self._criticise(sample)
            loss = loss + self._likeness(sample, losses) + self._realism(sample, losses)
        self.learner.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), _LONGEST)
        self.learner.step()
        return {name: float(each.detach()) for name, each in losses.items()}

    def _sample(self, chance: torch.Generator, index: int | None = None) -> _Sample:
        """Predictions for a noised photo of the sitter and a noised picture of a person."""
        material, painter = self.material, self._painter
        place = _drawn(LADDER, chance) if index is None else index
        ours, theirs = _drawn(len(material.shown), chance), _drawn(len(material.named), chance)
        latents = torch.cat([material.sitter[ours, None], material.anybody[theirs, None]])
        noise = torch.randn(latents.shape, generator=chance).to(latents)
        jobs = (material.shown[ours], material.named[theirs])
        with torch.no_grad():
            height, width = jobs[0].start.shape[:2]
            levels = painter.levels(self._params, (height, width))
            condition: Any = painter.condition(self._params, jobs)
            noisy = painter.noised(latents, noise, levels[place])
        clean = painter.predict(noisy, levels, place, condition)
        weight = min(1 / float(levels[place]) ** 2, _MOST)
        errors = weight * (clean - latents).square().flatten(1).mean(dim=1)
        real = material.real[_drawn(len(material.real), chance), None]
        return _Sample(jobs[0], clean[:1], errors, real, place >= _CLEAR * LADDER)

    def _criticise(self, sample: _Sample) -> Tensor:
        """Train the discriminator once."""
        loss = hinge(self.discriminator(sample.real), self.discriminator(sample.clean.detach()))
        self.critic.zero_grad()
        loss.backward()
        self.critic.step()
        return loss

    def _likeness(self, sample: _Sample, losses: dict[str, Tensor]) -> Tensor:
        assert sample.job.face is not None
        face, rows, columns = window_of(self._painter, sample.job.face)
        window = sample.clean[..., rows, columns]
        pixels = self._painter.pixels
        losses["likeness"] = likeness_of(pixels, self._recogniser, window, face, self._wanted)
        return _IDENTITY * (1 - losses["likeness"])

    def _realism(self, sample: _Sample, losses: dict[str, Tensor]) -> Tensor:
        """The loss for looking real; only the model's weights get a gradient from it."""
        self.discriminator.requires_grad_(False)
        losses["verdict"] = self.discriminator(sample.clean).mean()
        self.discriminator.requires_grad_(True)
        return -_REAL * losses["verdict"]

    @torch.no_grad()
    def measured(self, rounds: int) -> Measured:
        """Measure the network on the same noise each time, without training."""
        self.discriminator.eval()
        samples: list[_Sample] = []
        first = round(_CLEAR * LADDER)
        for number in range(rounds):
            chance = torch.Generator().manual_seed(_seed(self._seed, -1 - number))
            index = first + (LADDER - 1 - first) * number // max(1, rounds)
            samples.append(self._sample(chance, index))
        real = self.discriminator(self.material.real)
        generated = torch.cat([self.discriminator(each.clean) for each in samples])
        self.discriminator.train()
        return Measured(
            real, generated, float(torch.stack([each.errors[0] for each in samples]).mean())
        )


@dataclass(frozen=True, eq=False)
class Measured:
    """A measurement of the network.

    real: the discriminator's verdicts on all real latents.
    generated: its verdicts on predictions for noised photos of the sitter, at levels that show a
        face.
    error: of these predictions.
    """

    real: Tensor
    generated: Tensor
    error: float


@dataclass(frozen=True, eq=False)
class _Sample:
    """One training sample.

    job: of a photo of the sitter.
    clean: the prediction for it, (1, ...).
    errors: of it, and of a picture of a person, (2,).
    real: real latents, (1, ...).
    clear: whether the level shows a face.
    """

    job: PaintJob
    clean: Tensor
    errors: Tensor
    real: Tensor
    clear: bool


def _drawn(count: int, chance: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=chance))


def _seed(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number) % 2**63
