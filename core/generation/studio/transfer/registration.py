"""Registers a region of one face to another face of the same sitter.

The lender's mesh is moved onto the borrower's by a similarity of the rigid points, then bent a
little so that the surroundings of the region meet, and finally shifted by the small error of the
meshes that the pixels show.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ....faces import Face
from ....faces.alignment import moved, similarity
from ....faces.masks import disc, polygon_mask
from ....images import Box, Float, Image, blur, luminance, resize, to_linear
from .regions import Region

# Face widths.
_MARGIN = 0.12  # of the window beyond the region
_BEND = 0.06  # sigma over which a point pulls its surroundings
_AROUND = 0.09  # width of the ring around the region in which pixels are compared
_FINE, _BROAD = 0.008, 0.04  # sigmas between which detail is compared
_FURTHEST = 0.02  # largest shift by pixels; a larger one is a false match
# Face width in pixels at which detail is compared.
_COMPARED = 240.0
_DARK = np.float32(1e-3)  # linear light below which ratios are noise

Bool = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Registered:
    """A lender's face registered to a borrower's.

    window: of the borrower's picture, in whole pixels.
    own, other: the borrower and the lender in the window, sRGB float32 (h, w, 3).
    inside: bool (h, w), which pixels the lender's photo covers.
    core: bool (h, w), the region in either mesh.
    mesh: the lender's, float32 (478, 3), in pixels of the borrower's picture.
    misfit: root mean square distance of the rigid points before the bend, face widths.
    enlarged: factor by which the lender's pixels were enlarged.
    """

    window: Box
    own: Image
    other: Image
    inside: Bool
    core: Bool
    mesh: Float
    misfit: float
    enlarged: float

    def within(self, mesh: Float) -> Float:
        """A mesh of the borrower's picture in pixels of the window, float32 (478, 2)."""
        return mesh[:, :2] - np.array([self.window.x0, self.window.y0], np.float32)


def register(
    image: Image, face: Face, lender: Image, lender_face: Face, region: Region
) -> Registered | None:
    """Register the lender's face to `face`; both pictures are sRGB float32 (H, W, 3) 0..1.

    None where `image` doesn't hold the whole region.
    """
    window = _window(face, region, image.shape)
    if window is None:
        return None
    lender, lender_face, factor = _shrunk(lender, lender_face, face.width)
    still, around = list(region.still), list(region.around)
    matrix = similarity(lender_face.landmarks[still, :2], face.landmarks[still, :2])
    scale = float(np.hypot(matrix[0, 0], matrix[1, 0]))
    depth = scale * lender_face.landmarks[:, 2]
    depth += (face.landmarks[still, 2] - depth[still]).mean()
    points = moved(lender_face.landmarks[:, :2], matrix)
    offsets = face.landmarks[:, :2] - points
    bend = _Bend(face.landmarks[around, :2], offsets[around], _BEND * face.width)
    shifts = bend.over(window)
    own = np.ascontiguousarray(window.cut(image))
    other, inside = _sampled(lender, matrix, shifts, window)
    flat = points + bend.at(points)
    core = _core(own.shape, (face.landmarks[:, :2], flat), region, window)
    missing = _missing(own, other, core, face.width)
    if missing.any():
        flat = flat + missing
        other, inside = _sampled(lender, matrix, shifts + missing, window)
        core = _core(own.shape, (face.landmarks[:, :2], flat), region, window)
    return Registered(
        window=window,
        own=own,
        other=other,
        inside=inside,
        core=core,
        mesh=np.column_stack([flat, depth]).astype(np.float32),
        misfit=float(np.sqrt((offsets[still] ** 2).sum(1).mean())) / face.width,
        enlarged=factor * scale,
    )


@dataclass(frozen=True, eq=False)
class _Bend:
    """A smooth shift of the plane: `shifts` at `points`, both (N, 2), averaged over `sigma`."""

    points: Float
    shifts: Float
    sigma: float

    def at(self, places: Float) -> Float:
        """The shift float32 (M, 2) at `places` (M, 2)."""
        away = ((places[:, None] - self.points[None]) ** 2).sum(2)
        pull = np.exp(-away / (2 * self.sigma**2))
        return np.asarray(pull @ self.shifts / (pull.sum(1, keepdims=True) + 1e-3), np.float32)

    def over(self, window: Box) -> Float:
        """The shift of every pixel of `window`, float32 (h, w, 2)."""
        columns, rows = round(window.width), round(window.height)
        step = max(1.0, self.sigma / 4)
        across, down = (max(2, round(side / step)) for side in (columns, rows))
        # Pixel centres of the coarse grid, as resizing takes them.
        x = window.x0 + (np.arange(across) + 0.5) * columns / across - 0.5
        y = window.y0 + (np.arange(down) + 0.5) * rows / down - 0.5
        places = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2).astype(np.float32)
        grid = self.at(places).reshape(down, across, 2)
        return np.asarray(cv2.resize(grid, (columns, rows)), np.float32)


