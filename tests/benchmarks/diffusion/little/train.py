"""Train the little generator on a folder of people, on one thread and within a time.

    OMP_NUM_THREADS=1 .venv/bin/python -m tests.benchmarks.diffusion.little.train FOLDER
        [--weights FILE] [--minutes 20] [--leave-out ID ...]

It is shown a noised head and, most of the time, one or two references: other photos of the same
person, or the same photo cut, mirrored and lit otherwise where there is no other. Weights are
written every minute, as a mean over the last steps.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor

from headshots.core.generation.diffusion.families.klein import Condition

from .network import WEIGHTS, Little, network, painter
from .people import Head, heads, varied

_BATCH, _RATE, _DECAY = 32, 1e-3, 0.997
_WITHOUT, _TWO = 0.15, 0.1  # shares of batches without a reference, and with two
# Where the levels in training lie, as a logit; below the least one errors count less.
_NOISY, _LEAST = 0.5, 0.1


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--weights", type=Path, default=WEIGHTS, help=f"default: {WEIGHTS}")
    parser.add_argument("--minutes", type=float, default=20, help="of processor time")
    parser.add_argument("--leave-out", nargs="*", default=[], help="people not to train on")
    chosen = parser.parse_args()
    torch.set_num_threads(1)
    known = [each for each in heads(chosen.folder) if each.person not in chosen.leave_out]
    train(known, chosen.weights, chosen.minutes * 60)


def train(known: Sequence[Head], file: Path, seconds: float, batch: int = _BATCH) -> None:
    """Train for `seconds`, and write the weights to `file`."""
    model = network()
    teacher, smooth = painter(model), deepcopy(model)
    learner = torch.optim.AdamW(model.parameters(), _RATE, betas=(0.9, 0.98), weight_decay=0.02)
    chance = np.random.default_rng(0)
    started, written = time.process_time(), time.monotonic()
    step, errors = 0, []
    while (spent := time.process_time() - started) < seconds:
        warm = min(1.0, (step + 1) / 100)
        rate = _RATE * warm * min(1.0, max(0.02, 4 * (1 - spent / seconds)))
        for group in learner.param_groups:
            group["lr"] = rate
        loss = _loss(teacher, *_batch(teacher, known, batch, chance))
        learner.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        learner.step()
        decay = min(_DECAY, (step + 1) / (step + 10))
        with torch.no_grad():
            for mean, weight in zip(smooth.parameters(), model.parameters(), strict=True):
                mean.lerp_(weight, 1 - decay)
        step += 1
        errors.append(float(loss.detach()))
        if time.monotonic() - written > 60:
            written = time.monotonic()
            save_file(smooth.state_dict(), file)
            sys.stdout.write(f"{spent / 60:.1f} min, {step} steps: {np.mean(errors[-200:]):.4f}\n")
            sys.stdout.flush()
    save_file(smooth.state_dict(), file)
    sys.stdout.write(f"{step} steps of {batch}: {np.mean(errors[-200:]):.4f}\n")


def _batch(
    teacher: Little, known: Sequence[Head], size: int, chance: np.random.Generator
) -> tuple[Tensor, list[Tensor]]:
    """Latents of heads, and of none to two references of each."""
    people: dict[str, list[Head]] = {}
    for each in known:
        people.setdefault(each.person, []).append(each)
    # Somebody with more photos is shown more often, but not in proportion.
    ids = list(people)
    weights = np.sqrt([len(people[each]) for each in ids])
    several = 0 if chance.random() < _WITHOUT else 1 + int(chance.random() < _TWO)
    targets, shown = [], [[] for _ in range(several)]
    for _ in range(size):
        own = people[ids[chance.choice(len(ids), p=weights / weights.sum())]]
        place = int(chance.integers(len(own)))
        others = [each for number, each in enumerate(own) if number != place] or own
        targets.append(varied(own[place], chance))
        for row in shown:
            row.append(varied(others[int(chance.integers(len(others)))], chance))
    return teacher.encode(targets), [teacher.encode(row) for row in shown]


def _loss(teacher: Little, clean: Tensor, shown: Sequence[Tensor]) -> Tensor:
    """The error of the predicted clean picture at random levels, in inverse proportion to them."""
    level = torch.sigmoid(torch.randn(len(clean), 1, 1, 1) + _NOISY)
    noise = torch.randn_like(clean)
    noisy = (1 - level) * clean + level * noise
    text = teacher._text("")
    texts = text[0].repeat(len(clean), 1, 1), text[1].repeat(len(clean), 1, 1)
    references = None
    if shown:
        tokens = torch.cat([teacher._tokens(each) for each in shown], dim=1)
        places = teacher.pipeline._prepare_image_ids([each[:1] for each in shown], scale=10)
        references = tokens, places.repeat(len(clean), 1, 1)
    flow = teacher._flow(noisy, level.flatten(), texts, Condition(texts, None, references, 1.0))
    error = (noisy - level * flow.float() - clean).square().flatten(1).mean(dim=1)
    return (error / level.flatten().clamp(min=_LEAST)).mean()


if __name__ == "__main__":
    main()
