"""A garden out of focus: trees with the sky between their leaves, and a lawn in dappled light.

Everything is rendered as through a lens: leaves and gaps are points, spread to discs by their
distance. Each seed gives other trees.
"""

from __future__ import annotations

import cv2
import numpy as np

from ....images import Float, Linear, Mask, blur, resize
from ...looks import Backdrop
from .lens import Point, add_points, defocus, film, spread

_ROWS = 400  # working height; nothing finer survives the blur
_TREES, _TWIGS, _BOUGH = 16.0, 10.0, 5.0  # metres from the camera
_LAWN = 0.66  # share of the height at which the lawn begins
_SHADE, _LEAF = (0.020, 0.038, 0.016), (0.19, 0.255, 0.045)
_BACKLIT, _SKY = (0.62, 0.66, 0.10), (1.0, 1.02, 0.90)
_GRASS = (0.21, 0.27, 0.055)
_BRIGHT = 46  # gaps that are drawn as discs of their own


def garden(
    backdrop: Backdrop, width: int, height: int, side: float, rng: np.random.Generator
) -> Linear:
    """The garden, linear RGB float32 (height, width, 3), with the sun at the left if `side` < 0."""
    columns = round(_ROWS * width / height)
    aspect = columns / _ROWS
    y, x = np.mgrid[0:_ROWS, 0:columns].astype(np.float32) / _ROWS
    # 1 where the sun stands, upper left, falling off across the picture.
    sun = np.exp(-(((x - 0.1 * aspect) / 0.75) ** 2) - ((y + 0.05) / 0.6) ** 2).astype(np.float32)
    canopy = _clouds(y, ((0.5, 0.4), (0.2, 0.4), (0.09, 0.3)), rng)
    picture = _trees(y, sun, canopy, backdrop.blur, rng)
    ground = _ground(x, y, sun, backdrop.blur, rng)
    edge = _LAWN + 0.012 * _clouds(y, ((0.35, 1.0),), rng)[0]
    begins = np.clip((y - edge) / 0.01, 0, 1).astype(np.float32)
    begins = defocus(begins, spread(_TREES, backdrop.blur) * _ROWS)[..., None]
    picture = picture * (1 - begins) + ground * begins
    picture = _bough(np.asarray(picture, np.float32), sun, backdrop.blur, rng)
    picture += 0.10 * blur(picture, 0.16 * _ROWS)  # the sun's veil over the lens
    picture = resize(np.asarray(picture, np.float32), width, height)
    add_points(picture, _gaps(sun, canopy, backdrop.blur, rng))
    picture = film(picture * np.float32(backdrop.brightness))
    return np.ascontiguousarray(picture[:, ::-1]) if side > 0 else picture


def _clouds(
    like: Float, octaves: tuple[tuple[float, float], ...], rng: np.random.Generator
) -> Float:
    """Smooth noise about 0; each octave is (size of the blobs in picture heights, deviation)."""
    rows, columns = like.shape
    total = np.zeros((rows, columns), np.float32)
    for size, share in octaves:
        cells = round(1 / size) + 3, round(columns / rows / size) + 3
        noise = rng.standard_normal(cells).astype(np.float32)
        # Cells have the same size in every picture, so nothing is stretched.
        large = resize(noise, round(cells[1] * size * rows), round(cells[0] * size * rows))
        total += np.float32(share * 1.4) * large[:rows, :columns]
    return total


def _points(chance: Float, rng: np.random.Generator) -> Float:
    """Random points (H, W): 0, or a log-normal strength about 1 at a point."""
    there = rng.random(chance.shape, np.float32) < chance
    strength = np.exp(0.9 * rng.standard_normal(chance.shape, np.float32) - 0.4)
    return np.asarray(there * strength, np.float32)


def _trees(y: Float, sun: Float, canopy: Float, blur_: float, rng: np.random.Generator) -> Linear:
    """Foliage from shade to backlit leaves, trunks before it, and faint gaps in it."""
    lit = np.clip(0.36 + 0.30 * canopy + 0.5 * sun - 0.35 * np.clip(y - 0.3, 0, 1), 0.02, 1.6)
    hue = _clouds(y, ((0.3, 0.5), (0.1, 0.4)), rng)[..., None]
    leaf = np.array(_LEAF) * (1 + hue * np.array([0.22, 0.08, -0.25]))
    colours = np.array(_SHADE) + np.clip(leaf, 0.004, 1) * lit[..., None] ** 1.5
    haze = np.clip(sun * (1.15 - 1.1 * y), 0, 1)[..., None] ** 2 * 0.42
    colours = colours * (1 - 0.5 * haze) + np.array(_SKY) * haze
    far = defocus(colours.astype(np.float32), spread(_TREES * 2, blur_) * _ROWS)
    disc = spread(_TREES, blur_) * _ROWS
    trunks = defocus(_trunks(y, rng), disc)[..., None]
    far = far * (1 - trunks) + (np.array([0.040, 0.036, 0.022]) + 0.05 * sun[..., None]) * trunks
    # Light through and from single leaves: points, so that they blur to discs.
    area = np.pi / 4 * disc**2
    open_ = np.clip(0.22 + 0.35 * canopy + 0.7 * sun - 0.3 * y, 0, 1).astype(np.float32)
    leaves = _points(np.float32(0.010) * open_, rng)[..., None] * np.array(_BACKLIT)
    gaps = _points(np.float32(0.004) * open_**2, rng)[..., None] * np.array(_SKY)
    calm = np.clip(1.2 - 1.3 * y, 0.15, 1)[..., None]  # quieter beside the face
    speckle = np.asarray((leaves * 0.038 + gaps * 0.05) * area * calm, np.float32)
    return np.asarray(far + defocus(speckle, disc), np.float32)