def _window(face: Face, region: Region, shape: tuple[int, ...]) -> Box | None:
    """A window around the region in whole pixels; None where the picture cuts the region."""
    rows, columns = shape[:2]
    outline = face.landmarks[[point for each in region.outlines for point in each], :2]
    if (outline < 0).any() or (outline > (columns - 1, rows - 1)).any():
        return None
    margin = _MARGIN * face.width
    (left, top), (right, bottom) = outline.min(0) - margin, outline.max(0) + margin
    return Box(
        float(max(0, np.floor(left))),
        float(max(0, np.floor(top))),
        float(min(columns, np.ceil(right))),
        float(min(rows, np.ceil(bottom))),
    )


def _shrunk(lender: Image, lender_face: Face, width: float) -> tuple[Image, Face, float]:
    """The lender reduced to the borrower's size where it is larger, and the factor."""
    factor = min(1.0, width / max(lender_face.width, 1e-3))
    if factor == 1.0:
        return lender, lender_face, 1.0
    rows, columns = (max(1, round(factor * side)) for side in lender.shape[:2])
    factor = columns / lender.shape[1]
    return resize(lender, columns, rows), lender_face.scaled(factor), factor


def _sampled(lender: Image, matrix: Float, shifts: Float, window: Box) -> tuple[Image, Bool]:
    """The lender warped to the window, (h, w, 3), and which pixels its photo covers, (h, w)."""
    rows, columns = shifts.shape[:2]
    back = np.asarray(cv2.invertAffineTransform(matrix), np.float32)
    x = np.arange(columns, dtype=np.float32) + np.float32(window.x0) - shifts[..., 0]
    y = np.arange(rows, dtype=np.float32)[:, None] + np.float32(window.y0) - shifts[..., 1]
    u, v = (np.asarray(row[0] * x + row[1] * y + row[2], np.float32) for row in back)
    sampled = cv2.remap(lender, u, v, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    height, width = lender.shape[:2]
    inside = (u >= 0) & (v >= 0) & (u <= width - 1) & (v <= height - 1)
    return np.asarray(np.clip(sampled, 0, 1), np.float32), inside


def _core(shape: tuple[int, ...], meshes: tuple[Float, Float], region: Region, window: Box) -> Bool:
    """The region in either mesh, bool (h, w)."""
    core = np.zeros(shape[:2], np.uint8)
    corner = np.array([window.x0, window.y0], np.float32)
    for mesh in meshes:
        for outline in region.outlines:
            core |= polygon_mask(shape, (mesh - corner)[list(outline), :2])
    return np.asarray(core > 0)


def _missing(own: Image, other: Image, core: Bool, width: float) -> Float:
    """The remaining shift (right, down) in pixels from `other` to `own` around `core`.

    By enhanced correlation of the finer detail (Evangelidis and Psarakis, "Parametric Image
    Alignment Using Enhanced Correlation Coefficient Maximization", 2008); zero where it does not
    converge, or only far away.
    """
    factor = min(1.0, _COMPARED / width)
    rows, columns = core.shape
    small = max(8, round(factor * columns)), max(8, round(factor * rows))
    here, there = (_detail(resize(each, *small), factor * width) for each in (own, other))
    inside = np.asarray(cv2.resize(core.astype(np.uint8), small, interpolation=cv2.INTER_NEAREST))
    around = np.asarray(cv2.dilate(inside, disc(_AROUND * factor * width)) - inside, np.uint8)
    shift = np.eye(2, 3, dtype=np.float32)
    criteria = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 60, 1e-5)
    try:
        cv2.findTransformECC(here, there, shift, cv2.MOTION_TRANSLATION, criteria, around, 1)
    except cv2.error:  # it didn't converge
        return np.zeros(2, np.float32)
    moves = np.asarray(-shift[:, 2] / np.float32(factor), np.float32)
    near = float(np.hypot(*moves)) <= _FURTHEST * width
    return moves if near else np.zeros(2, np.float32)


def _detail(image: Image, width: float) -> Float:
    log = np.log(luminance(to_linear(image)) + _DARK)
    return blur(log, _FINE * width) - blur(log, _BROAD * width)
