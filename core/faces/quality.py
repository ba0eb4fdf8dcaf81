"""How far the pixels of a face allow it to be recognised: size, sharpness, pose and light."""

from __future__ import annotations

import numpy as np

from ..images import Box, Float, Image, luminance, to_linear, to_srgb
from ..photos.suitability import sharpness
from .analyser import Pose

# Pixels between the eyes: recognisers see 35, ISO/IEC 29794-5 asks for 70.
_SMALL, _LARGE = 10.0, 70.0
# See `photos.checking` for what these measure and where real photos lie.
_BLURRED, _SHARP = 0.10, 0.32
_DARK, _LIT = 0.10, 0.40
_BURNT_SOME, _BURNT = 0.02, 0.60
# Degrees away from the camera.
_FRONTAL, _PROFILE = 10.0, 75.0


def face_quality(image: Image, box: Box, landmarks: Float, points: Float, pose: Pose) -> float:
    """Quality 0..1 of the face with this mesh (478, 3) and these points (5, 2) in `image`.

    The root of the product of shares, each 0..1, so that one bad property is enough to lower it.
    Dark skin costs nothing: light is judged by the brightest details (eyes, teeth, shine).
    """
    part = np.clip(box.grown(-0.1).cut(image), 0, 1)
    if part.size == 0:
        return 0.0
    brightest = float(np.percentile(to_srgb(luminance(to_linear(part))), 99))
    burnt = float(((part >= 0.98).sum(axis=2) >= 2).mean())
    turned = float(np.hypot(pose.yaw, pose.pitch))
    shares = (
        _ramp(float(np.linalg.norm(points[1] - points[0])), _SMALL, _LARGE),
        _ramp(sharpness(image, box), _BLURRED, _SHARP),
        1 - 0.9 * _ramp(turned, _FRONTAL, _PROFILE),
        _ramp(brightest, _DARK, _LIT),
        1 - 0.9 * _ramp(burnt, _BURNT_SOME, _BURNT),
        inside(landmarks, image.shape),
    )
    return float(np.clip(np.prod(shares) ** 0.5, 0, 1))


def inside(landmarks: Float, shape: tuple[int, ...]) -> float:
    """Share of the mesh's points that lie within a picture of `shape` (H, W, ...), 0..1."""
    x, y = landmarks[:468, 0], landmarks[:468, 1]
    rows, columns = shape[:2]
    within = (x >= -0.5) & (y >= -0.5) & (x <= columns - 0.5) & (y <= rows - 0.5)
    return float(within.mean())


def _ramp(value: float, low: float, high: float) -> float:
    """0 at `low` and below, 1 at `high` and above, straight in between."""
    return float(np.clip((value - low) / (high - low), 0, 1))
