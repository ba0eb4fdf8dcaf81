"""Conversions between pictures (NumPy arrays) and tensors."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from ....images import Image


def to_pixels(images: Sequence[Image]) -> Tensor:
    """Pictures as float32 (batch, 3, H, W), -1..1."""
    stacked = torch.from_numpy(np.stack(images)).movedim(-1, 1)
    return stacked * 2 - 1


def to_images(pixels: Tensor) -> list[Image]:
    """Pixels (batch, 3, H, W), -1..1, as pictures."""
    shown = (pixels.detach().float() / 2 + 0.5).clamp(0, 1).movedim(1, -1).cpu().numpy()
    return [np.ascontiguousarray(each) for each in shown]


def noise_of(seed: int, like: Tensor) -> Tensor:
    """Normal noise in the shape of `like`, made on the CPU so that it is the same everywhere."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(like.shape, generator=generator).to(like)