def _trunks(y: Float, rng: np.random.Generator) -> Mask:
    rows, columns = y.shape
    mask = np.zeros((rows, columns), np.float32)
    for _ in range(int(rng.integers(1, 4))):
        foot, lean = rng.uniform(-0.05, 1.05) * columns, rng.uniform(-0.08, 0.08) * rows
        thick = rng.uniform(0.008, 0.022) * rows
        top = rng.uniform(-0.1, 0.12) * rows
        corners = np.array(
            [
                [foot - thick, _LAWN * rows],
                [foot + thick, _LAWN * rows],
                [foot + lean + thick * 0.6, top],
                [foot + lean - thick * 0.6, top],
            ]
        )
        cv2.fillPoly(mask, [corners.round().astype(np.int32)], (float(rng.uniform(0.4, 0.7)),))
    return mask


def _ground(x: Float, y: Float, sun: Float, blur_: float, rng: np.random.Generator) -> Linear:
    """The lawn: patches of sun, foreshortened by perspective, on grass in shade."""
    depth = 0.35 / np.maximum(y - _LAWN + 0.06, 0.02)  # metres to the patch, up to a factor
    tall = np.float32(0.5)
    patch = _clouds(y * tall, ((0.16, 0.7), (0.07, 0.5)), rng)
    squeezed = cv2.resize(patch, None, fx=1.0, fy=0.34, interpolation=cv2.INTER_AREA)
    rows = y.shape[0]
    top = round(_LAWN * rows) - 8
    lawn = np.zeros_like(patch)
    count = min(rows - top, len(squeezed))
    lawn[top : top + count] = squeezed[:count]
    lawn[top + count :] = squeezed[-1]
    dapple = np.clip(0.5 + 0.3 * lawn + 0.25 * np.clip(depth / 4, 0, 1), 0.12, 1.7)[..., None]
    near = np.clip(1.2 - 0.9 * (y - _LAWN), 0.5, 1.2)[..., None]
    colours = np.array(_GRASS) * dapple * near + 0.02 * sun[..., None]
    shaded = np.exp(-np.clip(y - _LAWN, 0, 1) / 0.03)[..., None]  # under the trees
    colours = colours * (1 - 0.55 * shaded)
    return defocus(colours.astype(np.float32), spread(9, blur_) * _ROWS)


def _bough(picture: Linear, sun: Float, blur_: float, rng: np.random.Generator) -> Linear:
    """A bough with leaves reaching into the sun's corner, nearer than the trees."""
    rows, columns = sun.shape
    disc = spread(_BOUGH, blur_) * _ROWS
    reach = _clouds(sun, ((0.3, 0.25), (0.1, 0.3), (0.04, 0.25)), rng)
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) / rows
    corner = 0.42 - np.hypot(x * 0.9 + 0.02, y * 1.25 + 0.02) + 0.28 * reach
    cover = np.clip(corner * 6, 0, 0.9).astype(np.float32)
    fine = np.clip(0.55 + 0.5 * _clouds(sun, ((0.05, 0.6), (0.02, 0.5)), rng), 0.1, 2)
    colours = (
        np.array([0.13, 0.19, 0.028]) + 0.35 * np.array(_BACKLIT) * (fine[..., None] - 0.5)
    ) * 0.9
    colours = np.maximum(colours, 0.01).astype(np.float32)
    soft = defocus(cover, disc)[..., None]
    return np.asarray(picture * (1 - soft) + defocus(colours * cover[..., None], disc), np.float32)


def _gaps(sun: Float, canopy: Float, blur_: float, rng: np.random.Generator) -> list[Point]:
    """The brightest gaps, in clusters where the leaves are thin and the sun is near."""
    rows, columns = sun.shape
    thin = np.clip(0.2 + 0.5 * canopy + 0.8 * sun, 0, None) ** 2
    thin *= np.clip(1.2 - 2 * np.arange(rows) / rows, 0, 1)[:, None]  # few beside the shoulders
    chance = np.cumsum(thin.ravel().astype(np.float64))
    points: list[Point] = []
    for _ in range(_BRIGHT):
        at = int(np.searchsorted(chance, rng.random() * chance[-1]))
        row, column = divmod(min(at, rows * columns - 1), columns)
        near = float(sun[row, column])
        strength = min(0.6, (0.035 + 0.11 * near) * float(rng.lognormal(0, 0.75)))
        warm = float(rng.uniform(0, 1))
        light = (strength * (0.92 + 0.10 * warm), strength, strength * (0.80 - 0.5 * warm))
        distance = float(rng.uniform(_TWIGS, _TREES))
        points.append(Point(column / rows, row / rows, spread(distance, blur_), light))
    return points
