"""One step after the other: the model learns the sitter, the discriminator learns the model.

What the model lowers in each step: the error of the clean picture that it sees, for a photo of the
sitter and for a picture of anybody (Ruiz et al. 2023), and where that picture is clear enough to
show a face, how unlike the sitter it is and how made it looks. All randomness of a step follows
from its number, so that a run that was stopped goes on as if it had not been.
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

# Noise levels that are trained at. With more, FLUX.2's own rule for them leads astray.
LADDER = 200
# From this share of the ladder on a face can be told in what the network sees.
_CLEAR = 0.5
# An error counts by one over the level squared: the error of the noise, or of the flow. No more
# than by this: fine noise would outweigh the rest (Hang et al. 2023, "Min-SNR").
_MOST = 5.0
# What else counts, beside the sitter's own error.
_PRIOR, _IDENTITY, _REAL = 1.0, 0.1, 0.05
_LONGEST = 1.0  # of the gradient
# Of the discriminator, as adversarial training wants them.
_CRITIC_RATE, _BETAS = 1e-3, (0.0, 0.99)
# What is recorded of each step.
LOSSES = ("sitter", "anybody", "likeness", "discriminator", "verdict")


@dataclass(frozen=True, eq=False)
class Material:
    """What is trained on: latents (n, channels, h, w) and beginnings with their captions.

    sitter, shown: of the sitter's photos. anybody, named: of what the model makes up. real: of the
    sitter's photos and of photos of others.
    """

    sitter: Tensor
    shown: Sequence[PaintJob]
    anybody: Tensor
    named: Sequence[PaintJob]
    real: Tensor


class Training:
    """A painter's network, its LoRA on it, and the discriminator, trained together.

    Args:
        template: of the sitter, by the recogniser that steers, float32 (192,). rate: of learning.
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
        self._wish = SamplingParams("", LADDER, 1.0, 1.0)

    def step(self, number: int) -> dict[str, float]:
        """Train once; the losses of `LOSSES` that there were."""
        seen = self._seen(torch.Generator().manual_seed(_seed(self._seed, number)))
        told = {"sitter": seen.errors[0], "anybody": seen.errors[1]}
        loss = seen.errors[0] + _PRIOR * seen.errors[1]
        if seen.clear:
            told["discriminator"] = self._criticise(seen)
            loss = loss + self._likeness(seen, told) + self._realism(seen, told)
        self.learner.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), _LONGEST)
        self.learner.step()
        return {name: float(each.detach()) for name, each in told.items()}

    def _seen(self, chance: torch.Generator, index: int | None = None) -> _Seen:
        """A photo of the sitter and a picture of anybody, noised, and seen by the network."""
        material, painter = self.material, self._painter
        place = _drawn(LADDER, chance) if index is None else index
        ours, theirs = _drawn(len(material.shown), chance), _drawn(len(material.named), chance)
        known = torch.cat([material.sitter[ours, None], material.anybody[theirs, None]])
        noise = torch.randn(known.shape, generator=chance).to(known)
        begun = (material.shown[ours], material.named[theirs])
        with torch.no_grad():
            height, width = begun[0].start.shape[:2]
            levels = painter.levels(self._wish, (height, width))
            condition: Any = painter.condition(self._wish, begun)
            noisy = painter.noised(known, noise, levels[place])
        clean = painter.predict(noisy, levels, place, condition)
        weight = min(1 / float(levels[place]) ** 2, _MOST)
        errors = weight * (clean - known).square().flatten(1).mean(dim=1)
        real = material.real[_drawn(len(material.real), chance), None]
        return _Seen(begun[0], clean[:1], errors, real, place >= _CLEAR * LADDER)

    def _criticise(self, seen: _Seen) -> Tensor:
        """Train the discriminator once."""
        loss = hinge(self.discriminator(seen.real), self.discriminator(seen.clean.detach()))
        self.critic.zero_grad()
        loss.backward()
        self.critic.step()
        return loss

    def _likeness(self, seen: _Seen, told: dict[str, Tensor]) -> Tensor:
        assert seen.begun.face is not None
        face, rows, columns = window_of(self._painter, seen.begun.face)
        window = seen.clean[..., rows, columns]
        pixels = self._painter.pixels
        told["likeness"] = likeness_of(pixels, self._recogniser, window, face, self._wanted)
        return _IDENTITY * (1 - told["likeness"])

    def _realism(self, seen: _Seen, told: dict[str, Tensor]) -> Tensor:
        """What the model is to lower to pass for real; only its own weights are trained by it."""
        self.discriminator.requires_grad_(False)
        told["verdict"] = self.discriminator(seen.clean).mean()
        self.discriminator.requires_grad_(True)
        return -_REAL * told["verdict"]

    @torch.no_grad()
    def measured(self, rounds: int) -> Measured:
        """How the network does now, on the same noise each time; nothing is trained by it."""
        self.discriminator.eval()
        seen: list[_Seen] = []
        first = round(_CLEAR * LADDER)
        for number in range(rounds):
            chance = torch.Generator().manual_seed(_seed(self._seed, -1 - number))
            index = first + (LADDER - 1 - first) * number // max(1, rounds)
            seen.append(self._seen(chance, index))
        real = self.discriminator(self.material.real)
        made = torch.cat([self.discriminator(each.clean) for each in seen])
        self.discriminator.train()
        return Measured(real, made, float(torch.stack([each.errors[0] for each in seen]).mean()))


@dataclass(frozen=True, eq=False)
class Measured:
    """real, made: the discriminator's verdicts on all real latents, and on what the network sees
    of noised photos of the sitter at levels where a face is clear. error: of what it sees.
    """

    real: Tensor
    made: Tensor
    error: float


@dataclass(frozen=True, eq=False)
class _Seen:
    """begun: a photo of the sitter. clean: as the network sees it, (1, ...). errors: of it, and of
    a picture of anybody, (2,). real: real latents, (1, ...). clear: whether a face can be told.
    """

    begun: PaintJob
    clean: Tensor
    errors: Tensor
    real: Tensor
    clear: bool


def _drawn(count: int, chance: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=chance))


def _seed(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number) % 2**63
