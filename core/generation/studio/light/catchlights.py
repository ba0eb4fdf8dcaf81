"""Moves catchlights to where the eyes would mirror a key light."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....faces.masks import disc
from ....images import Float, Linear, Mask, blur, luminance
from ....portrait.catchlights import (
    FAINTER,
    Eye,
    ReflectionPair,
    apart,
    expected_catchlight,
    eyes_of,
    middle_of,
    reflection_pairs,
)

_OUTERMOST = 0.7  # iris radii: no reflection is placed further out, near the rim
# Largest distance in iris radii between a reflection and the key light's expected place at which it
# counts as the key's: eyes don't quite look at the camera, and lamps are large.
_NEAR = 0.4


def eye_rows(landmarks: Float) -> tuple[int, int]:
    """First row and end of the rows around both irises, which must be lit in one piece."""
    irises = landmarks[468:478, 1]
    around = 0.7 * float(np.ptp(irises))
    return int(irises.min() - around), int(irises.max() + around) + 1


def move_catchlights(
    linear: Linear, landmarks: Float, azimuth: float, elevation: float, ratio: float
) -> Linear:
    """`linear` with the catchlights that a key light in this direction makes.

    linear: linear RGB float32 (H, W, 3); returned as it is where nothing changes.
    landmarks: the mesh, float32 (478, 3), in pixels of the picture.
    azimuth, elevation: of the key, degrees from the camera; azimuth > 0 is image right.
    ratio: the key ratio.

    The reflection nearest to the key's expected place is the key's; if none is near, the brightest
    is moved there. The others are dimmed relative to it as the fill is to the key. No reflection is
    added, and only those that both eyes show are changed.
    """
    eyes = eyes_of(landmarks, linear.shape)
    pairs = reflection_pairs([luminance(linear[eye.rows, eye.columns]) for eye in eyes], eyes)
    if not pairs:
        return linear
    wanted = expected_catchlight(azimuth, elevation)
    strong = [pair for pair in pairs if pair.light >= FAINTER * pairs[0].light]
    key = min(strong, key=lambda pair: apart(pair.place, wanted))
    away = apart(key.place, wanted) > _NEAR
    if away:
        key = pairs[0]
        if len(pairs) > 1 and abs(middle_of(pairs)[0] - wanted[0]) <= _NEAR:
            return linear  # two lamps on both sides of the key's place together stand for it
    result = linear
    for pair in pairs:
        share = min(1.0, key.light / (pair.light * ratio))
        if pair is not key and share < 1:
            result = _drawn(result, eyes, pair, share)
    if away:
        result = _drawn(result, eyes, key, 0.0, wanted)
    return result


def _drawn(
    linear: Linear,
    eyes: Sequence[Eye],
    pair: ReflectionPair,
    share: float,
    wanted: tuple[float, float] | None = None,
) -> Linear:
    """The picture with `share` of a pair of reflections in its place, and all of it at `wanted`."""
    result = linear.copy()
    for spot, eye in zip(pair.spots, eyes, strict=True):
        patch = linear[eye.rows, eye.columns]
        clean = _without(patch, spot, eye)
        drawn = clean + (patch - clean) * np.float32(share)
        if wanted is not None:
            x, y = np.subtract(_visible_place(wanted, eye), pair.place)
            drawn += _shifted(patch - clean, x * eye.radius, -y * eye.radius, eye)
        result[eye.rows, eye.columns] = drawn
    return result


def _without(patch: Linear, spot: Mask, eye: Eye) -> Linear:
    """The eye with the reflection at `spot` filled from the iris around it."""
    reach = 0.32 * eye.radius  # includes the glow around the spot
    grown = np.asarray(cv2.dilate(spot, disc(reach)), np.float32)
    hidden = np.clip(blur(grown, 0.5 * reach) * np.float32(1.4), 0, 1) * eye.iris * eye.opening
    around = (1 - grown) * eye.iris * eye.opening
    sigma = 0.2 * eye.radius
    coloured = np.asarray(patch * around[..., None], np.float32)
    iris = blur(coloured, sigma) / (blur(around, sigma) + 1e-4)[..., None]
    share = hidden[..., None]
    return np.asarray(patch * (1 - share) + np.minimum(iris, patch) * share, np.float32)


def _shifted(glow: Linear, right: float, down: float, eye: Eye) -> Linear:
    """The light of a reflection, moved by so many pixels and cut off by the lids."""
    matrix = np.array([[1, 0, right], [0, 1, down]], np.float32)
    size = (glow.shape[1], glow.shape[0])
    moved = np.asarray(cv2.warpAffine(np.asarray(glow, np.float32), matrix, size), np.float32)
    return np.asarray(moved * (eye.iris * eye.opening)[..., None], np.float32)


def _visible_place(wanted: tuple[float, float], eye: Eye) -> tuple[float, float]:
    """`wanted`, moved towards the iris's middle until the lids don't cover it."""
    most = min(1.0, _OUTERMOST / max(float(np.hypot(*wanted)), 1e-6))
    for share in np.arange(1, 0.2, -0.1) * most:
        x, y = float(wanted[0] * share), float(wanted[1] * share)
        row = round(eye.y - y * eye.radius) - eye.rows.start
        column = round(eye.x + x * eye.radius) - eye.columns.start
        inside = 0 <= row < eye.opening.shape[0] and 0 <= column < eye.opening.shape[1]
        if inside and eye.opening[row, column] > 0.95:
            return x, y
    return wanted[0] * 0.2, wanted[1] * 0.2
