"""Fine noise of a picture, measured where the picture itself is quiet."""

from __future__ import annotations

import cv2
import numpy as np

from ..images import Float, Image, Mask

_FEWEST = 10  # cells, below which nothing is said
_DIAGONALS = np.array([[1, -2, 1], [-2, 4, -2], [1, -2, 1]], np.float32)


def unevenness(image: Image, matte: Mask | None = None, cell: int = 16) -> Float:
    """Mean fine difference of each cell, float32 (N,), sRGB units.

    By a filter of diagonal differences, which cancels slopes (Immerkaer, "Fast Noise Variance
    Estimation", 1996).

    image: sRGB float32 (H, W, 3).
    matte: float32 (H, W); only cells that it covers count. None for the whole picture.
    cell: height and width of a cell in pixels.
    """
    height, width = image.shape[:2]
    rows, columns = (height - 2) // cell, (width - 2) // cell
    if rows < 1 or columns < 1:
        return np.zeros(0, np.float32)
    inner = slice(1, 1 + rows * cell), slice(1, 1 + columns * cell)
    inside = np.ones((rows, columns), np.bool_)
    if matte is not None:
        inside = matte[inner].reshape(rows, cell, columns, cell).min((1, 3)) > 0.98
    if not inside.any():
        return np.zeros(0, np.float32)
    grey = cv2.transform(image, np.full((1, 3), 1 / 3, np.float32))
    laplace = cv2.filter2D(grey, -1, _DIAGONALS)[inner]
    cells = np.abs(laplace).reshape(rows, cell, columns, cell)
    return np.asarray(cells.mean((1, 3))[inside], np.float32)


def deviation(differences: Float, quietest: float = 0.1) -> float:
    """Standard deviation of the noise of the mean of three channels, sRGB units; 0 where there are
    too few cells.

    differences: results of `unevenness`, such as those of all strips of a picture.
    quietest: share of the cells, 0..1, that show noise alone.
    """
    if len(differences) < _FEWEST:
        return 0.0
    # The mean of |N(0, 6 s)| is 6 s sqrt(2 / pi).
    return float(np.quantile(differences, quietest) * np.sqrt(np.pi / 2) / 6)
