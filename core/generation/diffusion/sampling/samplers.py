"""The samplers: how a picture goes from one noise level to the next.

All are one rule: the predicted clean picture gets noise of the next level again. They differ in how
much of that noise is fresh, and whether the prediction is extrapolated from the last two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ....painting import Sampler
from ..families.painter import Painter

if TYPE_CHECKING:
    from torch import Tensor


def uses_noise(sampler: Sampler) -> bool:
    """Whether a sampler adds fresh noise."""
    return sampler in ("euler-ancestral", "lcm")


def stepped(
    sampler: Sampler,
    painter: Painter,
    noisy: Tensor,
    clean: Tensor,
    before: Tensor | None,
    levels: Tensor,
    step: int,
    fresh: Tensor | None,
) -> Tensor:
    """The noisy latents at `levels[step + 1]`.

    noisy: at `levels[step]`.
    clean, before: predicted at this step, and at the one before; None at the first.
    fresh: noise, where the sampler uses it.
    """
    import torch

    level, following = levels[step], levels[step + 1]
    ratio = painter.ratio(level, following)
    if sampler == "dpmpp-2m" and before is not None and following > 0:
        # Lu et al. 2022, "DPM-Solver++", of second order with one evaluation a step.
        last = -torch.log(painter.ratio(levels[step - 1], level))
        clean = clean + (-torch.log(ratio) / (2 * last)) * (clean - before)
    noise = painter.noise_in(noisy, clean, level)
    if fresh is not None:
        # Ancestral sampling keeps as much of the old noise as falls to the next level (Song et al.
        # 2020, "DDIM"); consistency models none (Luo et al. 2023, "LCM").
        kept = ratio if sampler == "euler-ancestral" else torch.zeros_like(ratio)
        noise = kept * noise + (1 - kept**2).sqrt() * fresh
    return painter.noised(clean, noise, following)
