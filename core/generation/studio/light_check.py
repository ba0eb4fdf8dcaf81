"""The light of a finished picture, measured without what the relighting knew, against the asked.

The relighting shades the sitter's own mesh and corrects by spherical harmonics. This check uses
neither: the average face that ships with the mesh model stands for the head, posed by the
landmarks found in the finished picture, and one hard key plus even ambient light is fitted to the
brightness of the skin at its points. What it shares with the relighting is the place of the
landmarks in the plane. tests/benchmarks/studio/light.py measures its own error on light that is
known exactly.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ...faces import Face
from ...faces.posing import head_frame
from ...faces.regions import LEFT_BROW, LEFT_EYE, LIPS, NOSTRILS, OVAL, RIGHT_BROW, RIGHT_EYE
from ...images import Image, blur, luminance, to_linear
from ..looks import Light
from .canonical import average_face
from .catchlights import FAR, catchlight, expected_catchlight

_CLEARANCE = 0.55  # centimetres between a skin point and the nearest point of eye, brow or lip
_SMOOTH = 0.02  # face widths over which brightness is averaged
_COARSE, _FINE = 6, 1  # degrees between directions that are tried
_ROUNDS = 4  # of reweighting, so that shadows and beards count less

# Below this key ratio there is no key to speak of, and its direction means nothing.
_DIRECTIONLESS = 2.2
# How far measured may lie from asked: azimuth and elevation in degrees, key ratio in stops. A
# little more than the largest errors of the check itself on known light: 14, 24 and .9 where the
# pattern has a direction.
_AZIMUTH, _ELEVATION, _STOPS = 18.0, 30.0, 1.0

Vectors = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """The light of a picture.

    azimuth, elevation: of the key, degrees, as in `Light`; azimuth > 0 is image right.
    ratio: key ratio, as `Light.ratio`. confidence: 0..1, share of the skin's variation that the
        fit explains.
    catchlight: where the brightest reflection sits in the irises, in iris radii to image right and
        up from their middle; None if there is none or the eyes are too small.
    """

    azimuth: float
    elevation: float
    ratio: float
    confidence: float
    catchlight: tuple[float, float] | None


@dataclass(frozen=True)
class Finding:
    """One way in which the measured light is not the asked one.

    name: "azimuth", "elevation", "ratio" (these in degrees or stops) or "catchlight" (iris radii).
    off: how far from what was asked, tolerance: how far is let pass. text: for people.
    """

    name: str
    off: float
    tolerance: float
    text: str


def measure_light(image: Image, face: Face) -> Measured:
    """The light on `face` in `image` (sRGB float32 (H, W, 3) 0..1), where `face` was found.

    Raises:
        SetupError: the mesh model is missing.
    """
    points, normals = average_face()
    chosen = _skin_points()
    found = head_frame(face.landmarks).astype(np.float64)
    posed = normals[chosen] @ _frame_of(points).T @ found
    seen = posed[:, 2] > 0.2
    light = _brightness(image, face, chosen[seen])
    azimuth, elevation, key, ambient, explained = _fit_key(light, posed[seen], _yaw(found))
    return Measured(
        azimuth=azimuth,
        elevation=elevation,
        ratio=(key + ambient) / max(ambient, 1e-2 * (key + ambient)),
        confidence=explained,
        catchlight=catchlight(image, face),
    )


def check(asked: Light, side: float, measured: Measured) -> list[Finding]:
    """How `measured` contradicts `asked`; empty if the light is what it should be.

    side: 1 the key was put to image right, -1 to image left. A light of less than full strength
    keeps some of the photo's own, and is held to less.
    """
    findings: list[Finding] = []
    own = 1 - asked.strength
    stops = asked.strength * float(np.log2(min(asked.ratio, 100)))
    slack = 1 + own
    found = float(np.log2(measured.ratio))
    if abs(found - stops) > (_STOPS + own) * slack:
        text = f"key ratio {2**found:.1f}:1, asked {2**stops:.1f}:1"
        findings.append(Finding("ratio", abs(found - stops), (_STOPS + own) * slack, text))
    if 2**stops < _DIRECTIONLESS:
        return findings
    wanted = side * asked.azimuth
    for name, off, tolerance, text in (
        ("azimuth", measured.azimuth - wanted, _AZIMUTH, f"{measured.azimuth:.0f} aside"),
        (
            "elevation",
            measured.elevation - asked.elevation,
            _ELEVATION,
            f"{measured.elevation:.0f} up",
        ),
    ):
        if abs(off) > tolerance * slack:
            at = wanted if name == "azimuth" else asked.elevation
            findings.append(
                Finding(name, abs(off), tolerance * slack, f"key {text}, asked {at:.0f} degrees")
            )
    if measured.catchlight is not None:
        x, y = expected_catchlight(wanted, asked.elevation)
        away = float(np.hypot(measured.catchlight[0] - x, measured.catchlight[1] - y))
        opposite = measured.catchlight[0] * x < 0 and abs(x) > 0.15
        if away > FAR and (opposite or measured.catchlight[1] < -0.15):
            text = "the catchlights show a light that is not the key"
            findings.append(Finding("catchlight", away, FAR, text))
    return findings


def _frame_of(points: Vectors) -> Vectors:
    """The average face's own axes as rows; the mesh's y runs down."""
    landmarks = np.zeros((478, 3), np.float32)
    landmarks[: len(points)] = points * (1, -1, 1)
    return head_frame(landmarks).astype(np.float64)


def _yaw(frame: Vectors) -> float:
    return float(np.arctan2(frame[2, 0], frame[2, 2]))


@lru_cache(maxsize=1)
def _skin_points() -> NDArray[np.intp]:
    """Mesh points on skin: not on the rim, in a nostril, or near eyes, brows and lips."""
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
    light = blur(luminance(to_linear(patch)), _SMOOTH * face.width)
    corner = np.array([max(0, round(box.x0)), max(0, round(box.y0))], np.float32)
    at = (face.landmarks[points, :2] - corner).astype(np.float32)
    values = cv2.remap(light, at[None, :, 0], at[None, :, 1], cv2.INTER_LINEAR)[0]
    return np.asarray(values, np.float64) / max(float(np.median(values)), 1e-6)


def _fit_key(
    light: Vectors, normals: Vectors, yaw: float
) -> tuple[float, float, float, float, float]:
    """Azimuth, elevation, strengths of key and ambient light, share of the variation explained."""
    base = np.sqrt(normals[:, 2])  # points seen at a slant are worth less
    weight = base
    azimuths, elevations = _grid((0, 102), (28, 48), _COARSE)
    best, key, ambient, miss = 0, 0.0, 1.0, np.zeros_like(light)
    for turn in range(_ROUNDS + 1):
        if turn == _ROUNDS:  # the weights have settled: look closer
            azimuths, elevations = _grid(
                (azimuths[best], _COARSE), (elevations[best], _COARSE), _FINE
            )
        facing = np.clip(normals @ _directions(azimuths, elevations, yaw).T, 0, None)
        keys, ambients = _solve(light, facing, weight)
        misses = light[:, None] - facing * keys - ambients
        best = int((np.abs(misses) * weight[:, None]).sum(0).argmin())
        key, ambient, miss = float(keys[best]), float(ambients[best]), misses[:, best]
        scale = 1.3 * 1.48 * float(np.median(np.abs(miss))) + 1e-6
        if turn < _ROUNDS:
            weight = base / np.maximum(1, np.abs(miss) / scale)
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
    """All directions about a middle, given as (middle, reach) in degrees."""
    (a, across), (e, up) = azimuth, elevation
    x, y = np.meshgrid(
        np.arange(a - across, a + across + 1, step), np.arange(e - up, e + up + 1, step)
    )
    return x.ravel().astype(np.float64), y.ravel().astype(np.float64)


def _directions(azimuths: Vectors, elevations: Vectors, yaw: float) -> Vectors:
    """Unit vectors (N, 3) of directions relative to a face turned by `yaw` radians."""
    across, up = np.radians(azimuths) + yaw, np.radians(elevations)
    return np.stack([np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)], 1)


def _solve(light: Vectors, facing: Vectors, weight: Vectors) -> tuple[Vectors, Vectors]:
    """Least-squares key and ambient strengths >= 0 for each column of `facing`."""
    w = weight[:, None]
    total = weight.sum()
    kk, ka = (facing * facing * w).sum(0) + 1e-9, (facing * w).sum(0)
    ky, ay = (facing * light[:, None] * w).sum(0), float((light * weight).sum())
    both = np.maximum(kk * total - ka * ka, 1e-9)
    key, ambient = (ky * total - ay * ka) / both, (ay * kk - ky * ka) / both
    key, ambient = np.where(ambient < 0, ky / kk, key), np.maximum(ambient, 0)
    ambient, key = np.where(key < 0, ay / total, ambient), np.maximum(key, 0)
    return key, ambient
