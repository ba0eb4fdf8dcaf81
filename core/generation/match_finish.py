"""Learns a finish from a picture before and after it was finished."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ..errors import InputError
from ..images import Float, Image, blur, fit, resize
from .cube import Cube, identity
from .skin_guard import guarded

_LONGEST = 400  # pixels a side that are compared
_SIZE = 17  # colours a side of the table that is fitted
_SMOOTH, _HELD = 3.0, 0.02  # weights of a smooth table, and of one that changes nothing
_ROUNDS, _TOLERANCE = 4, 0.02  # of the fit without outliers, in sRGB
_MOST = 0.3  # by which a channel may move, in sRGB
_ALIKE = 0.7  # correlation of the edges of two pictures of the same scene
_ASPECT = 0.02


def match_finish(before: Image, after: Image, title: str = "") -> Cube:
    """The colour table that makes `after` of `before`, as far as one table can.

    What differs from place to place (retouching, a vignette) is left out as outliers. No channel
    moves by more than a bound, and skin no further than it may (`skin_guard`).

    Args:
        before, after: sRGB (H, W, 3) 0..1, the same picture uncropped; their sizes may differ.

    Raises:
        InputError: they show different pictures, or another crop.
    """
    one, other = _aligned(before, after)
    _check_same(one, other)
    colours, wanted = (blur(each, 1).reshape(-1, 3) for each in (one, other))  # less noise
    moved = _fitted(colours, wanted - colours)
    table = np.clip(identity(_SIZE) + np.clip(moved, -_MOST, _MOST), 0, 1)
    plain = Cube(np.asarray(table, np.float32), *_ends(), title)
    return guarded(plain)


def _ends() -> tuple[Float, Float]:
    return np.zeros(3, np.float32), np.ones(3, np.float32)


def _aligned(before: Image, after: Image) -> tuple[Image, Image]:
    shapes = [each.shape[1] / each.shape[0] for each in (before, after)]
    if abs(shapes[0] / shapes[1] - 1) > _ASPECT:
        raise InputError(
            "The two pictures have other proportions", "Give the same picture, uncropped."
        )
    one = fit(before, _LONGEST)[0]
    return one, resize(after, one.shape[1], one.shape[0])


def _check_same(one: Image, other: Image) -> None:
    edges = [_edges(each) for each in (one, other)]
    alike = float(np.corrcoef(edges[0].ravel(), edges[1].ravel())[0, 1])
    if not alike >= _ALIKE:
        raise InputError(
            f"The two pictures don't show the same (their edges correlate at {alike:.2f})",
            "Give one picture before and after it was finished, in the same crop.",
        )


def _edges(image: Image) -> Float:
    grey = blur(np.asarray(image.mean(2), np.float32), 1.5)
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *way) for way in ((1, 0), (0, 1)))
    return np.asarray(np.hypot(across, down), np.float32)


def _fitted(colours: Float, moved: Float) -> NDArray[np.float64]:
    """By how much each entry of a table moves colours, (N, N, N, 3).

    Least squares on what `colours` (M, 3) moved by, smooth between; samples that don't fit count
    less (iteratively reweighted, Huber).
    """
    from scipy import sparse
    from scipy.sparse.linalg import factorized

    design = _design(colours)
    rough = _roughness()
    nodes = _SIZE**3
    weights = np.ones(len(colours))
    result = np.zeros((nodes, 3))
    for _ in range(_ROUNDS):
        scaled = design.T @ sparse.diags(weights / len(colours) * nodes)
        normal = scaled @ design + _SMOOTH * rough + _HELD * sparse.identity(nodes)
        solve = factorized(normal.tocsc())
        result = np.stack([solve(scaled @ moved[:, c]) for c in range(3)], -1)
        misfit = np.abs(design @ result - moved).max(1)
        weights = np.minimum(1, _TOLERANCE / np.maximum(misfit, 1e-6))
    return result.reshape(_SIZE, _SIZE, _SIZE, 3)


def _design(colours: Float) -> Any:
    """Trilinear weights of the entries around each colour, sparse (M, N³)."""
    from scipy import sparse

    place = np.clip(colours, 0, 1) * (_SIZE - 1)
    corner = np.minimum(place.astype(np.int64), _SIZE - 2)
    share = place - corner
    rows, columns, values = [], [], []
    for bits in range(8):
        step = np.array([bits >> 2 & 1, bits >> 1 & 1, bits & 1])
        at = (corner + step) @ np.array([_SIZE * _SIZE, _SIZE, 1])
        weight = np.where(step, share, 1 - share).prod(1)
        rows.append(np.arange(len(colours)))
        columns.append(at)
        values.append(weight)
    joined = tuple(np.concatenate(each) for each in (values, rows, columns))
    shape = (len(colours), _SIZE**3)
    return sparse.csr_matrix((joined[0], (joined[1], joined[2])), shape=shape)


def _roughness() -> Any:
    """The sum of squared second differences along each axis, as a matrix (N³, N³)."""
    from scipy import sparse

    diagonals: Any = [0, 1, 2]
    second: Any = sparse.diags([1.0, -2.0, 1.0], diagonals, shape=(_SIZE - 2, _SIZE))
    one: Any = sparse.identity(_SIZE)
    along = [
        sparse.kron(sparse.kron(second, one), one),
        sparse.kron(sparse.kron(one, second), one),
        sparse.kron(sparse.kron(one, one), second),
    ]
    return sum(each.T @ each for each in along)
