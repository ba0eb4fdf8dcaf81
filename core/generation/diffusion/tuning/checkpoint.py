"""All of a run as bytes and back, so that it goes on to the bit where it was stopped."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from ....safetensors_header import metadata_of
from .training import Training

_FACTS = "run"


@dataclass
class Course:
    """How far a run has come.

    key: of what it is trained on and how; another can't go on with it. step: done.
    losses: of each step, by name (see `training.LOSSES`). likeness: of the held-out photo, by the
    judge: step and cosine, the first before anything was trained. best: the weights that were the
    likest, empty while that is none.
    """

    key: str
    step: int = 0
    losses: list[dict[str, float]] = field(default_factory=list)
    likeness: list[tuple[int, float]] = field(default_factory=list)
    best: dict[str, Tensor] = field(default_factory=dict)

    def judged(self, likeness: float, weights: dict[str, Tensor]) -> None:
        """Take down what the judge says; the weights are kept where it is the best so far."""
        if self.likeness and likeness > max(each for _, each in self.likeness):
            self.best = {name: each.detach().clone() for name, each in weights.items()}
        self.likeness.append((self.step, likeness))

    def since_best(self) -> int:
        """How often it was judged since it was the likest."""
        scores = [each for _, each in self.likeness]
        return len(scores) - 1 - scores.index(max(scores)) if scores else 0


def to_bytes(course: Course, training: Training) -> bytes:
    """The run as .safetensors; the latents of what the model made up too, which cost time."""
    tensors = {
        **_prefixed("lora", training.weights),
        **_prefixed("best", course.best),
        **_prefixed("discriminator", training.discriminator.state_dict()),
        **_prefixed("learner", _moments(training.learner)),
        **_prefixed("critic", _moments(training.critic)),
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
class Kept:
    """A run out of bytes: its course, and its tensors by the names of `to_bytes`."""

    course: Course
    tensors: dict[str, Tensor]

    @property
    def anybody(self) -> Tensor:
        """See `to_bytes`."""
        return self.tensors["anybody"]

    def restore(self, training: Training) -> Course:
        """Set `training` to where it was."""
        for name, weight in training.weights.items():
            weight.data.copy_(self.tensors[f"lora/{name}"])
        training.discriminator.load_state_dict(self._part("discriminator"))
        _set_moments(training.learner, self._part("learner"))
        _set_moments(training.critic, self._part("critic"))
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


def from_bytes(data: bytes, key: str) -> Kept | None:
    """The run that `to_bytes` made `data` of; None where it is of something else."""
    try:
        facts = json.loads(metadata_of(data)[_FACTS])
        if facts["key"] != key:
            return None
        losses, likeness = facts["losses"], [(int(n), float(s)) for n, s in facts["likeness"]]
        return Kept(Course(key, int(facts["step"]), losses, likeness), load(data))
    except (SafetensorError, ValueError, KeyError, TypeError):
        return None


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
