"""Colour casts: the light's colour on the skin, taken out towards the sitter's own skin colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....identity.identity import ColourStatistics
from ....images import Float, blur, from_lab, luminance, to_linear
from ....portrait.shading import Unlit
from ....portrait.shape import Shape

_MOST = 0.25  # log gain of a channel against green, at most: a third of a stop
_MIXED = 0.9  # share of what changes from side to side that is taken out
_CELLS = 0.1  # face widths over which skin colour is averaged: blemishes and freckles stay

Vectors = NDArray[np.float64]


def neutralise(unlit: Unlit, shape: Shape, skin: ColourStatistics | None) -> Float:
    """Log gains (h, w, 3) for linear light that take colour casts off the sitter.

    Two things are told apart. The skin's colour as a whole is drawn to `skin`, the sitter's over
    all enrolled photos: hardly, while it lies within their spread, and fully beyond. Without
    `skin` it stays. What changes over the face with the direction it looks in (a window on one
    side, a lamp on the other) is taken out towards the face's own middle. Chroma only: each cell
    keeps its luminance, whatever the skin.
    """
    chroma = _chroma(unlit.colour)
    found = np.median(chroma[unlit.skin], axis=0)
    whole = np.zeros(2) if skin is None else _pull(found, skin)
    gains = whole - _MIXED * _mixed(chroma, unlit, shape)
    gains = _MOST * np.tanh(gains / _MOST) * unlit.weight[..., None]
    log = np.stack([gains[..., 0], np.zeros_like(gains[..., 0]), gains[..., 1]], 2)
    colour = np.maximum(unlit.colour, np.float32(1e-9))
    kept = np.log(luminance(colour) / luminance(np.asarray(colour * np.exp(log), np.float32)))
    smooth = blur(np.asarray(kept, np.float32), 0.01 * shape.face_width)
    return np.asarray(log + smooth[..., None], np.float32)


def _chroma(linear: Float) -> Vectors:
    """Logs of red and of blue against green, (..., 2): the amount of light cancels."""
    x = np.maximum(linear.astype(np.float64), 1e-9)
    return np.stack([np.log(x[..., 0] / x[..., 1]), np.log(x[..., 2] / x[..., 1])], -1)


def _pull(found: Vectors, skin: ColourStatistics) -> Vectors:
    """How far the chroma `found` should move towards the sitter's own.

    With an error e and a spread s from photo to photo, e^2 / (e^2 + s^2) of the error is likely to
    be the light's (Wiener).
    """
    own = _of_lab(skin.mean)
    change = np.zeros(2)
    for axis in (1, 2):
        step = np.zeros(3, np.float32)
        step[axis] = skin.deviation[axis]
        change += (_of_lab(skin.mean + step) - own) ** 2
    error = own - found
    return error * error**2 / (error**2 + change + 1e-9)


def _of_lab(colour: Float) -> Vectors:
    pixel = from_lab(np.asarray(colour, np.float32).reshape(1, 1, 3))
    return _chroma(to_linear(pixel))[0, 0]


def _mixed(chroma: Vectors, unlit: Unlit, shape: Shape) -> Vectors:
    """The part (h, w, 2) of the skin's chroma that follows the normals' two sides, 0 in its middle.

    A robust plane over (x, y) of the normals, fitted to smoothed skin colour: red cheeks and a
    beard's shadow are the same on both sides and far from a plane, and stay.
    """
    sigma = _CELLS * shape.face_width
    mask = unlit.skin.astype(np.float32)
    near = blur(mask, sigma) + np.float32(1e-3)
    limited = np.clip(chroma - np.median(chroma[unlit.skin], axis=0), -0.6, 0.6)
    smooth = blur(np.asarray(limited * mask[..., None], np.float32), sigma) / near[..., None]
    sides = shape.normals[..., :2].astype(np.float64)
    basis = np.concatenate([np.ones((*mask.shape, 1)), sides], 2)
    skin, values = basis[unlit.skin], smooth[unlit.skin].astype(np.float64)
    weight = np.ones(len(skin))
    solution = np.zeros((3, 2))
    for _ in range(6):
        weighted = skin * weight[:, None]
        solution = np.linalg.solve(weighted.T @ skin + 1e-6 * np.eye(3), weighted.T @ values)
        miss = np.linalg.norm(values - skin @ solution, axis=1)
        weight = 1 / np.maximum(1, miss / (1.5 * np.median(miss) + 1e-9))
    # Only the sideways part: from above to below, skin itself differs (beards, foreheads).
    return sides[..., :1] * solution[1]
