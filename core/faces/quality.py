"""How far the pixels of a face allow it to be recognised: size, sharpness, pose and exposure."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Float, Image, blur, luminance, to_linear
from . import regions
from .alignment import ARCFACE, ARCFACE_SIZE, moved, similarity, warp
from .analyser import Pose

# Side of the aligned face that is measured: its eyes are 75 pixels apart, about what
# ISO/IEC 29794-5 asks of a photo.
SIZE = 240


@dataclass(frozen=True)
class FaceMeasures:
    """What the pixels of one face say.

    eye_distance: pixels. sharpness: 0..1, detail finer than 1/40 of the eye distance against the
        coarser detail. brightness: median L* (0..100) of the face. clipped: share of the face,
        0..1, that is blown out. crushed: the same for black. inside: share of the mesh points that
        lie within the picture, 0..1.
    """

    eye_distance: float
    sharpness: float
    brightness: float
    clipped: float
    crushed: float
    inside: float


def measure(image: Image, landmarks: Float, points: Float) -> FaceMeasures:
    """Measure the face with these landmarks (478, 3) and points (5, 2) in `image`."""
    target = ARCFACE * np.float32(SIZE / ARCFACE_SIZE)
    matrix = similarity(points, target)
    aligned = np.clip(warp(image, matrix, SIZE), 0, 1)
    oval = moved(landmarks[list(regions.OVAL), :2], matrix)
    mask = np.zeros((SIZE, SIZE), np.uint8)
    cv2.fillConvexPoly(mask, np.round(oval).astype(np.int32), 1)
    light = luminance(to_linear(aligned))
    rows, columns = image.shape[:2]
    x, y = landmarks[:468, 0], landmarks[:468, 1]
    inside = (x >= -0.5) & (y >= -0.5) & (x <= columns - 0.5) & (y <= rows - 0.5)
    face = mask > 0
    if not face.any():
        return FaceMeasures(0.0, 0.0, 0.0, 0.0, 0.0, float(inside.mean()))
    lightness = _lightness(light)
    return FaceMeasures(
        eye_distance=float(np.linalg.norm(points[1] - points[0])),
        sharpness=_sharpness(lightness, face),
        brightness=float(np.median(lightness[face])),
        clipped=float((aligned[face].min(axis=1) > 0.985).mean()),
        crushed=float((aligned[face].max(axis=1) < 0.02).mean()),
        inside=float(inside.mean()),
    )


def score(measures: FaceMeasures, pose: Pose) -> float:
    """Quality 0..1: the product of four shares, so that one bad property is enough to lower it."""
    size = _ramp(measures.eye_distance, 12, 70)
    turned = float(np.hypot(pose.yaw, pose.pitch))
    facing = 1 - 0.9 * _ramp(turned, 10, 70)
    exposure = _ramp(measures.brightness, 5, 40) * (1 - _ramp(measures.brightness, 80, 100))
    exposure *= 1 - _ramp(measures.clipped, 0.02, 0.5)
    sharp = measures.sharpness
    return float(np.clip((size * sharp * facing * exposure) ** 0.5 * measures.inside, 0, 1))


def _lightness(light: Float) -> Float:
    """CIE L* 0..100 of relative luminance."""
    cube = np.cbrt(light)
    return np.where(light > 216 / 24389, 116 * cube - 16, light * (24389 / 27)).astype(np.float32)


def _sharpness(lightness: Float, face: NDArray[np.bool_]) -> float:
    """Detail finer than 1/40 of the eye distance against detail four times coarser, 0..1."""
    fine = lightness - blur(lightness, 1.5)
    coarse = blur(lightness, 1.5) - blur(lightness, 6)
    ratio = float(np.std(fine[face])) / max(float(np.std(coarse[face])), 0.5)
    return _ramp(ratio, 0.05, 0.35)


def _ramp(value: float, low: float, high: float) -> float:
    """0 at `low` and below, 1 at `high` and above, straight in between."""
    return float(np.clip((value - low) / (high - low), 0, 1))
