"""Focus on the eyes, and whether they are blurred by motion or because the focus lies elsewhere."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ..faces import Face
from ..images import Box, Float, blur, resize
from ..photos.preview import Preview

# An eye and its lashes, in distances between the eyes: to each side, up and down.
_ASIDE, _UP, _DOWN = 0.32, 0.22, 0.20
# Pixels between the eyes at which blur is measured: what a headshot of 1024 pixels' width has.
_EYES = 160.0
_REBLUR = 1.5  # pixels; see `portrait.sharpness.edge_blur`
_DIRECTIONS = np.radians([0, 45, 90, 135])
_EDGES = 0.9  # quantile of the gradients from which they are edges


@dataclass(frozen=True)
class Focus:
    """Blur of the sharper eye.

    blur: sigma, in thousandths of the distance between the eyes. Of 45 photos as they are 6.6 to
        16 (10 in the middle), blurred by a twentieth of an eye's width 20 to 30.
    drag: blur in the worst direction over that in the best; 1.0 to 1.5 of photos in focus and out
        of it, 1.4 to 2.4 of eyes dragged by a tenth of their distance.
    """

    blur: float
    drag: float


def eye_focus(photo: Preview, face: Face) -> Focus:
    """The focus on the eyes of `face`, in pixels of `photo.image`, by the full-size photo.

    Raises:
        PhotoDamaged: the photo is cut off.
    """
    full = face.scaled(1 / photo.scale)
    return min((_eye(photo, full, point) for point in full.points[:2]), key=lambda each: each.blur)


def _eye(photo: Preview, face: Face, centre: Float) -> Focus:
    distance = face.eye_distance
    x, y = centre.tolist()
    part = photo.detail(
        Box(
            x - _ASIDE * distance,
            y - _UP * distance,
            x + _ASIDE * distance,
            y + _DOWN * distance,
        )
    )
    if min(part.shape) < 8:
        return Focus(np.inf, 1.0)
    factor = min(1.0, _EYES / distance)
    rows, columns = (max(8, round(side * factor)) for side in part.shape)
    shown = resize(part, columns, rows) if factor < 1 else part
    sigmas = _sigmas(shown) / (distance * factor)
    return Focus(float(1000 * np.sqrt(np.mean(sigmas**2))), float(sigmas.max() / sigmas.min()))


def _sigmas(grey: Float) -> Float:
    """Sigma of the blur in each of `_DIRECTIONS`, pixels.

    As `edge_blur` estimates it, by the energies of the gradients before and after blurring again.
    """
    before, after = _gradients(grey), _gradients(blur(grey, _REBLUR))
    sigmas: list[float] = []
    for angle in _DIRECTIONS:
        sharp, soft = (np.abs(x * np.cos(angle) + y * np.sin(angle)) for x, y in (before, after))
        edges = soft >= np.quantile(soft, _EDGES)
        ratio = np.mean(sharp[edges] ** 2) / max(float(np.mean(soft[edges] ** 2)), 1e-12)
        sigmas.append(_REBLUR / np.sqrt(max(ratio, 1.0002) - 1))
    return np.array(sigmas, np.float32)


def _gradients(grey: Float) -> tuple[Float, Float]:
    across, down = cv2.Sobel(grey, cv2.CV_32F, 1, 0), cv2.Sobel(grey, cv2.CV_32F, 0, 1)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)
