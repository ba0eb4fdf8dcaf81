"""How sharp a picture is, told by the blur of its edges."""

from __future__ import annotations

from math import inf

import cv2
import numpy as np

from ..faces import Face
from ..faces.regions import CHIN, LEFT_BROW, LEFT_SIDE, LIPS, RIGHT_BROW, RIGHT_SIDE
from ..images import Box, Float, Image, blur, fit, luminance

# Pixels. Blur added on purpose to estimate the blur that is there, and what pixel-sharp gives.
_REBLUR = 1.5
PIXEL_SHARP = 1.1
# A picture sharp at this height is sharp at any: larger ones are looked at reduced.
_VIEWED_HEIGHT = 1280


def sharpness(image: Image, face: Face) -> float:
    """Sharpness of brows, eyes and mouth, 0..1, higher is sharper: 1 is sharp to the pixel (of 1280
    in height).

    By the blur of the sharper edges (Zhuo and Sim, Pattern Recognition 44, 2011); see `edge_blur`.
    Measured on five portraits framed at 1024x1280: 0.81 to 0.98 from photos enlarged 1.4 to 1.6
    times, 0.48 from one enlarged 4.5 times; each blurred by a further 4 px 0.24 to 0.31.
    """
    eye = face.eye_distance
    left, top = face.points[:, 0].min() - 0.5 * eye, face.points[:2, 1].min() - 0.4 * eye
    right, bottom = face.points[:, 0].max() + 0.5 * eye, face.points[3:, 1].max() + 0.3 * eye
    patch = Box(float(left), float(top), float(right), float(bottom)).cut(image)
    if min(patch.shape[:2]) < 8:
        return 0.0
    factor = min(1.0, _VIEWED_HEIGHT / image.shape[0])
    patch, _ = fit(patch, max(8, round(max(patch.shape[:2]) * factor)))
    return min(1.0, PIXEL_SHARP / edge_blur(patch))


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


def _gradient(grey: Float) -> Float:
    across = cv2.Sobel(grey, cv2.CV_32F, 1, 0)
    down = cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(cv2.magnitude(across, down), np.float32)
