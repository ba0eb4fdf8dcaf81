"""Training steps: the model learns the sitter, and to pass for a photo where a critic can tell.

The loss is the error of the predicted clean picture, for a photo of the sitter and for a generated
picture of a person (Ruiz et al. 2023). Where the noise is low enough to show a face, the unlikeness
to the sitter is added, and where it is low enough for its detail, the discriminator's verdict. Each
picture has its own forward and backward pass, as memory holds only one. All randomness of a step
follows from its number, so that a stopped run continues exactly.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import softplus

from ....errors import NotEnoughMemory
from ....images import Float
from ..families.painter import Painter, PaintJob, SamplingParams
from ..families.taesd import Decode
from ..models.shortage import out_of_memory, release
from ..sampling.guidance import likeness_of, window_of
from ..sampling.mobilefacenet import Recogniser
from .discriminator import Critic, as_seen
from .lora import trained

# Number of noise levels in training. With more, FLUX.2's own rule for levels fails.
LADDER = 200
# Shares of the levels from which on predictions show a face, and its detail.
_CLEAR, _DETAILED = 0.5, 0.8
# An error is weighted by one over the level squared, which makes it that of the noise or flow; at
# most by this, or low noise would dominate (Hang et al. 2023, "Min-SNR").
_MOST = 5.0
# Weights of the other losses, beside the sitter's error.
_PRIOR, _IDENTITY, _REAL = 1.0, 0.1, 0.02
_LONGEST = 1.0  # largest norm of the gradient
_UNTOLD = 0.05  # share of pictures without a caption, which guidance needs
_DECAY = 0.99  # of the running mean of the weights
_FACE = 0.1  # margin of the face that is decoded, in sides of its box
LARGEST = 448  # side of the largest face that is decoded, pixels
# Recorded losses.
LOSSES = ("sitter", "anybody", "likeness", "verdict")


@dataclass(frozen=True, eq=False)
class Material:
    """Training data: latents (n, channels, h, w), and jobs with captions.

    sitter, shown: latents and jobs of the sitter's photos.
    anybody, named: latents and jobs of generated pictures of people.
    """

    sitter: Tensor
    shown: Sequence[PaintJob]
    anybody: Tensor
    named: Sequence[PaintJob]


class Training:
    """A painter's network with the LoRA that is trained on it.

    Args:
        painter: with the LoRA on its network.
        material: training data.
        template: of the sitter, by the recogniser that steers, float32 (192,).
        critic: with the discriminator that judges detail.
        decode: turns latents into pixels, differentiable.
        seed: of all randomness.
        rate: learning rate.
    """

    def __init__(
        self,
        painter: Painter,
        material: Material,
        template: Float,
        critic: Critic,
        decode: Decode,
        *,
        seed: int,
        rate: float,
    ) -> None:
        self._painter, self.material, self._seed = painter, material, seed
        self.critic, self._decode, self._largest = critic, decode, LARGEST
        device = material.sitter.device
        self._wanted = torch.from_numpy(template).to(device)
        self._recogniser = Recogniser().eval().requires_grad_(False).to(device)
        self.weights = trained(painter.network)
        self.mean = {name: each.detach().clone() for name, each in self.weights.items()}
        self.learner = torch.optim.AdamW(self.weights.values(), rate, weight_decay=1e-2)
        self._params = SamplingParams("", LADDER, 1.0, 1.0)
        # Encoded once, as the text encoders may leave the card before training begins.
        with torch.no_grad():
            like = material.shown[0]
            prompts = {"", *(each.prompt for each in (*material.shown, *material.named))}
            self._conditions: dict[str, Any] = {
                prompt: painter.condition(self._params, [replace(like, prompt=prompt)])
                for prompt in prompts
            }

    def step(self, number: int, critical: bool) -> dict[str, float]:
        """Do a training step; returns its losses by the names of `LOSSES`.

        Where memory runs out it is done once more, and from then on no face is decoded that is
        larger than half of `LARGEST`.

        critical: whether the discriminator has a say.

        Raises:
            NotEnoughMemory: memory ran out again.
        """
        for _ in range(2):
            try:
                return self._step(number, critical)
            except Exception as error:
                if not out_of_memory(error):
                    raise
            # Here the error is gone, and with it what its frames held.
            self.learner.zero_grad()
            self._largest = LARGEST // 2
            release()
        raise NotEnoughMemory(
            f"Memory ran out in step {number + 1} of the tuning",
            "Close other programs and start again, which goes on from there; or ask for a lower "
            "rank, or choose a smaller model.",
        )

    def _step(self, number: int, critical: bool) -> dict[str, float]:
        chance = torch.Generator().manual_seed(_seed(self._seed, number))
        material = self.material
        place = _drawn(LADDER, chance)
        losses: dict[str, Tensor] = {}
        self.learner.zero_grad()
        ours = _drawn(len(material.shown), chance)
        clean, losses["sitter"] = self._predicted(
            material.sitter[ours, None], material.shown[ours], place, chance
        )
        loss = losses["sitter"] + self._face(
            clean, material.shown[ours], place, critical, losses, chance
        )
        loss.backward()
        theirs = _drawn(len(material.named), chance)
        _, losses["anybody"] = self._predicted(
            material.anybody[theirs, None], material.named[theirs], place, chance
        )
        (_PRIOR * losses["anybody"]).backward()
        torch.nn.utils.clip_grad_norm_(self.weights.values(), _LONGEST)
        self.learner.step()
        decay = min(_DECAY, (number + 1) / (number + 10))
        with torch.no_grad():
            for name, weight in self.weights.items():
                self.mean[name].lerp_(weight, 1 - decay)
        return {name: float(each.detach()) for name, each in losses.items()}

    def _predicted(
        self, latents: Tensor, job: PaintJob, place: int, chance: torch.Generator
    ) -> tuple[Tensor, Tensor]:
        """The clean latents predicted for noised ones, and their error."""
        painter = self._painter
        noise = torch.randn(latents.shape, generator=chance).to(latents)
        told = float(torch.rand((), generator=chance)) >= _UNTOLD
        with torch.no_grad():
            height, width = job.start.shape[:2]
            levels = painter.levels(self._params, (height, width))
            noisy = painter.noised(latents, noise, levels[place])
        condition = self._conditions[job.prompt if told else ""]
        clean = painter.predict(noisy, levels, place, condition)
        weight = min(1 / float(levels[place]) ** 2, _MOST)
        return clean, weight * (clean - latents).square().mean()

    def _face(
        self,
        clean: Tensor,
        job: PaintJob,
        place: int,
        critical: bool,
        losses: dict[str, Tensor],
        chance: torch.Generator,
    ) -> Tensor | float:
        """The losses of the predicted face; 0 where it doesn't show or is too large to decode."""
        if place < _CLEAR * LADDER or job.face is None or job.face.width > self._largest:
            return 0.0
        face, rows, columns = window_of(self._painter, job.face, _FACE)
        pixels = self._decode(clean[..., rows, columns]).float().clamp(-1, 1)
        losses["likeness"] = likeness_of(pixels, self._recogniser, face, self._wanted)
        loss = _IDENTITY * (1 - losses["likeness"])
        if critical and place >= _DETAILED * LADDER:
            judge = self.critic.discriminator
            judge.requires_grad_(False)  # only the model learns from it
            losses["verdict"] = judge(as_seen(pixels, chance)).mean()
            judge.requires_grad_(True)
            loss = loss + _REAL * softplus(-losses["verdict"])
        return loss

    @contextmanager
    def averaged(self) -> Generator[None]:
        """The network with the running mean of the weights while the block runs."""
        trained_ones = {name: each.detach().clone() for name, each in self.weights.items()}
        self.set(self.mean)
        try:
            yield
        finally:
            self.set(trained_ones)

    def set(self, weights: Mapping[str, Tensor]) -> None:
        """Set the LoRA's weights."""
        with torch.no_grad():
            for name, weight in self.weights.items():
                weight.copy_(weights[name])

    @torch.no_grad()
    def error(self, rounds: int) -> float:
        """The mean error for noised photos of the sitter, on the same noise each time."""
        first, errors = round(_CLEAR * LADDER), []
        for number in range(rounds):
            chance = torch.Generator().manual_seed(_seed(self._seed, -1 - number))
            place = first + (LADDER - 1 - first) * number // max(1, rounds)
            ours = _drawn(len(self.material.shown), chance)
            latents, job = self.material.sitter[ours, None], self.material.shown[ours]
            errors.append(float(self._predicted(latents, job, place, chance)[1]))
        return sum(errors) / len(errors)


def _drawn(count: int, chance: torch.Generator) -> int:
    return int(torch.randint(count, (), generator=chance))


def _seed(seed: int, number: int) -> int:
    return (seed * 1_000_003 + number) % 2**63
