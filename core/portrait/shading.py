"""Estimates the shading of a photo's own light on the sitter, separate from their colours."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces.masks import hull_mask
from ..faces.regions import (
    LEFT_BROW,
    LEFT_CHEEK,
    LEFT_EYE,
    LIPS,
    OVAL,
    RIGHT_BROW,
    RIGHT_CHEEK,
    RIGHT_EYE,
)
from ..images import Float, Linear, Mask, blur, luminance, resize
from .lit_chroma import LitChroma, lit_chroma
from .materials import materials
from .segments import Segments
from .shape import Bool, Shape

_RESIDUAL = 0.75  # share of the shading beyond second order that is removed


@dataclass(frozen=True, eq=False)
class Unlit:
    """What relighting needs of a plate; arrays of the shape's grid (h, w).

    light: luminance of the foreground, linear, float32 (h, w).
    colour: the foreground, linear RGB float32 (h, w, 3).
    shading: of the photo's own light, float32 (h, w).
    skin: certain skin of the face, bool (h, w).
    oval: the same with what lies before it, as the sitter's own skin is measured, bool (h, w).
    weight: how far each cell follows new light, 0..1.
    likely_skin: likelihood of skin, of face and body, 0..1.
    chroma: of the skin, by its light.
    lit_right: the photo was lit from image right.
    """

    light: Float
    colour: Linear
    shading: Float
    skin: Bool
    oval: Bool
    weight: Mask
    likely_skin: Mask
    chroma: LitChroma
    lit_right: bool


def unlight(foreground: Linear, shape: Shape, segments: Segments) -> Unlit:
    """Estimate the shading of a plate's foreground.

    foreground: linear RGB float32 (H, W, 3).
    shape: of the plate.
    segments: of the plate, on the shape's grid.

    Second-order spherical harmonics (Ramamoorthi and Hanrahan, "An Efficient Representation for
    Irradiance Environment Maps", 2001), fitted to the skin by iteratively reweighted least squares,
    times the smooth residual that they can't represent (cast shadows, hot spots).
    """
    rows, columns = shape.depth.shape
    small = np.maximum(resize(foreground, columns, rows), 0)
    light = luminance(small)
    oval = _sure_skin(shape)
    made_of = materials(small, shape, segments, oval)
    skin = _without(oval, made_of.foreign > 0.5)
    fw = shape.face_width
    dark = 1e-3 * float(np.median(light[skin])) + 1e-9  # relative, for the same on every skin
    shading = _fit(light, shape.normals, skin)
    low, high = np.quantile(light[skin], [0.04, 0.97])
    low = max(low * 0.8, 0.12 * high)
    shading = np.minimum(low + np.maximum(0, shading - low), high * 1.05)
    middle = float(np.median(shading[skin]))

    shaped = made_of.shaped
    outside = 0.45 * (1 - blur(shaped, 0.02 * fw))  # off face and neck, the fit means less
    log = np.log(shading) * (1 - outside) + np.log(middle) * outside

    sample = skin | ((shaped > 0.75) & (shape.matte > 0.95) & (shape.mesh < 1))
    ratio = np.clip(np.log(np.maximum(light, dark)) - log, -0.9, 0.7) * sample
    sigma = 0.045 * fw
    residual = blur(ratio.astype(np.float32), sigma) / (
        blur(sample.astype(np.float32), sigma) + 0.15
    )
    residual -= np.median(residual[skin])
    log = log + _RESIDUAL * residual * shaped
    # The remainder must favour no side, or the old light would show through the new.
    remainder = np.log(np.maximum(light, dark)) - log
    lean = np.clip(_fit(np.asarray(remainder, np.float32), shape.normals, skin, order=1), -0.6, 0.6)
    log = log + (lean - np.median(lean[skin])) * shaped

    left_cheek, right_cheek = _cheek(light, shape, LEFT_CHEEK), _cheek(light, shape, RIGHT_CHEEK)
    return Unlit(
        light=light,
        colour=small,
        shading=np.exp(log).astype(np.float32),
        skin=skin,
        oval=oval,
        weight=made_of.weight,
        likely_skin=made_of.skin,
        chroma=lit_chroma(small, skin, fw),
        lit_right=right_cheek >= left_cheek,
    )


def _fit(light: Float, normals: Float, skin: Bool, order: int = 2) -> Float:
    """Spherical-harmonic shading (h, w) of first or second order fitted to `light` on `skin`."""
    terms = (order + 1) ** 2
    basis = _harmonics(normals[skin])[:, :terms].astype(np.float64)
    values = light[skin].astype(np.float64)
    ridge = np.diag([0, 1, 1, 1, 3, 3, 3, 3, 3][:terms]) * 0.02 * len(values)
    weight = np.ones(len(values))
    solution = np.zeros(terms)
    for _ in range(12):
        weighted = basis * weight[:, None]
        solution = np.linalg.solve(weighted.T @ basis + ridge * weight.mean(), weighted.T @ values)
        miss = values - basis @ solution
        scale = 1.48 * np.median(np.abs(miss)) + 1e-9
        weight = 1 / np.maximum(1, np.abs(miss) / (1.3 * scale)) ** 1.5
    return np.asarray(_harmonics(normals)[..., :terms] @ solution.astype(np.float32), np.float32)


def _without(skin: Bool, foreign: Bool) -> Bool:
    """`skin` without what lies before it: fringes, veils, hats, glasses."""
    bare = skin & ~foreign
    return bare if bare.sum() >= 50 else skin


def _harmonics(normals: Float) -> Float:
    x, y, z = normals[..., 0], normals[..., 1], normals[..., 2]
    terms = [np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1]
    return np.stack(terms, -1)


def polygon(shape: Shape, points: tuple[int, ...]) -> NDArray[np.uint8]:
    """The inside of an outline of mesh points on the grid, uint8 (h, w) 0 or 1."""
    canvas = np.zeros(shape.depth.shape, np.uint8)
    outline = shape.landmarks[list(points), :2].round().astype(np.int32)
    return np.asarray(cv2.fillPoly(canvas, [outline], (1,)), np.uint8)


def _sure_skin(shape: Shape) -> Bool:
    """The face without eyes, lips and brows, away from its rim and from grazing angles."""
    skin = polygon(shape, OVAL)
    for region in (LEFT_EYE, RIGHT_EYE, LIPS, LEFT_BROW, RIGHT_BROW):
        skin &= 1 - cv2.dilate(polygon(shape, region), np.ones((5, 5), np.uint8))
    skin = cv2.erode(skin, np.ones((3, 3), np.uint8))
    sure = (skin > 0) & (shape.normals[..., 2] > 0.25) & (shape.mesh > 0) & (shape.matte > 0.5)
    return sure if sure.sum() >= 50 else (shape.mesh > 0)


def _cheek(light: Float, shape: Shape, points: tuple[int, ...]) -> float:
    """Mean light of a cheek, given by mesh points."""
    area = hull_mask(light.shape, shape.landmarks[list(points), :2]) > 0
    return float(light[area].mean()) if area.any() else 0.0
