"""Removes colour casts: the light's colour on the skin, towards the sitter's own skin colour."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ....identity.identity import ColourStatistics
from ....images import Float, blur, from_lab, luminance, to_linear
from ....portrait.shading import Unlit
from ....portrait.shape import Shape
from ....portrait.skin import skin_tones

_MOST = 0.25  # largest log gain of a channel against green: a third of a stop
_MIXED = 0.9  # share of the side-to-side change that is removed
_CELLS = 0.1  # face widths over which skin colour is averaged, so that freckles don't count

Vectors = NDArray[np.float64]


def neutralise(unlit: Unlit, shape: Shape, skin: ColourStatistics | None) -> Float:
    """Log gains for linear light, float32 (h, w, 3), that remove colour casts from the sitter.

    skin: the sitter's skin colour over all enrolled photos; None where unknown.

    Two casts are treated separately. The mean colour of the skin moves towards `skin`: hardly at
    all while it lies within the spread of the photos, and fully far beyond. The change of colour
    over the face with the direction of its surface (a window on one side, a lamp on the other) is
    removed towards the face's own mean. Only chroma changes: each cell keeps its luminance.
    """
    chroma = _chroma(unlit.colour)
    # As the sitter's own is measured: beards and shadows have other colours.
    tones = skin_tones(unlit.light[unlit.oval])
    measured = np.median(chroma[unlit.oval][tones], axis=0)
    whole = np.zeros(2) if skin is None else _pull(measured, skin)
    gains = whole - _MIXED * _mixed(chroma, unlit, shape)
    gains = _MOST * np.tanh(gains / _MOST) * unlit.weight[..., None]
    log = np.stack([gains[..., 0], np.zeros_like(gains[..., 0]), gains[..., 1]], 2)
    colour = np.maximum(unlit.colour, np.float32(1e-9))
    kept = np.log(luminance(colour) / luminance(np.asarray(colour * np.exp(log), np.float32)))
    smooth = blur(np.asarray(kept, np.float32), 0.01 * shape.face_width)
    return np.asarray(log + smooth[..., None], np.float32)


def _chroma(linear: Float) -> Vectors:
    """Log ratios of red and blue to green, (..., 2), independent of the amount of light."""
    x = np.maximum(linear.astype(np.float64), 1e-9)
    return np.stack([np.log(x[..., 0] / x[..., 1]), np.log(x[..., 2] / x[..., 1])], -1)


def _pull(measured: Vectors, skin: ColourStatistics) -> Vectors:
    """How far the chroma `measured` should move towards the sitter's own.

    With an error e and a spread s between photos, the share e^2 / (e^2 + s^2) of the error is
    likely due to the light (Wiener).
    """
    own = _of_lab(skin.mean)
    change = np.zeros(2)
    for axis in (1, 2):
        step = np.zeros(3, np.float32)
        step[axis] = skin.deviation[axis]
        change += (_of_lab(skin.mean + step) - own) ** 2
    error = own - measured
    return error * error**2 / (error**2 + change + 1e-9)


def _of_lab(colour: Float) -> Vectors:
    pixel = from_lab(np.asarray(colour, np.float32).reshape(1, 1, 3))
    return _chroma(to_linear(pixel))[0, 0]


def _mixed(chroma: Vectors, unlit: Unlit, shape: Shape) -> Vectors:
    """The part of the skin's chroma that changes from side to side of the face, float64 (h, w, 2).

    By a robust plane over (x, y) of the normals, fitted to smoothed skin colour. Red cheeks and a
    beard are alike on both sides and far from a plane, so they stay.
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
    # Only the sideways part: from top to bottom the skin itself differs (foreheads, beards).
    return sides[..., :1] * solution[1]
