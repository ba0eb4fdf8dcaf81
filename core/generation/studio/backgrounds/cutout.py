"""The sitter off an even wall, as colours and coverage."""

from __future__ import annotations

import numpy as np

from ....images import Float, Image, Mask, blur, resize, to_linear, to_srgb

_SURE = 0.25  # coverage below which a pixel's own colour is too faint to be read
_COLUMNS = 512  # working width where colours are carried outwards


def cut_out(image: Image, matte: Mask) -> Float:
    """A picture on an even wall as sRGB with straight alpha, float32 (H, W, 4).

    The wall's colour is read where `matte` (H, W) is 0, and taken out where it is partial. Under
    faint coverage the colours are those of the sitter nearby; where alpha is 0 they are 0, so that
    nothing is hidden in the transparent part.
    """
    linear = to_linear(image)
    bare = matte < 0.002
    wall = np.median(linear[bare], 0) if bare.any() else np.ones(3, np.float32)
    cover = matte[..., None]
    own = np.clip(wall + (linear - wall) / np.maximum(cover, _SURE), 0, 1)
    rows, columns = matte.shape
    scale = min(1.0, _COLUMNS / columns)
    size = max(1, round(columns * scale)), max(1, round(rows * scale))
    sure = np.clip((matte - _SURE) / (1 - _SURE), 0, 1) ** 2
    weight = resize(np.asarray(sure, np.float32), *size)
    known = resize(np.asarray(own * sure[..., None], np.float32), *size)
    nearby = np.zeros_like(known)
    left = np.ones_like(weight)[..., None]
    for sigma in (1.0, 3.0, 9.0, 27.0):
        there = blur(weight, sigma)[..., None]
        share = np.clip(there / 0.05, 0, 1) * left
        nearby += blur(known, sigma) / np.maximum(there, 1e-4) * share
        left = left - share
    trust = np.clip((matte - _SURE) / 0.25, 0, 1)[..., None]
    colours = own * trust + np.clip(resize(nearby, columns, rows), 0, 1) * (1 - trust)
    colours = to_srgb(np.asarray(colours, np.float32)) * (cover > 0)
    return np.asarray(np.concatenate([colours, cover], -1), np.float32)
