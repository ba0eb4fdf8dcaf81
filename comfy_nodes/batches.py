"""Converts pictures between ComfyUI's batches and the core's lists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import Any

import numpy as np
import torch

from ..core.errors import InputError
from ..core.images import Float, Image, Mask


def images_in(batches: Iterable[torch.Tensor], name: str) -> list[Image]:
    """The pictures of IMAGE batches (B, H, W, C) in order, as sRGB float32 (H, W, 3) 0..1.

    Grey is repeated to three channels, and transparency is laid over white, as when a file is read.
    Values slightly outside 0..1, as samplers and resizers give them, are clipped.

    Raises:
        InputError: another shape, or values that are not finite; `name` is the input's.
    """
    images: list[Image] = []
    for pixels in _numbers(batches):
        number = len(images) + 1
        if pixels.ndim != 3 or pixels.shape[2] not in (1, 3, 4) or not pixels.size:
            raise InputError(
                f"Picture {number} of {name} is no picture: {_sizes(pixels)}",
                "Link pictures in grey or colours, such as those of Load Image.",
            )
        values = _in_range(pixels, f"Picture {number} of {name}")
        images.append(np.ascontiguousarray(_colours(values)))
    return images


def masks_in(batches: Iterable[torch.Tensor], name: str) -> list[Mask]:
    """The masks of MASK batches (B, H, W), or of single masks (H, W), as float32 (H, W) 0..1.

    Raises:
        InputError: another shape, or values that are not finite; `name` is the input's.
    """
    masks: list[Mask] = []
    for values in _numbers(batch[None] if batch.ndim == 2 else batch for batch in batches):
        number = len(masks) + 1
        if values.ndim != 2 or not values.size:
            raise InputError(
                f"Mask {number} of {name} is no mask: {_sizes(values)}",
                "Link masks, such as those of Load Image.",
            )
        masks.append(np.ascontiguousarray(_in_range(values, f"Mask {number} of {name}")))
    return masks


def batches_of(pictures: Sequence[Float]) -> list[torch.Tensor]:
    """Images (H, W, 3) or masks (H, W) as batches: one for each run of consecutive equal sizes.

    So pictures of one size become the single batch that other packs expect. The order stays.
    """
    runs = groupby(pictures, key=lambda picture: picture.shape)
    return [torch.from_numpy(np.stack(list(run))) for _, run in runs]


def _numbers(batches: Iterable[torch.Tensor]) -> Iterator[Any]:
    for batch in batches:
        yield from batch.detach().to("cpu", torch.float32).numpy()


def _colours(values: Float) -> Float:
    channels = values.shape[2]
    if channels == 1:
        return np.repeat(values, 3, axis=2)
    colours, alpha = values[..., :3], values[..., 3:]
    return colours * alpha + (1 - alpha) if channels == 4 else colours


def _sizes(values: Any) -> str:
    return f"it is {' x '.join(map(str, values.shape))} numbers"


def _in_range(values: Float, what: str) -> Float:
    low, high = float(values.min()), float(values.max())  # NaN if any value is
    if not np.isfinite(low) or not np.isfinite(high):
        raise InputError(f"{what} has values that are not finite", "Check the node that made it.")
    return np.clip(values, 0, 1) if low < 0 or high > 1 else values
