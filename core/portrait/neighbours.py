"""Separates the sitter from the people beside them, where one cut-out holds them all.

The matting network can't separate people. So each face predicts where its own head and body should
be, and a graph cut moves the border between them to where the colours change (Rother, Kolmogorov
and Blake, "GrabCut", SIGGRAPH 2004).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import ANALYSERS, Face
from ..faces.masks import touching
from ..faces.regions import CHIN, FOREHEAD_TOP
from ..images import Box, Float, Image, Mask, blur, resize
from ..settings import settings

# Working width of the sitter's face for the search of other faces and for the cut, pixels.
_SEARCHED, _WORKING = 90.0, 56.0
# Somebody else may be in the cut-out where it reaches this far beyond the sitter's own figure (face
# widths) over this much area (face widths squared).
_BEYOND, _MUCH = 0.35, 0.1
# A neighbour's face: its least width as a share of the sitter's, and its largest distance in
# widths.
_LEAST, _FURTHEST = 0.4, 5.0
# How far inside a figure a pixel is certainly that person's, and the softness of the border, face
# widths.
_SURE, _SOFT = 0.25, 0.025
_ROUNDS = 3
# Largest share of the sitter's own head that a cut may remove. Beyond it the cut ran through their
# hair, and is given up: a neighbour, who is reported, is better than missing hair. Of 19 cuts in
# group photos, judged by eye, five are given up; four of them took hair for the dark clothes behind
# it.
_TOO_MUCH = 0.12


def without_neighbours(image: Image, part: Box, matte: Mask, face: Face) -> Mask:
    """The matte without the other people whose faces are in the photo.

    image: the photo, sRGB float32 (H, W, 3) 0..1.
    part: the part of the photo that `matte` covers.
    matte: float32 (h, w) 0..1; returned as it is where nobody else is in it or no cut separates
        them.
    face: the sitter's, in pixels of the photo.

    Raises:
        SetupError: weights are missing.
    """
    top, left = round(part.y0), round(part.x0)
    scale = min(1.0, _WORKING / face.width)
    size = max(1, round(matte.shape[1] * scale)), max(1, round(matte.shape[0] * scale))
    cover = resize(matte, *size)
    own = _figure(face, left, top, scale, cover.shape)
    width = scale * face.width
    if float(((cover > 0.5) & (own > _BEYOND)).sum()) < _MUCH * width**2:
        return matte
    others = _neighbours(image, face)
    if not others:
        return matte
    theirs = np.minimum.reduce([_figure(other, left, top, scale, cover.shape) for other in others])
    if not ((cover > 0.5) & (theirs < -_SURE)).any():
        return matte
    colours = resize(part.cut(image), *size)
    kept = _at_face(_only_theirs_gone(_cut(colours, cover, own, theirs), cover, theirs), own)
    head = (cover > 0.5) & (own < 0)
    head[round(scale * (float(face.landmarks[CHIN, 1]) - top)) :] = False
    if float((1 - kept[head]).mean()) > _TOO_MUCH:
        return matte
    # Wisps that are too thin for the cut go to the nearer person.
    away = [_distance(each) for each in (kept, (cover > 0.3) * (1 - kept))]
    nearer = resize((away[0] <= away[1]).astype(np.float32), *matte.shape[::-1])
    soft = blur(nearer, _SOFT * face.width)
    return np.asarray(matte * np.clip(2 * soft - 0.5, 0, 1), np.float32)


def _distance(pixels: Mask) -> Mask:
    """How far each pixel is from those that are 1."""
    there = (pixels < 0.5).astype(np.uint8)
    return np.asarray(cv2.distanceTransform(there, cv2.DIST_L2, 3), np.float32)


def _neighbours(image: Image, face: Face) -> list[Face]:
    """Other people's faces near the sitter's, in pixels of the photo."""
    factor = min(1.0, _SEARCHED / face.width)
    rows, columns = image.shape[:2]
    small = resize(image, max(1, round(columns * factor)), max(1, round(rows * factor)))
    faces = ANALYSERS.get(settings().analyser).analyse(small, embed=False)
    middle = np.array(face.box.centre)
    near: list[Face] = []
    for other in (each.scaled(1 / factor) for each in faces):
        away = float(np.linalg.norm(np.array(other.box.centre) - middle)) / face.width
        if other.width >= _LEAST * face.width and 0.6 < away < _FURTHEST:
            near.append(other)
    return near


def _figure(face: Face, left: int, top: int, scale: float, shape: Sequence[int]) -> Float:
    """Distance of each pixel outside the head and body predicted by `face`, in its face widths.

    Negative inside. The body widens below the chin to shoulders.
    """
    here = (face.landmarks[:, :2] - np.array([left, top], np.float32)) * np.float32(scale)
    hair, chin = here[FOREHEAD_TOP], here[CHIN]
    width = scale * face.width
    tall = max(float(np.linalg.norm(hair - chin)), 1.0)
    down = (chin - hair) / tall
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    middle = (hair + chin) / 2
    dx, dy = x - middle[0], y - middle[1]
    along = dx * down[0] + dy * down[1]
    across = dx * down[1] - dy * down[0]
    # The head with its hair is wider than the mesh and reaches further up than down.
    head = np.hypot(across / (0.62 * width), (along + 0.15 * tall) / (0.85 * tall)) - 1
    below = np.maximum(y - chin[1], 0)
    half = np.clip(0.35 * width + 1.3 * (below - 0.1 * width), 0, 1.1 * width)
    body = np.where(y > chin[1], (np.abs(x - chin[0]) - half) / width, np.inf)
    return np.asarray(np.minimum(head, body), np.float32)


def _cut(colours: Image, cover: Mask, own: Float, theirs: Float) -> NDArray[np.uint8]:
    """The sitter's pixels by a graph cut, uint8 (h, w) 0 or 1."""
    likely = np.where(own < theirs, cv2.GC_PR_FGD, cv2.GC_PR_BGD).astype(np.uint8)
    likely[(own < -_SURE) & (theirs > 0)] = cv2.GC_FGD
    likely[(theirs < -_SURE) & (own > 0)] = cv2.GC_BGD
    likely[cover < 0.3] = cv2.GC_BGD
    pixels = np.ascontiguousarray(np.clip(255 * colours[..., ::-1], 0, 255).astype(np.uint8))
    one, other = np.zeros((1, 65)), np.zeros((1, 65))
    unused = (0, 0, 1, 1)
    cv2.setRNGSeed(1)  # the same photo gives the same cut
    cv2.grabCut(pixels, likely, unused, one, other, _ROUNDS, cv2.GC_INIT_WITH_MASK)
    return np.isin(likely, (cv2.GC_FGD, cv2.GC_PR_FGD)).astype(np.uint8)


def _only_theirs_gone(kept: NDArray[np.uint8], cover: Mask, theirs: Float) -> NDArray[np.uint8]:
    """`kept` and what was cut away but isn't a neighbour's: hair of the wall's own colour."""
    there = (cover > 0.3).astype(np.uint8)
    thick = cv2.morphologyEx(there * (1 - kept), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    gone = touching(thick > 0, theirs < -_SURE)
    near = cv2.dilate(gone.astype(np.uint8), np.ones((3, 3), np.uint8)) * (1 - kept)
    return there * (1 - near)


def _at_face(kept: NDArray[np.uint8], own: Float) -> Mask:
    """The piece of `kept` that holds the sitter's head."""
    _, labels = cv2.connectedComponents(kept)
    pieces = labels[(own < -_SURE) & (kept > 0)]
    if not pieces.size:
        return kept.astype(np.float32)
    return (labels == np.bincount(pieces).argmax()).astype(np.float32)
