"""Pictures that look made, beside the same ones without the fault: rims, bands, halves, lamps.

What stands before a wall or is lit anew here is so in both, so that what is found is the fault and
not the change.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import cv2
import numpy as np
from blinks import sitting
from spoilt_faces import Given, drawn, mixed

from headshots.core.faces import Face, regions
from headshots.core.faces.head_pose import turned
from headshots.core.generation.studio.compose.edges import decontaminate
from headshots.core.images import Float, Image, Mask, blur, from_lab, to_lab, to_linear, to_srgb
from headshots.core.portrait.catchlights import expected_catchlight
from headshots.core.portrait.matting import cut_out
from headshots.core.portrait.skin import skin_mask

# The picture without the fault and with it, and the face in both; None where it can't be planted.
Pair: TypeAlias = "tuple[Image, Image, Face] | None"

# Mesh points from forehead to chin between the halves of the face.
_MIDDLE = (10, 151, 9, 8, 168, 6, 197, 195, 5, 4, 1, 2, 164, 0, 17, 18, 200, 199, 175, 152)
_EYES = ((regions.LEFT_IRIS, regions.LEFT_EYE), (regions.RIGHT_IRIS, regions.RIGHT_EYE))
# Degrees of turn beyond which a mirrored half makes no face.
_FRONTAL = 12.0


def rimmed(given: Given) -> Pair:
    """A rim of 1 to 3 pixels, 15 to 35 L* brighter, around the sitter before a wall."""
    picture, matte, face = _before_a_wall(given)
    wide, by = float(given.rng.uniform(1, 3)), float(given.rng.uniform(15, 35))
    away = cv2.distanceTransform((matte < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    lab = to_lab(picture)
    lab[..., 0] += by * np.clip(wide + 0.5 - away, 0, 1) * (away > 0)
    return picture, np.clip(from_lab(lab), 0, 1), face


def wall_in_bands(given: Given) -> Pair:
    """The wall in 20 to 40 levels instead of 256."""
    picture, matte, face = _before_a_wall(given)
    return picture, mixed(picture, _levels(picture, given), 1 - matte), face


def skin_in_bands(given: Given) -> Pair:
    """The skin, smoothed in both, in 20 to 40 levels."""
    image, face = _close(given)
    skin = skin_mask(image.shape, face, image)
    weight = np.asarray(skin + np.float32(1e-3), np.float32)
    sigma = 0.012 * face.width
    smooth = blur(image * weight[..., None], sigma) / blur(weight, sigma)[..., None]
    return mixed(image, smooth, skin), mixed(image, _levels(smooth, given), skin), face


def halved(given: Given) -> Pair:
    """One half of the face mirrored onto the other."""
    image, face = _close(given)
    if abs(face.pose.yaw) > _FRONTAL:
        return None
    points = face.landmarks[list(_MIDDLE), :2].astype(np.float64)
    centre = points.mean(axis=0)
    down = np.linalg.svd(points - centre)[2][0]
    across = np.array([-down[1], down[0]])
    flip = np.eye(2) - 2 * np.outer(across, across)
    matrix = np.column_stack([flip, centre - flip @ centre]).astype(np.float32)
    rows, columns = image.shape[:2]
    other = cv2.warpAffine(
        image, matrix, (columns, rows), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE
    )
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    beyond = (x - centre[0]) * across[0] + (y - centre[1]) * across[1]
    beyond *= float(given.rng.choice([-1, 1]))
    half = np.clip(beyond / (0.02 * face.width) + 0.5, 0, 1).astype(np.float32)
    oval = drawn(image.shape, face, regions.OVAL, soft=0.03)
    return image, mixed(image, np.clip(other, 0, 1).astype(np.float32), oval * half), face


def lamps_astray(given: Given) -> Pair:
    """Lit from one side by 40 to 65 degrees; the eyes mirror a lamp there, or on the other side."""
    image, face = _close(given)
    taken, rng = sitting(image, face), given.rng
    azimuth = float(rng.choice([-1, 1]) * rng.uniform(40, 65))
    a, e = np.radians([azimuth, float(rng.uniform(10, 35))])
    towards = np.array([np.sin(a) * np.cos(e), np.sin(e), np.cos(a) * np.cos(e)], np.float32)
    gain = np.log1p(float(rng.uniform(3, 8)) * np.clip(taken.normals @ towards, 0, 1))
    gain = (gain - np.median(gain[taken.matte > 0.9])) * taken.matte
    lit = to_linear(image) * np.exp(gain).astype(np.float32)[..., None]
    size, high = float(rng.uniform(0.16, 0.24)), float(rng.uniform(10, 25))
    right, wrong = (_lamps(lit, face, side, high, size) for side in (azimuth, -azimuth))
    return right, wrong, face


def _lamps(linear: Float, face: Face, azimuth: float, high: float, size: float) -> Image:
    """The eyes with one white lamp each, `size` iris radii wide, and no other reflection."""
    x, y = expected_catchlight(azimuth, high)
    rows, columns = np.indices(linear.shape[:2])
    made = linear.copy()
    for iris, lids in _EYES:
        middle = face.landmarks[iris[0], :2]
        ring = face.landmarks[list(iris[1:]), :2]
        radius = float(np.linalg.norm(ring - middle, axis=1).mean())
        across, down = (columns - middle[0]) / radius, (rows - middle[1]) / radius
        open_eye = drawn(linear.shape, face, lids, soft=0.002)
        away = np.hypot(across, down)
        inside = (away < 1) & (open_eye > 0.5)
        if not inside.any():
            continue
        dull = np.minimum(made, 1.4 * np.median(made[inside], axis=0))
        whole = np.clip((1 - away) / 0.12, 0, 1) * open_eye
        made += (dull - made) * whole[..., None]
        spot = np.clip((size - np.hypot(across - x, down + min(y, 0.3))) / 0.1 + 0.5, 0, 1)
        made += (0.9 - made) * (spot * open_eye)[..., None]
    return to_srgb(made.astype(np.float32))


def _close(given: Given) -> tuple[Image, Face]:
    """Head and shoulders."""
    box = given.face.box.grown(1.1)
    corner = max(0, round(box.x0)), max(0, round(box.y0))
    shift = np.array([[1, 0, -corner[0]], [0, 1, -corner[1]]], np.float32)
    return np.ascontiguousarray(box.cut(given.image)), turned(given.face, shift)


def _before_a_wall(given: Given) -> tuple[Image, Mask, Face]:
    """The sitter, cut out, before a wall that runs from one brightness to another."""
    image, face = _close(given)
    rng = given.rng
    sitter, matte = decontaminate(image, cut_out(image, face).matte, face)
    rows, columns = matte.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    angle = float(rng.uniform(0, 2 * np.pi))
    share = 0.5 + (x / columns - 0.5) * np.cos(angle) + (y / rows - 0.5) * np.sin(angle)
    lightness = float(rng.uniform(22, 60)) + share * float(rng.uniform(10, 35))
    tint = [np.full_like(x, rng.uniform(*ends)) for ends in ((-4, 4), (-10, 6))]
    wall = to_linear(np.clip(from_lab(np.dstack([lightness, *tint]).astype(np.float32)), 0, 1))
    cover = matte[..., None]
    return to_srgb(np.asarray(sitter * cover + wall * (1 - cover), np.float32)), matte, face


def _levels(image: Image, given: Given) -> Image:
    count = int(given.rng.integers(20, 41))
    return np.asarray(np.round(image * count) / count, np.float32)


# Each fault and the measures that have to find it; any of them counts.
MADE: dict[str, tuple[Callable[[Given], Pair], frozenset[str]]] = {
    "bright rim of 1 to 3 pixels": (rimmed, frozenset({"edge-line"})),
    "wall in bands": (wall_in_bands, frozenset({"banding"})),
    "skin in bands": (skin_in_bands, frozenset({"banding"})),
    "half of the face mirrored": (halved, frozenset({"symmetry"})),
    "lamps in the eyes on the other side": (lamps_astray, frozenset({"light-agreement"})),
}
