"""Between pictures, as NumPy arrays, and the tensors of networks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor

import numpy as np
import torch
from torch import Tensor

from ...images import Box, Image


def to_pixels(images: Sequence[Image]) -> Tensor:
    """Pictures as float32 (batch, 3, H, W), -1..1."""
    stacked = torch.from_numpy(np.stack(images)).movedim(-1, 1)
    return stacked * 2 - 1


def to_images(pixels: Tensor) -> list[Image]:
    """Pixels (batch, 3, H, W), -1..1, as pictures."""
    shown = (pixels.detach().float() / 2 + 0.5).clamp(0, 1).movedim(1, -1).cpu().numpy()
    return [np.ascontiguousarray(each) for each in shown]


def noise_of(seed: int, like: Tensor) -> Tensor:
    """Normal noise of the shape of `like`; the processor makes it, the same for every device."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(like.shape, generator=generator).to(like)


def decoded(
    decode: Callable[[Tensor], Tensor], latents: Tensor, part: Box | None, scale: int
) -> list[Image]:
    """Pictures by `decode`, of the latents around `part` (in pixels) alone where it is given.

    All at once, or, where the card's memory doesn't do for that, one at a time.
    """
    if part is not None:
        height, width = latents.shape[-2:]
        rows = slice(max(0, floor(part.y0 / scale)), min(height, ceil(part.y1 / scale)))
        columns = slice(max(0, floor(part.x0 / scale)), min(width, ceil(part.x1 / scale)))
        if rows.start < rows.stop and columns.start < columns.stop:
            latents = latents[..., rows, columns]
    try:
        return to_images(decode(latents))
    except torch.OutOfMemoryError:
        if len(latents) == 1:
            raise
        torch.cuda.empty_cache()
        return [image for each in latents.split(1) for image in to_images(decode(each))]
