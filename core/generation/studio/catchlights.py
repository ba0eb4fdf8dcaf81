"""Catchlights: the reflection of the key in the eyes, where it is and where it should be."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from ...faces import Face
from ...faces.regions import LEFT_EYE, LEFT_IRIS, RIGHT_EYE, RIGHT_IRIS
from ...images import Float, Image, Linear, Mask, blur, luminance, to_linear
from .skin import disc

_EYES = ((LEFT_IRIS, LEFT_EYE), (RIGHT_IRIS, RIGHT_EYE))
_SMALLEST = 4.0  # iris radius in pixels; in smaller irises a reflection is a pixel or less
# The cornea's radius of curvature is 7.8 mm, the iris's radius 5.85 mm (population means).
_CORNEA = 7.8 / 5.85
_BRIGHTER = 2.5  # times the iris's median luminance: a reflection
_LEAST_SHARE = 0.006  # of the iris's area; less is noise
_LARGEST_SHARE = 0.3  # more is an eye that the mesh has missed
_RIM = 0.88  # iris radii beyond which it may be the white of the eye
_OUTERMOST = 0.7  # iris radii: further out no reflection is put, it would lie on the rim
# Iris radii between a reflection and where the key would be mirrored, up to which it may be the
# key's: eyes don't quite look at the camera, and lamps are large.
FAR = 0.45


@dataclass(frozen=True, eq=False)
class _Eye:
    """An eye of a picture: iris middle and radius in pixels, region of the picture around it,
    what of the region the lids leave open and what is iris, both (h, w) 0..1.
    """

    x: float
    y: float
    radius: float
    rows: slice
    columns: slice
    opening: Mask
    iris: Mask


def expected_catchlight(azimuth: float, elevation: float) -> tuple[float, float]:
    """Where a light in this direction (degrees from the camera) is mirrored in an eye that looks
    at the camera: iris radii to image right and up from the iris's middle.

    The cornea mirrors it where its normal halves the angle between light and camera.
    """
    a, e = np.radians([azimuth, elevation])
    half = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e) + 1])
    x, y, _ = _CORNEA * half / np.linalg.norm(half)
    return float(x), float(y)


def catchlight(image: Image, face: Face) -> tuple[float, float] | None:
    """Where the reflections sit in the irises of `image` (sRGB), as `expected_catchlight` tells
    it: mean of both eyes, or of the one that has any; None without any.
    """
    found: list[tuple[float, float]] = []
    for eye in _eyes(face.landmarks, image.shape):
        light = luminance(to_linear(image[eye.rows, eye.columns]))
        spot = _reflection(light, eye)
        if spot is not None:
            found.append(_place(light * spot, eye))
    if not found:
        return None
    x, y = np.mean(found, axis=0)
    return float(x), float(y)


def move_catchlights(linear: Linear, landmarks: Float, azimuth: float, elevation: float) -> Linear:
    """`linear` (H, W, 3) with the reflections in the eyes where a key in this direction puts them.

    landmarks: the mesh (478, 3) in pixels of the picture. azimuth, elevation: degrees from the
    camera, azimuth > 0 is image right. The eyes' own reflections are moved, none are made. Both
    eyes follow, or neither: not where one shows no reflection, where they show different ones, or
    where those they show could be the key's already.
    """
    eyes = _eyes(landmarks, linear.shape)
    lights = [luminance(linear[eye.rows, eye.columns]) for eye in eyes]
    found = [_reflection(light, eye) for light, eye in zip(lights, eyes, strict=True)]
    spots = [spot for spot in found if spot is not None]
    if len(spots) < 2:
        return linear
    places = np.array(
        [_place(light * spot, eye) for light, spot, eye in zip(lights, spots, eyes, strict=True)]
    )
    place = places.mean(axis=0)
    away = np.hypot(*np.subtract(expected_catchlight(azimuth, elevation), place))
    if away < FAR or np.hypot(*(places[0] - places[1])) > FAR:
        return linear
    result = linear.copy()
    for spot, eye in zip(spots, eyes, strict=True):
        x, y = _visible_place(expected_catchlight(azimuth, elevation), eye) - place
        shift = float(x) * eye.radius, -float(y) * eye.radius
        result[eye.rows, eye.columns] = _moved(linear[eye.rows, eye.columns], spot, shift, eye)
    return result


def _moved(patch: Linear, spot: Mask, shift: tuple[float, float], eye: _Eye) -> Linear:
    """The eye with the reflections at `spot` moved by `shift` pixels (right, down)."""
    reach = 0.16 * eye.radius
    grown = np.asarray(cv2.dilate(spot, disc(reach)), np.float32)
    hidden = np.clip(blur(grown, 0.5 * reach) * np.float32(1.4), 0, 1) * eye.iris * eye.opening
    around = (1 - grown) * eye.iris * eye.opening
    sigma = 0.2 * eye.radius
    coloured = np.asarray(patch * around[..., None], np.float32)
    iris = blur(coloured, sigma) / (blur(around, sigma) + 1e-4)[..., None]
    share = hidden[..., None]
    clean = patch * (1 - share) + np.minimum(iris, patch) * share
    matrix = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    size = (patch.shape[1], patch.shape[0])
    moved = np.asarray(cv2.warpAffine(np.asarray(patch - clean, np.float32), matrix, size))
    return np.asarray(clean + moved * (eye.iris * eye.opening)[..., None], np.float32)


def _eyes(landmarks: Float, shape: tuple[int, ...]) -> list[_Eye]:
    """The eyes that are large enough and open enough to be told of."""
    eyes: list[_Eye] = []
    for iris, lids in _EYES:
        points = landmarks[list(iris), :2]
        (x, y), radius = points[0], float(np.hypot(*(points[1:] - points[0]).T).mean())
        outline = landmarks[list(lids), :2]
        reach = 1.4 * radius
        rows = slice(max(0, round(y - reach)), min(shape[0], round(y + reach) + 1))
        columns = slice(max(0, round(x - reach)), min(shape[1], round(x + reach) + 1))
        height, width = rows.stop - rows.start, columns.stop - columns.start
        if radius < _SMALLEST or height < radius or width < radius:
            continue
        corner = np.array([columns.start, rows.start], np.float32)
        opening = _filled((height, width), outline - corner)
        down, across = np.mgrid[0:height, 0:width].astype(np.float32)
        away = np.hypot(across + columns.start - x, down + rows.start - y)
        disc = np.clip(1.02 * radius - away + 0.5, 0, 1).astype(np.float32)
        if float((opening * disc).sum()) < 0.35 * np.pi * radius**2:
            continue
        eyes.append(_Eye(float(x), float(y), radius, rows, columns, opening, disc))
    return eyes


def _reflection(light: Float, eye: _Eye) -> Mask | None:
    """Pixels of reflections in the iris as 0 or 1 (h, w); None if there are none."""
    inside = (eye.iris > 0.5) & (eye.opening > 0.8)
    if inside.sum() < 12:
        return None
    middle = float(np.median(light[inside]))
    peak = float(np.quantile(light[inside], 0.995))
    bright = inside & (light > max(_BRIGHTER * middle, 0.45 * peak))
    # The white of the eye reaches into a badly placed disc: what touches its rim is not counted.
    down, across = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    away = np.hypot(across + eye.columns.start - eye.x, down + eye.rows.start - eye.y)
    count, labels = cv2.connectedComponents(bright.astype(np.uint8))
    spot = np.zeros(light.shape, np.float32)
    for label in range(1, count):
        piece = labels == label
        if piece.sum() >= 2 and away[piece].max() < _RIM * eye.radius:
            spot[piece] = 1
    share = float(spot.sum()) / (np.pi * eye.radius**2)
    return spot if _LEAST_SHARE < share < _LARGEST_SHARE else None


def _place(weight: Float, eye: _Eye) -> tuple[float, float]:
    """Middle of `weight` (h, w), iris radii to image right and up from the iris's middle."""
    rows, columns = np.nonzero(weight)
    amount = weight[rows, columns]
    x = float(np.average(columns, weights=amount)) + eye.columns.start
    y = float(np.average(rows, weights=amount)) + eye.rows.start
    return (x - eye.x) / eye.radius, (eye.y - y) / eye.radius


def _visible_place(wanted: tuple[float, float], eye: _Eye) -> tuple[float, float]:
    """`wanted`, drawn towards the iris's middle until the lids leave it free."""
    most = min(1.0, _OUTERMOST / max(float(np.hypot(*wanted)), 1e-6))
    for share in np.arange(1, 0.2, -0.1) * most:
        x, y = float(wanted[0] * share), float(wanted[1] * share)
        row = round(eye.y - y * eye.radius) - eye.rows.start
        column = round(eye.x + x * eye.radius) - eye.columns.start
        inside = 0 <= row < eye.opening.shape[0] and 0 <= column < eye.opening.shape[1]
        if inside and eye.opening[row, column] > 0.95:
            return x, y
    return wanted[0] * 0.2, wanted[1] * 0.2


def _filled(shape: tuple[int, int], outline: Float) -> Mask:
    canvas = np.zeros(shape, np.uint8)
    corners = np.round(outline * 16).astype(np.int32)  # 4 fractional bits
    cv2.fillPoly(canvas, [corners], (255,), lineType=cv2.LINE_AA, shift=4)
    return canvas.astype(np.float32) / np.float32(255)
