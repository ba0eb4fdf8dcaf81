"""Takes off the tint, contrast and gamma that an edit added, as the head tells them.

An affine map of sRGB colours (3x4) from the edited picture to the original is fitted robustly on
blurred pixels of the head that both show. It is the edit that is mapped: the sitter's own pixels
stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ..images import Float, Image, ramp, to_lab

Bool = NDArray[np.bool_]
Real = NDArray[np.floating]

_MOST = 15000  # pixels that are fitted
_FEWEST = 300
_ROUNDS = 6
# How strongly each channel's own map keeps to none, and the whole map to those, as shares of the
# colours' spread; skin and hair lie near one plane, and don't say what becomes of a blue.
_RIDGE, _APART = 2e-3, 1e-2
# Black and white stay, unless the head clearly says otherwise: their weight among the pixels, and
# the sRGB by which they may move before they count for half.
_ENDS, _MOVED = 0.02, 0.12
# Values from which a channel is clipped at white, and up to which at black.
_WHITE, _BLACK = (0.9, 0.99), (0.004, 0.016)


@dataclass(frozen=True, eq=False)
class Drift:
    """How an edit changed colours.

    map: affine float64 (4, 3) from the edit's sRGB, with a 1 behind, to the original's.
    tint: median CIEDE2000 of the head's colours before the map.
    left: the same after it.
    contrast: the edit's spread of lightness in the head as a share of the original's.
    brighter: L* by which the edit's head is brighter.
    """

    map: NDArray[np.float64]
    tint: float
    left: float
    contrast: float
    brighter: float

    def undone(self, image: Image) -> Image:
        """The edited picture (H, W, 3) in the original's colours.

        Of a channel that was clipped only a bound is known. It is held to the others, so that
        burnt whites and deep blacks stay neutral.
        """
        mapped = np.asarray(cv2.transform(image, self.map.T), np.float32)
        first, second, third = cv2.split(image)
        burnt = np.asarray(cv2.max(cv2.max(first, second), third) > _WHITE[0])
        deep = np.asarray(cv2.min(cv2.min(first, second), third) < _BLACK[1])
        if burnt.any():
            few, old = mapped[burnt], image[burnt]
            # As far below the brightest channel as it was in the edit, and no further.
            wanted = few.max(axis=1, keepdims=True) - (old.max(axis=1, keepdims=True) - old)
            mapped[burnt] = few + np.maximum(wanted - few, 0) * ramp(old, *_WHITE)
        if deep.any():
            few, old = mapped[deep], image[deep]
            wanted = few.min(axis=1, keepdims=True) + (old - old.min(axis=1, keepdims=True))
            mapped[deep] = few - np.maximum(few - wanted, 0) * (1 - ramp(old, *_BLACK))
        return np.asarray(np.clip(mapped, 0, 1, out=mapped), np.float32)


def drift_of(own: Image, edit: Image, shared: Bool) -> Drift:
    """How `edit` drifted from `own`, both smoothed sRGB (h, w, 3), where both are `shared` head."""
    rows, columns = np.where(shared)
    if len(rows) < _FEWEST:
        nothing = np.vstack([np.eye(3), np.zeros((1, 3))])
        return Drift(nothing, 0.0, 0.0, 1.0, 0.0)
    stride = max(1, len(rows) // _MOST)
    place = rows[::stride], columns[::stride]
    source, target = edit[place].astype(np.float64), own[place].astype(np.float64)
    fitted = _fitted(source, target)
    mapped = np.clip(_one(source) @ fitted, 0, 1).astype(np.float32)
    before, after, goal = (_lab(each) for each in (source, mapped, target))
    spread = float(goal[:, 0].std())
    return Drift(
        map=fitted,
        tint=float(np.median(ciede2000(before, goal))),
        left=float(np.median(ciede2000(after, goal))),
        contrast=float(before[:, 0].std()) / spread if spread > 0.5 else 1.0,
        brighter=float(np.median(before[:, 0] - goal[:, 0])),
    )


def _fitted(source: Real, target: Real) -> NDArray[np.float64]:
    """The robust affine map (4, 3) from `source` to `target`, both (N, 3)."""
    spread = len(source) * float(source.var())
    ends = np.array([[0.0, 0, 0], [1, 1, 1]])
    extended = _one(np.concatenate([source, ends]))
    target = np.concatenate([target, ends])
    usual = np.full(len(target), 1.0)
    usual[-2:] = _ENDS * len(source)
    weight = usual
    fitted = np.vstack([np.eye(3), np.zeros((1, 3))])
    for _ in range(_ROUNDS):
        weighted = extended * weight[:, None]
        channels = _each_channel(extended, weighted, target, _RIDGE * spread)
        ridge = _APART * spread
        matrix = extended.T @ weighted + ridge * np.eye(4)
        solved = np.linalg.solve(matrix, weighted.T @ target + ridge * channels)
        fitted = np.asarray(solved, np.float64)
        missed = np.linalg.norm(extended @ fitted - target, axis=1)
        scale = np.full(len(missed), 1.5 * float(np.median(missed[:-2])) + 1e-4)
        scale[-2:] = _MOVED
        weight = usual / (1 + (missed / scale) ** 2)
    return fitted


def _each_channel(extended: Real, weighted: Real, target: Real, ridge: float) -> Real:
    """The map (4, 3) of each channel by itself: a gain and an offset."""
    fitted = np.zeros((4, 3))
    for channel in range(3):
        own = [channel, 3]
        matrix = extended[:, own].T @ weighted[:, own] + ridge * np.eye(2)
        wanted = weighted[:, own].T @ target[:, channel] + ridge * np.array([1.0, 0.0])
        fitted[own, channel] = np.linalg.solve(matrix, wanted)
    return fitted


def _one(colours: Real) -> Real:
    return np.concatenate([colours, np.ones_like(colours[..., :1])], axis=-1)


def _lab(colours: Real) -> Float:
    return to_lab(np.asarray(colours[None], np.float32))[0]


def difference(one: Image, other: Image, where: Bool, share: float) -> float:
    """The quantile `share` of CIEDE2000 of two sRGB pictures (h, w, 3) at the pixels `where`."""
    return float(np.quantile(ciede2000(_lab(one[where]), _lab(other[where])), share))


def ciede2000(one: Real, other: Real) -> Real:
    """CIEDE2000 of L*a*b* colours (..., 3) (Sharma, Wu and Dalal, Color Research and Application
    30, 2005), float64 (...).
    """
    l1, a1, b1 = np.moveaxis(one.astype(np.float64), -1, 0)
    l2, a2, b2 = np.moveaxis(other.astype(np.float64), -1, 0)
    mean = (np.hypot(a1, b1) + np.hypot(a2, b2)) / 2
    grey = 1 + 0.5 * (1 - np.sqrt(mean**7 / (mean**7 + 25.0**7)))
    a1, a2 = a1 * grey, a2 * grey
    c1, c2 = np.hypot(a1, b1), np.hypot(a2, b2)
    h1, h2 = np.degrees(np.arctan2(b1, a1)) % 360, np.degrees(np.arctan2(b2, a2)) % 360
    apart = (h2 - h1 + 180) % 360 - 180
    lighter, stronger = l2 - l1, c2 - c1
    turned = 2 * np.sqrt(c1 * c2) * np.sin(np.radians(apart / 2))
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    far = np.abs(h1 - h2) > 180
    hue = np.radians(np.where(far, (h1 + h2 + 360) / 2, (h1 + h2) / 2))
    t = (
        1
        - 0.17 * np.cos(hue - np.radians(30))
        + 0.24 * np.cos(2 * hue)
        + 0.32 * np.cos(3 * hue + np.radians(6))
        - 0.20 * np.cos(4 * hue - np.radians(63))
    )
    scale_l = 1 + 0.015 * (light - 50) ** 2 / np.sqrt(20 + (light - 50) ** 2)
    scale_c, scale_h = 1 + 0.045 * chroma, 1 + 0.015 * chroma * t
    blue = np.radians(60 * np.exp(-(((np.degrees(hue) - 275) / 25) ** 2)))
    rotation = -2 * np.sqrt(chroma**7 / (chroma**7 + 25.0**7)) * np.sin(blue)
    parts = lighter / scale_l, stronger / scale_c, turned / scale_h
    squared = parts[0] ** 2 + parts[1] ** 2 + parts[2] ** 2 + rotation * parts[1] * parts[2]
    return np.sqrt(np.maximum(squared, 0))
