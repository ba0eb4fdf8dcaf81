"""Stray hairs drawn on real photos: thin, tapering strands in the hair's own colour."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from headshots.core.faces import Face
from headshots.core.faces.regions import CHIN
from headshots.core.images import Float, Image, Mask, resize
from headshots.core.portrait.segments import Segment, Segments

# Of a strand: length in face widths, width at its root in pixels, how far from straight outwards it
# leaves the hair (radians), and by how much it bends over its length.
LENGTH, THICK, AWAY, BEND = (0.08, 0.25), (0.5, 2.0), 0.7, 0.5
# Face widths: how far apart strands are, and how far within the hair a strand's root lies.
_APART, _ROOT = 0.12, 0.01
# Of a strand that counts as shown: face widths outside the old outline from which it is looked at,
# how many pixels lie there, and their mean in the matte.
_OUT, _SHORT, _SHOWS = 0.03, 8, 0.05


@dataclass(frozen=True, eq=False)
class Planted:
    """A photo with stray hairs.

    image: sRGB float32 (H, W, 3).
    strands: for each the share (H, W) of each pixel that it covers.
    """

    image: Image
    strands: list[Mask]


def planted(
    image: Image, matte: Mask, face: Face, segments: Segments, seed: int, count: int = 12
) -> Planted:
    """`image` (H, W, 3) with up to `count` strands from the outline of the hair outwards.

    matte: of the sitter, (H, W).
    segments: what the sitter is made of.
    """
    rng = np.random.default_rng(seed)
    result = image.copy()
    strands: list[Mask] = []
    used: list[Float] = []
    roots, outwards = _outline(matte, face, segments)
    for index in rng.permutation(len(roots)):
        if len(strands) == count:
            break
        root, direction = roots[index], outwards[index]
        if any(np.hypot(*(root - each)) < _APART * face.width for each in used):
            continue
        line = _curve(root, direction, face.width, rng)
        if not _within(line, matte.shape):
            continue
        cover = _drawn(line, rng.uniform(*THICK), matte.shape)
        x, y = np.round(root - 3 * _ROOT * face.width * direction).astype(int)
        colour = np.median(image[max(0, y - 3) : y + 4, max(0, x - 3) : x + 4], axis=(0, 1))
        result += cover[..., None] * (colour.astype(np.float32) - result)
        strands.append(cover)
        used.append(root)
    return Planted(result, strands)


def _outline(matte: Mask, face: Face, segments: Segments) -> tuple[Float, Float]:
    """Places (N, 2) on the outline of the hair above the chin, and the directions outwards."""
    rows, columns = matte.shape
    hair = resize(segments.of(Segment.HAIR), columns, rows)
    soft = cv2.GaussianBlur(matte, (0, 0), 0.02 * face.width)
    across, down = cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1)
    solid = cv2.erode((matte > 0.9).astype(np.uint8), np.ones((5, 5), np.uint8))
    contours, _ = cv2.findContours(solid, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    points = max(contours, key=len)[:, 0, :]
    x, y = points.T
    steep = np.hypot(across[y, x], down[y, x])
    margin = 0.05 * face.width
    fit = (hair[y, x] > 0.7) & (y < face.landmarks[CHIN, 1]) & (steep > 1e-3)
    fit &= (x > margin) & (y > margin) & (x < columns - margin)
    x, y, steep = x[fit], y[fit], steep[fit]
    outwards = -np.stack([across[y, x], down[y, x]], -1) / steep[:, None]
    return points[fit].astype(np.float32), np.asarray(outwards, np.float32)


def _curve(root: Float, direction: Float, width: float, rng: np.random.Generator) -> Float:
    """Points (N, 2) along a strand, a quarter of a pixel apart or less."""
    length = rng.uniform(*LENGTH) * width
    steps = np.linspace(0, 1, max(8, round(4 * length)))
    start = np.arctan2(direction[1], direction[0]) + rng.uniform(-AWAY, AWAY)
    angle = start + rng.uniform(-BEND, BEND) * steps
    moves = length / len(steps) * np.stack([np.cos(angle), np.sin(angle)], -1)
    return np.asarray(root - _ROOT * width * direction + np.cumsum(moves, axis=0), np.float32)


def _within(line: Float, shape: tuple[int, ...]) -> bool:
    return bool((line > 2).all() and (line < (shape[1] - 3, shape[0] - 3)).all())


def _drawn(line: Float, thick: float, shape: tuple[int, ...]) -> Mask:
    """The share of each pixel that a strand of that width at its root covers, tapering to half."""
    cover = np.zeros(shape[:2], np.float32)
    wide = thick * (1 - 0.5 * np.linspace(0, 1, len(line)))
    for dy in range(-2, 3):
        for dx in range(-2, 3):
            at = np.round(line).astype(np.intp) + np.array([dx, dy])
            away = np.hypot(*(at - line).T)
            share = np.clip(0.5 * wide + 0.5 - away, 0, 1) * np.minimum(wide, 1)
            np.maximum.at(cover, (at[:, 1], at[:, 0]), share.astype(np.float32))
    return cover


def left_of(
    strands: list[Mask], before: Mask, planted: Mask, neat: Mask, width: float
) -> list[float]:
    """Of each strand that stands out in the matte `planted`, the share that is left in `neat`.

    before: the matte of the photo without strands.
    width: of the face, pixels.
    """
    away = cv2.distanceTransform((before < 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    left: list[float] = []
    for strand in strands:
        own = (strand > 0.25) & (away > _OUT * width)
        added = np.maximum(planted - before, 0)[own]
        if added.size >= _SHORT and float(added.mean()) > _SHOWS:
            rest = np.maximum(neat - before, 0)[own]
            left.append(float(rest.sum() / added.sum()))
    return left
