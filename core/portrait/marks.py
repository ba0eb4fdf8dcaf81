"""Marks of the skin (moles, freckles, scars, blemishes): detection and transfer between faces.

They are detected on the upright face at one size, so that detections in several photos compare.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..faces import Face, regions
from ..faces.head_pose import head_frame
from ..faces.upright import Upright
from ..images import Float, Mask, blur, resize

# Side of the square that holds the upright face, and the face's width in it, pixels.
SIZE = 480
WIDTH = 288.0
# Below this face width (pixels of the photo) spots are a pixel or two, like noise.
SMALLEST_FACE = 150.0
# Sizes of spots: standard deviations in pixels of the upright face; the diameter is about three.
_SCALES = (1.2, 1.7, 2.4, 3.4, 4.8)
# Least contrast in L*.
SPOT_CONTRAST = 5.0
# Most extra redness in a* of a permanent mark: temporary spots are inflamed.
SPOT_REDNESS = 4.0
# Least extra redness in a* of a red spot.
RED_SPOT = 3.0
# The weaker curvature as a share of the stronger: 1 is round, 0 a line.
SPOT_ROUNDNESS = 0.5
# Largest distance between two detections of the same spot, face widths.
SAME_SPOT = 0.04
MOST_SPOTS = 16


@dataclass(frozen=True)
class SkinMark:
    """A mark of the skin that may be permanent: a mole, a scar, a freckle.

    u, v: its place: horizontal and vertical offset from the nose bridge (mesh point 168) in face
        widths, along the face's own axes.
    size: diameter in face widths.
    contrast: L* difference to the skin around it, negative if dark.
    photos: how many photos show it.
    """

    u: float
    v: float
    size: float
    contrast: float
    photos: int

    def distance(self, other: SkinMark) -> float:
        """How far apart two marks lie, in face widths."""
        return float(np.hypot(self.u - other.u, self.v - other.v))


def find_marks(
    lab: Float, skin: NDArray[np.bool_], shown: Upright, face: Face
) -> tuple[tuple[SkinMark, ...], tuple[SkinMark, ...]]:
    """Compact dark spots that are hardly redder than the skin around them, and compact red ones.

    lab: CIE L*a*b* of the upright face, float32 (SIZE, SIZE, 3).
    skin: its skin, bool (SIZE, SIZE).
    shown: the upright face.
    face: in pixels of the photo.

    At most `MOST_SPOTS` of each; dark ones by their contrast, the darkest first.
    """
    around = _masked_blur(lab, skin.astype(np.float32), 0.035 * WIDTH)
    filled = np.where(skin[..., None], lab, around)
    border = cv2.erode(skin.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0

    def measured(row: int, column: int, scale: float) -> tuple[SkinMark, float]:
        fine = blur(filled[row - 4 : row + 5, column - 4 : column + 5], 0.8)[4, 4]
        contrast, redder, _ = fine - around[row, column]
        u, v = _on_face(np.array([column, row], np.float32), shown.mesh, face)
        return SkinMark(u, v, 3 * scale / WIDTH, float(contrast), 1), float(redder)

    dark: list[SkinMark] = []
    red: list[SkinMark] = []
    for peak in _compact(filled[..., 0], border, SPOT_CONTRAST):
        spot, redder = measured(*peak)
        if spot.contrast <= -SPOT_CONTRAST:
            (dark if redder <= SPOT_REDNESS else red).append(spot)
    for peak in _compact(-filled[..., 1], border, RED_SPOT):
        spot, redder = measured(*peak)
        new = all(spot.distance(each) > SAME_SPOT / 2 for each in dark + red)
        if new and redder >= RED_SPOT and spot.contrast < 0:
            red.append(spot)
    dark.sort(key=lambda spot: spot.contrast)
    return tuple(dark[:MOST_SPOTS]), tuple(red[:MOST_SPOTS])


def place(mark: SkinMark, face: Face) -> tuple[float, float]:
    """Where `mark` lies on `face`: x, y in pixels of its picture.

    It moves with the nearest mesh points, so it follows a turned head.
    """
    landmarks = face.landmarks[:468].astype(np.float64)
    offsets = (landmarks - landmarks[regions.NOSE_BRIDGE]) * (1, -1, 1)
    across, up, _ = head_frame(face.landmarks).astype(np.float64)
    on_head = np.column_stack([offsets @ across, -(offsets @ up)]) / face.width
    target = np.array([mark.u, mark.v])
    nearest = np.argsort(((on_head - target) ** 2).sum(axis=1))[:8]
    design = np.column_stack([on_head[nearest], np.ones(len(nearest))])
    solution: Float = np.linalg.lstsq(design, landmarks[nearest, :2], rcond=None)[0]
    x, y = np.array([*target, 1.0]) @ solution
    return float(x), float(y)


def _compact(
    channel: Float, border: NDArray[np.bool_], contrast: float
) -> list[tuple[int, int, float]]:
    """Row, column and scale of the spots where `channel` is lower than around by `contrast`.

    A spot is a minimum in every direction, a wrinkle in one only. So the weaker of the two
    principal curvatures counts, at several scales (Lindeberg, IJCV 30, 1998).
    """
    layers = np.stack([_compactness(channel, scale) for scale in _SCALES])
    strongest = layers.max(axis=0)
    # A spot must stand out from the skin's own texture.
    texture = float(np.percentile(strongest[border], 75)) if border.any() else 0.0
    limit = max(contrast / 4, 4 * texture)
    peak = strongest >= cv2.dilate(strongest, np.ones((9, 9), np.uint8))
    places = np.argwhere(peak & border & (strongest >= limit))
    return [
        (int(row), int(column), _SCALES[int(layers[:, row, column].argmax())])
        for row, column in places
    ]


def _compactness(channel: Float, scale: float) -> Float:
    """The weaker principal curvature, normalised by scale; 0 where the two differ much.

    In the middle of a round spot it is about a quarter of the spot's depth.
    """
    smooth = blur(channel, scale)
    xx = cv2.Sobel(smooth, cv2.CV_32F, 2, 0, ksize=3) / 4
    yy = cv2.Sobel(smooth, cv2.CV_32F, 0, 2, ksize=3) / 4
    xy = cv2.Sobel(smooth, cv2.CV_32F, 1, 1, ksize=3) / 4
    mean, half = (xx + yy) / 2, np.sqrt(((xx - yy) / 2) ** 2 + xy**2)
    round_enough = mean - half >= SPOT_ROUNDNESS * (mean + half)
    return np.where(round_enough, scale**2 * (mean - half), 0).astype(np.float32)


def _masked_blur(lab: Float, weight: Mask, sigma: float) -> Float:
    """A blur of `lab` weighted by `weight`, computed at a quarter of the size."""
    side = len(weight)
    small = side // 4
    counted = resize(weight, small, small)
    total = np.maximum(blur(counted, sigma / 4), 1e-4)[..., None]
    mean = blur(resize(lab * weight[..., None], small, small), sigma / 4) / total
    return np.asarray(cv2.resize(mean, (side, side), interpolation=cv2.INTER_LINEAR), np.float32)


def _on_face(place: Float, flat: Float, face: Face) -> tuple[float, float]:
    """Where a point of the upright picture lies on the head: (u, v) as in `SkinMark`.

    The mesh around the point gives its depth, so that a turned head gives the same figures.
    """
    nearest = np.argsort(((flat[:468] - place) ** 2).sum(axis=1))[:8]
    design = np.column_stack([flat[nearest], np.ones(len(nearest))])
    solution = np.linalg.lstsq(design, face.landmarks[nearest].astype(np.float64), rcond=None)[0]
    point = np.array([*place, 1.0]) @ solution - face.landmarks[regions.NOSE_BRIDGE]
    across, up, _ = head_frame(face.landmarks) @ (point * (1, -1, 1))
    return float(across / face.width), float(-up / face.width)
