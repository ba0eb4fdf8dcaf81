"""How sharp a picture is, told as the blur of its edges; and a wall no sharper than its sitter."""

from __future__ import annotations

from math import inf

import cv2
import numpy as np

from ...faces.regions import CHIN, LEFT_BROW, LEFT_SIDE, LIPS, RIGHT_BROW, RIGHT_SIDE
from ...images import Box, Float, Image, Linear, blur, luminance, to_srgb

# Pixels. Blur added on purpose to estimate the blur that is there, and what pixel-sharp gives.
_REBLUR = 1.5
PIXEL_SHARP = 1.1
# Side of the part of a wall that is looked at, pixels, and the least blur worth adding.
_LOOKED_AT = 1024
_WORTH = 0.4


def edge_blur(image: Image) -> float:
    """Deviation of the blur of the sharper edges of `image`, sRGB (H, W, 3), in pixels; infinite
    where it has no edges.

    Estimated by blurring once more and comparing gradients (Zhuo and Sim, "Defocus map estimation
    from a single image", Pattern Recognition 44, 2011): sigma = sigma0 / sqrt(ratio^2 - 1), which
    neither contrast nor brightness changes.
    """
    if min(image.shape[:2]) < 8:
        return inf
    grey = luminance(image)  # of encoded values: edges as they look, not as they are lit
    before, after = _gradient(grey), _gradient(blur(grey, _REBLUR))
    edges = after >= np.quantile(after, 0.9)
    if float(after[edges].mean()) < 1e-4:
        return inf
    ratio = np.maximum(before[edges] / np.maximum(after[edges], 1e-6), 1.0001)
    return float(np.quantile(_REBLUR / np.sqrt(ratio * ratio - 1), 0.25))


def telling(landmarks: Float) -> tuple[Box, Box]:
    """Where a sitter's edges tell how sharp they are: brows to mouth, and the collar.

    landmarks: of the face, (478, 3), pixels.
    """
    marked = landmarks[[*LEFT_BROW, *RIGHT_BROW, *LIPS], :2]
    (x0, y0), (x1, y1) = marked.min(axis=0).tolist(), marked.max(axis=0).tolist()
    x, y = landmarks[CHIN, :2].tolist()
    width = float(np.linalg.norm(landmarks[RIGHT_SIDE] - landmarks[LEFT_SIDE]))
    collar = Box(x - 0.6 * width, y + 0.2 * width, x + 0.6 * width, y + 1.2 * width)
    return Box(x0, y0, x1, y1), collar


def no_sharper(wall: Linear, sitter: float) -> Linear:
    """The wall, linear light (H, W, 3), blurred until its edges are no sharper than `sitter`.

    sitter: the least `edge_blur` of the sitter's parts, in pixels of the wall. One lens saw both: a
    crisp wall behind a soft sitter gives the montage away. A soft wall stays: it is out of focus.
    """
    if not PIXEL_SHARP < sitter < inf:
        return wall
    rows, columns = wall.shape[:2]
    top, left = max(0, rows - _LOOKED_AT) // 2, max(0, columns - _LOOKED_AT) // 2
    own = edge_blur(to_srgb(wall[top : top + _LOOKED_AT, left : left + _LOOKED_AT]))
    missing = sitter**2 - own**2
    return blur(wall, missing**0.5) if missing > _WORTH**2 else wall


def _gradient(grey: Float) -> Float:
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)
