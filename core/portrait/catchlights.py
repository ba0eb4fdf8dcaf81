"""Catchlights, the reflections of lamps in the eyes: where they are and where one should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import cv2
import numpy as np

from ..faces import Face
from ..faces.masks import soft_polygon_mask
from ..faces.regions import LEFT_EYE, LEFT_IRIS, RIGHT_EYE, RIGHT_IRIS
from ..images import Float, Image, Mask, blur, luminance, to_linear

_EYES = ((LEFT_IRIS, LEFT_EYE), (RIGHT_IRIS, RIGHT_EYE))
SMALLEST = 4.0  # iris radius in pixels; in smaller irises a reflection is a pixel or less
# The cornea's radius of curvature is 7.8 mm, the iris's radius 5.85 mm (population means).
_CORNEA = 7.8 / 5.85
# A reflection is at least this many times as bright as the iris's median, and as the skin around
# the eye. On five portraits reflections are .98 to 14 times as bright as the skin, irises without
# one at most .6 times.
_BRIGHTER, _OF_SKIN = 2.5, 0.6
_LEAST_SHARE = 0.006  # of the iris's area; less is noise
_LARGEST_SHARE = 0.2  # more is an eye that the mesh has missed
FAINTER = 0.3  # share of the brightest reflection from which a second one is a lamp and not a glint
# Beyond the first figure, in iris radii, a bright pixel may be the white of the eye that reaches
# into a badly placed disc; a reflection has at most the second figure's share of its pixels there.
_RIM, _MOST_ON_RIM = 0.88, 0.25
_LID = 0.25  # iris radii above the lower lid's edge that may be its wet rim
# Largest distance between the places of one lamp in both eyes, iris radii: both look at the camera,
# so the places hardly differ, and the mesh places irises to about a tenth.
_APART = 0.55


@dataclass(frozen=True, eq=False)
class Eye:
    """An eye of a picture.

    x, y, radius: of the iris, in pixels of the picture.
    rows, columns: the region of the picture around it, (h, w).
    opening: what the lids leave open, float32 (h, w) 0..1.
    iris: the whole disc of the iris, float32 (h, w) 0..1.
    """

    x: float
    y: float
    radius: float
    rows: slice
    columns: slice
    opening: Mask
    iris: Mask


@dataclass(frozen=True, eq=False)
class _Reflection:
    """A reflection in one eye.

    spot: its pixels in the eye's region, 0 or 1, float32 (h, w).
    place: in iris radii, as `expected_catchlight` gives it.
    light: amount of light relative to the skin around the eye.
    """

    spot: Mask
    place: tuple[float, float]
    light: float


@dataclass(frozen=True, eq=False)
class ReflectionPair:
    """One lamp's reflections in both eyes.

    spots: one for each eye, as in `_Reflection`.
    place, light: means over the eyes.
    """

    spots: tuple[Mask, ...]
    place: tuple[float, float]
    light: float


def expected_catchlight(azimuth: float, elevation: float) -> tuple[float, float]:
    """Where an eye that looks at the camera mirrors a light in this direction.

    azimuth, elevation: degrees from the camera.

    Returns x to image right and y up, in iris radii from the iris's middle: where the cornea's
    normal halves the angle between light and camera.
    """
    a, e = np.radians([azimuth, elevation])
    half = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e) + 1])
    x, y, _ = _CORNEA * half / np.linalg.norm(half)
    return float(x), float(y)


def mirrored_azimuth(x: float) -> float:
    """Azimuth in degrees of a light that is mirrored `x` iris radii to image right.

    The inverse of `expected_catchlight` for a light at the camera's height.
    """
    return float(np.degrees(2 * np.arcsin(np.clip(x / _CORNEA, -1, 1))))


def catchlight(image: Image, face: Face) -> tuple[float, float] | None:
    """Where the reflections sit in the irises of `image` (sRGB float32 (H, W, 3) 0..1).

    As `expected_catchlight` gives it: the mean over the reflections, weighted by their light. None
    without any that both eyes show.
    """
    eyes = eyes_of(face.landmarks, image.shape)
    pairs = reflection_pairs(
        [luminance(to_linear(image[eye.rows, eye.columns])) for eye in eyes], eyes
    )
    return middle_of(pairs) if pairs else None


def large_enough(face: Face) -> bool:
    """Whether the irises have enough pixels to separate a reflection from noise."""
    return bool(_radii(face.landmarks).min() >= SMALLEST)


def _radii(landmarks: Float) -> Float:
    """Radii of both irises (2,), pixels."""
    middles = landmarks[[iris[0] for iris, _ in _EYES], None, :2]
    rings = landmarks[[iris[1:] for iris, _ in _EYES], :2]
    return np.asarray(np.linalg.norm(rings - middles, axis=2).mean(axis=1), np.float32)


def eyes_of(landmarks: Float, shape: tuple[int, ...]) -> list[Eye]:
    """The eyes that are large and open enough to show a reflection."""
    eyes: list[Eye] = []
    for (iris, lids), radius in zip(_EYES, map(float, _radii(landmarks)), strict=True):
        x, y = landmarks[iris[0], :2]
        outline = landmarks[list(lids), :2]
        reach = 1.4 * radius
        rows = slice(max(0, round(y - reach)), min(shape[0], round(y + reach) + 1))
        columns = slice(max(0, round(x - reach)), min(shape[1], round(x + reach) + 1))
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if radius < SMALLEST or height < radius or width < radius:
            continue
        corner = np.array([columns.start, rows.start], np.float32)
        opening = soft_polygon_mask((height, width), outline - corner)
        down, across = np.mgrid[0:height, 0:width].astype(np.float32)
        away = np.hypot(across + columns.start - x, down + rows.start - y)
        disc = np.clip(1.02 * radius - away + 0.5, 0, 1).astype(np.float32)
        if float((opening * disc).sum()) < 0.35 * np.pi * radius**2:
            continue
        eyes.append(Eye(float(x), float(y), radius, rows, columns, opening, disc))
    return eyes


def reflection_pairs(lights: Sequence[Float], eyes: Sequence[Eye]) -> list[ReflectionPair]:
    """The reflections that all `eyes` show in nearly the same place, the brightest first.

    lights: luminance of each eye's region, float32 (h, w), linear.
    """
    if not eyes:
        return []
    reflections = [_reflections(light, eye) for light, eye in zip(lights, eyes, strict=True)]
    pairs: list[ReflectionPair] = []
    while all(reflections):
        group = min(product(*reflections), key=_spread)
        if _spread(group) > _APART:
            break
        x, y = np.mean([each.place for each in group], axis=0)
        light = float(np.mean([each.light for each in group]))
        pairs.append(
            ReflectionPair(tuple(each.spot for each in group), (float(x), float(y)), light)
        )
        reflections = [
            [r for r in own if r is not one] for own, one in zip(reflections, group, strict=True)
        ]
    return sorted(pairs, key=lambda pair: -pair.light)


def middle_of(pairs: Sequence[ReflectionPair]) -> tuple[float, float]:
    """Mean place of reflections, weighted by their light."""
    x, y = np.average([p.place for p in pairs], axis=0, weights=[p.light for p in pairs])
    return float(x), float(y)


def apart(one: tuple[float, float], other: tuple[float, float]) -> float:
    return float(np.hypot(one[0] - other[0], one[1] - other[1]))


def _spread(group: Sequence[_Reflection]) -> float:
    return float(np.linalg.norm(np.ptp([each.place for each in group], axis=0)))


def _reflections(light: Float, eye: Eye) -> list[_Reflection]:
    """The reflections in an iris with this luminance (h, w)."""
    open_ = eye.opening > 0.8
    below = max(1, round(_LID * eye.radius))
    clear = np.zeros_like(open_)
    clear[:-below] = open_[below:]
    inside = (eye.iris > 0.5) & open_ & clear
    around = eye.opening < 0.02
    if inside.sum() < 12 or not around.any():
        return []
    soft = blur(light, 0.06 * eye.radius)  # grain is no reflection
    middle, skin = float(np.median(soft[inside])), float(np.median(soft[around]))
    peak = float(soft[inside].max())
    bright = inside & (soft > max(_BRIGHTER * middle, _OF_SKIN * skin, FAINTER * peak))
    down, across = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    away = np.hypot(across + eye.columns.start - eye.x, down + eye.rows.start - eye.y)
    rim = away > _RIM * eye.radius
    count, labels = cv2.connectedComponents(bright.astype(np.uint8))
    reflections: list[_Reflection] = []
    for label in range(1, count):
        piece = labels == label
        share = float(piece.sum()) / (np.pi * eye.radius**2)
        if rim[piece].mean() <= _MOST_ON_RIM and _LEAST_SHARE < share < _LARGEST_SHARE:
            excess = np.maximum(light - middle, 0) * piece
            strength = float(excess.sum()) / (skin * eye.radius**2)
            reflections.append(_Reflection(piece.astype(np.float32), _place(excess, eye), strength))
    return reflections


def _place(weight: Float, eye: Eye) -> tuple[float, float]:
    """Middle of `weight` (h, w), iris radii to image right and up from the iris's middle."""
    rows, columns = np.nonzero(weight)
    amount = weight[rows, columns]
    x = float(np.average(columns, weights=amount)) + eye.columns.start
    y = float(np.average(rows, weights=amount)) + eye.rows.start
    return (x - eye.x) / eye.radius, (eye.y - y) / eye.radius
