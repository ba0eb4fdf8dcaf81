"""Saves and restores a training run, so that it continues exactly where it was stopped."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ....images import Image
from ....safetensors_header import metadata_of
from .discriminator import SIDE
from .training import Training

_FACTS = "run"


@dataclass
class Course:
    """The progress of a run.

    key: of data and parameters; a run continues only one with the same key.
    step: number of steps done.
    losses: of each step, by name (see `training.LOSSES`).
    likeness: of the held-out photo by the judge, as (step, cosine); the first before any training.
    best: weights of the best likeness; empty while the untrained model is best.
    """

    key: str
    step: int = 0
    losses: list[dict[str, float]] = field(default_factory=list)
    likeness: list[tuple[int, float]] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    def judged(self, likeness: float, weights: dict[str, Tensor]) -> None:
        """Record a likeness, and the weights if it is the best so far."""
        if self.likeness and likeness > max(each for _, each in self.likeness):
            self.best = {name: each.detach().clone() for name, each in weights.items()}
        self.likeness.append((self.step, likeness))

    def since_best(self) -> int:
        """The number of judgements since the best likeness."""
        scores = [each for _, each in self.likeness]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0


def to_bytes(course: Course, training: Training, untuned: Sequence[Image]) -> bytes:
    """The run as .safetensors, including generated pictures, which cost time.

    untuned: faces of photos painted again by the model before it was tuned (see `face_of`).
    """
    critic = training.critic
    tensors = {
        **_prefixed("lora", training.weights),
        **_prefixed("mean", training.mean),
        **_prefixed("best", course.best),
        **_prefixed("learner", _moments(training.learner)),
        **_prefixed("discriminator", critic.discriminator.state_dict()),
        **_prefixed("critic", _moments(critic.learner)),
        "untuned": _stacked(untuned),
        "painted": _stacked(critic.painted),
        "anybody": training.material.anybody,
    }
    facts = {
        "key": course.key,
        "step": course.step,
        "losses": course.losses,
        "likeness": course.likeness,
    }
    held = {name: each.detach().contiguous().cpu() for name, each in tensors.items()}
    return save(held, {_FACTS: json.dumps(facts)})


@dataclass(frozen=True, eq=False)
class SavedRun:
    """A saved run.

    course: its progress.
    tensors: by the names in `to_bytes`.
    """

    course: Course
    tensors: dict[str, Tensor]

    @property
    def anybody(self) -> Tensor:
        """See `to_bytes`."""
        return self.tensors["anybody"]

    @property
    def untuned(self) -> list[Image]:
        """See `to_bytes`."""
        return list(self.tensors["untuned"].numpy())

    def restore(self, training: Training) -> Course:
        """Restore the state of `training`."""
        training.set(self._part("lora"))
        for name, mean in training.mean.items():
            mean.copy_(self.tensors[f"mean/{name}"])
        critic = training.critic
        critic.discriminator.load_state_dict(self._part("discriminator"))
        critic.painted = list(self.tensors["painted"].numpy())
        _set_moments(training.learner, self._part("learner"))
        _set_moments(critic.learner, self._part("critic"))
        self.course.best = {
            name: each.to(training.weights[name].device)
            for name, each in self._part("best").items()
        }
        return self.course

    def _part(self, name: str) -> dict[str, Tensor]:
        start = f"{name}/"
        return {
            each.removeprefix(start): tensor
            for each, tensor in self.tensors.items()
            if each.startswith(start)
        }


def from_bytes(data: bytes, key: str) -> SavedRun | None:
    """The inverse of `to_bytes`; None for a run with another key, or other data."""
    try:
        facts = json.loads(metadata_of(data)[_FACTS])
        if facts["key"] != key:
            return None
        losses, likeness = facts["losses"], [(int(n), float(s)) for n, s in facts["likeness"]]
        return SavedRun(Course(key, int(facts["step"]), losses, likeness), load(data))
    except (SafetensorError, ValueError, KeyError, TypeError):
        return None


def _stacked(images: Sequence[Image]) -> Tensor:
    return torch.from_numpy(np.stack(images)) if images else torch.zeros(0, SIDE, SIDE, 3)


def _prefixed(start: str, tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    return {f"{start}/{name}": each for name, each in tensors.items()}


def _moments(optimiser: Any) -> dict[str, Tensor]:
    return {
        f"{number}/{name}": each
        for number, held in optimiser.state_dict()["state"].items()
        for name, each in held.items()
    }


def _set_moments(optimiser: Any, tensors: dict[str, Tensor]) -> None:
    state: dict[int, dict[str, Tensor]] = {}
    for place, each in tensors.items():
        number, _, name = place.partition("/")
        state.setdefault(int(number), {})[name] = each
    optimiser.load_state_dict({**optimiser.state_dict(), "state": state})
