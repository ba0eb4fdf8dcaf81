"""The light on a face, measured from the finished picture alone.

The measurement is independent of the relighting, which shades the sitter's own mesh and corrects by
spherical harmonics. Here the average face of the mesh model stands for the head, posed by the
picture's landmarks, and one hard key light plus even ambient light is fitted to the brightness of
the skin at its points. The two share only the landmarks' places in the plane.
tests/benchmarks/studio/light.py measures the error on known light.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face
from ..faces.head_pose import head_frame
from ..faces.regions import LEFT_BROW, LEFT_EYE, LIPS, NOSTRILS, OVAL, RIGHT_BROW, RIGHT_EYE
from ..images import Image, blur, fit, luminance, to_linear
from .average_face import average_face
from .catchlights import catchlight, mirrored_azimuth

# Key ratio below which the light is so even that its direction means nothing.
LEAST_DIRECTED = 2.2
_CLEARANCE = 0.55  # centimetres between a skin point and the nearest point of eye, brow or lip
_SMOOTH = 0.02  # face widths over which brightness is averaged
_VIEWED = 128.0  # largest width of the face at which it is measured, pixels
_COARSE, _FINE = 6, 1  # degrees between the directions that are tried
_ROUNDS = 4  # of reweighting, so that cast shadows and beards count less

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class MeasuredLight:
    """The light of a picture.

    azimuth, elevation: of the key light, degrees, as in `Light`; azimuth > 0 is image right.
    ratio: key ratio, as in `Light`.
    confidence: share of the skin's variation that the fit explains, 0..1.
    catchlight: azimuth of the lights that both eyes mirror, degrees; None if there are none or the
        irises are too small.
    """

    azimuth: float
    elevation: float
    ratio: float
    confidence: float
    catchlight: float | None


def measure_light(image: Image, face: Face) -> MeasuredLight:
    """The light on `face` in its `image` (sRGB float32 (H, W, 3) 0..1).

    Raises:
        SetupError: the mesh model is missing.
    """
    points, normals = average_face()
    chosen = _skin_points()
    axes = head_frame(face.landmarks).astype(np.float64)
    posed = normals[chosen] @ _frame_of(points).T @ axes
    visible = posed[:, 2] > 0.2
    light = _brightness(image, face, chosen[visible])
    yaw = _yaw(axes)
    azimuth, elevation, key, ambient, explained = _fit_key(light, posed[visible], yaw)
    place = catchlight(image, face)
    return MeasuredLight(
        azimuth=azimuth,
        elevation=elevation,
        ratio=(key + ambient) / max(ambient, 1e-2 * (key + ambient)),
        confidence=explained,
        catchlight=None if place is None else mirrored_azimuth(place[0]) - float(np.degrees(yaw)),
    )


def _frame_of(points: Vectors) -> Vectors:
    """The average face's own axes as rows; the mesh's y runs down."""
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[: len(points)] = points * (1, -1, 1)
    return head_frame(landmarks).astype(np.float64)


def _yaw(frame: Vectors) -> float:
    return float(np.arctan2(frame[2, 0], frame[2, 2]))


@lru_cache(maxsize=1)
def _skin_points() -> NDArray[np.intp]:
    """Mesh points on skin: off the rim and the nostrils, and away from eyes, brows and lips."""
    points, _ = average_face()
    flat = points[:, :2].astype(np.float32)
    chosen = np.ones(len(points), bool)
    chosen[[*OVAL, *NOSTRILS]] = False
    for part in (LEFT_EYE, RIGHT_EYE, LEFT_BROW, RIGHT_BROW, LIPS):
        hull = cv2.convexHull(flat[list(part)])
        for index, (x, y) in enumerate(flat):
            away = -cv2.pointPolygonTest(hull, (float(x), float(y)), True)
            chosen[index] &= away > _CLEARANCE
    return np.nonzero(chosen)[0]


def _brightness(image: Image, face: Face, points: NDArray[np.intp]) -> Vectors:
    """Luminance of the skin around mesh points, as a share of its median."""
    box = face.box.grown(0.15)
    patch = box.cut(image)
    small, factor = fit(patch, round(max(patch.shape[:2]) * min(1.0, _VIEWED / face.width)))
    light = blur(luminance(to_linear(small)), _SMOOTH * factor * face.width)
    corner = np.array([max(0, round(box.x0)), max(0, round(box.y0))], np.float32)
    share = np.array(small.shape[1::-1], np.float32) / np.array(patch.shape[1::-1], np.float32)
    at = (face.landmarks[points, :2] - corner + np.float32(0.5)) * share - np.float32(0.5)
    at = np.asarray(at, np.float32)
    values = cv2.remap(light, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR)[0]
    return np.asarray(values, np.float64) / max(float(np.median(values)), 1e-6)


def _fit_key(
    light: Vectors, normals: Vectors, yaw: float
) -> tuple[float, float, float, float, float]:
    """Azimuth, elevation, strength of key and ambient light, and explained share of variation."""
    base = np.sqrt(normals[:, 2])  # points seen at a slant are worth less
    weight = base
    azimuths, elevations = _grid((0, 102), (28, 48), _COARSE)
    facing = _facing(normals, azimuths, elevations, yaw)
    best, _, _, miss = _best(light, facing, weight)
    for _ in range(_ROUNDS):
        scale = 1.3 * 1.48 * float(np.median(np.abs(miss))) + 1e-6
        weight = base / np.maximum(1, np.abs(miss) / scale)
        best, _, _, miss = _best(light, facing, weight)
    azimuths, elevations = _grid((azimuths[best], _COARSE), (elevations[best], _COARSE), _FINE)
    facing = _facing(normals, azimuths, elevations, yaw)
    best, key, ambient, miss = _best(light, facing, weight)
    spread = light - np.average(light, weights=weight)
    explained = 1 - float((weight * miss**2).sum() / max((weight * spread**2).sum(), 1e-9))
    return (
        float(azimuths[best]),
        float(elevations[best]),
        key,
        ambient,
        float(np.clip(explained, 0, 1)),
    )


def _grid(
    azimuth: tuple[float, float], elevation: tuple[float, float], step: int
) -> tuple[Vectors, Vectors]:
    """A grid of directions; `azimuth` and `elevation` are (middle, reach) in degrees."""
    (a, across), (e, up) = azimuth, elevation
    x, y = np.meshgrid(
        np.arange(a - across, a + across + 1, step), np.arange(e - up, e + up + 1, step)
    )
    return x.ravel().astype(np.float64), y.ravel().astype(np.float64)


def _facing(normals: Vectors, azimuths: Vectors, elevations: Vectors, yaw: float) -> Vectors:
    """Cosines (points, directions) of normals to lights, for a face turned by `yaw` radians."""
    across, up = np.radians(azimuths) + yaw, np.radians(elevations)
    to = np.stack([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)])
    return np.maximum(normals @ to, 0)


def _best(light: Vectors, facing: Vectors, weight: Vectors) -> tuple[int, float, float, Vectors]:
    """The column of `facing` that fits `light` best, its key and ambient strength, the residuals.

    Both strengths are at least 0, by weighted least squares.
    """
    total, weighted = weight.sum(), weight * light
    kk, ka = weight @ (facing * facing) + 1e-9, weight @ facing
    ky, ay = weighted @ facing, float(weighted.sum())
    both = np.maximum(kk * total - ka * ka, 1e-9)
    key, ambient = (ky * total - ay * ka) / both, (ay * kk - ky * ka) / both
    key, ambient = np.where(ambient < 0, ky / kk, key), np.maximum(ambient, 0)
    ambient, key = np.where(key < 0, ay / total, ambient), np.maximum(key, 0)
    single = np.float32  # exact enough for the choice, in half the time
    misses = light.astype(single)[:, None] - facing.astype(single) * key.astype(single)
    misses -= ambient.astype(single)
    best = int((weight.astype(single) @ np.abs(misses, out=misses)).argmin())
    miss = light - facing[:, best] * key[best] - ambient[best]
    return best, float(key[best]), float(ambient[best]), miss
