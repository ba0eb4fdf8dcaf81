"""Lens blur: each point out of focus becomes a disc, not a Gaussian."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, hypot

import cv2
import numpy as np

from ....images import Float, Linear, Mask

# Distance in metres at which the sitter is in focus; an 85 mm lens frames a head like this.
SITTER = 1.5
# Away from the middle the barrel of the lens clips the disc to a cat's eye, the overlap of the
# aperture and the barrel's rim. Shift of the rim at the picture's corner, and its size, both in
# radii of the disc; set by eye on pictures of fast portrait lenses.
_SHIFT, _RIM = 0.4, 1.08
_RING = 0.10  # how much brighter the disc's own rim is, as with some spherical aberration


@dataclass(frozen=True)
class Point:
    """A small light out of focus.

    x, y: in picture heights from the upper left corner.
    diameter: of its disc, in picture heights.
    light: linear RGB that its disc adds.
    """

    x: float
    y: float
    diameter: float
    light: tuple[float, float, float]


def spread(distance: float, blur: float) -> float:
    """Diameter of the disc of a point `distance` metres away, in picture heights.

    blur: diameter for a point at infinity. With the focus at `SITTER`, a thin lens's circle of
        confusion is proportional to 1 - SITTER / distance.
    """
    return blur * max(0.0, 1 - SITTER / distance)


def defocus(values: Float, diameter: float) -> Float:
    """`values` (H, W) or (H, W, C), linear light, with each point spread to a disc.

    diameter: of the disc in pixels.
    """
    if diameter <= 1:
        return values
    radius = diameter / 2
    reach = ceil(radius)
    y, x = np.mgrid[-reach : reach + 1, -reach : reach + 1].astype(np.float32)
    kernel = np.clip(radius + 0.5 - np.hypot(x, y), 0, 1)
    spreaded = cv2.filter2D(values, -1, kernel / kernel.sum(), borderType=cv2.BORDER_REFLECT)
    return np.asarray(spreaded, np.float32)


def stack(layers: Sequence[tuple[Linear, Mask, float]]) -> Linear:
    """Layers of a scene out of focus, composed.

    layers: the farthest first, each as colours, mask, and diameter of the disc in pixels. What a
        nearer layer hides is filled from around it, since its blurred rim lets some of that
        through.
    """
    result: Linear | None = None
    for colours, mask, diameter in layers:
        light = defocus(np.asarray(colours * mask[..., None], np.float32), diameter)
        cover = defocus(mask, diameter)[..., None]
        if result is None:
            far = cv2.blur(mask, (_wide(mask), _wide(mask)))[..., None]
            around = cv2.blur(colours * mask[..., None], (_wide(mask), _wide(mask)))
            behind = around / np.maximum(far, 1e-3)
            result = np.asarray(light + behind * (1 - cover), np.float32)
        else:
            result = np.asarray(light + result * (1 - cover), np.float32)
    assert result is not None
    return result


def _wide(mask: Mask) -> int:
    return 2 * (mask.shape[0] // 6) + 1


def add_points(picture: Linear, points: Sequence[Point]) -> None:
    """Add the discs of `points` to `picture`, linear RGB float32 (H, W, 3), in place."""
    height, width = picture.shape[:2]
    for point in points:
        # Pixel centres lie at integers, so the picture's edge is half a pixel before the first.
        x, y = point.x * height - 0.5, point.y * height - 0.5
        radius = point.diameter * height / 2
        x0, y0 = max(0, int(x - radius - 2)), max(0, int(y - radius - 2))
        x1, y1 = min(width, ceil(x + radius + 3)), min(height, ceil(y + radius + 3))
        if x1 <= x0 or y1 <= y0 or radius < 0.5:
            continue
        dx = np.arange(x0, x1, dtype=np.float32)[None] - np.float32(x)
        dy = np.arange(y0, y1, dtype=np.float32)[:, None] - np.float32(y)
        disc = _eye(dx, dy, radius, (x - width / 2, y - height / 2), hypot(width, height) / 2)
        picture[y0:y1, x0:x1] += disc[..., None] * np.array(point.light, np.float32)


def _eye(dx: Float, dy: Float, radius: float, away: tuple[float, float], corner: float) -> Float:
    """Coverage of one disc with a brighter rim, about 0..1, at offsets `dx`, `dy` from its centre.

    away: offset of its centre from the picture's, in pixels.
    corner: half the picture's diagonal, in pixels.
    """
    soft = max(1.0, 0.07 * radius)
    shift = _SHIFT * radius / corner
    own = np.hypot(dx, dy)
    barrel = np.hypot(dx + shift * away[0], dy + shift * away[1]) - (_RIM - 1) * radius
    edge = np.maximum(own, barrel)
    ring = 1 + _RING * np.clip((edge / radius - 0.7) / 0.3, 0, 1) ** 2
    return np.asarray(np.clip((radius - edge) / soft + 0.5, 0, 1) * ring, np.float32)


def film(light: Linear) -> Linear:
    """Unbounded light (H, W, 3) as linear 0..1; highlights saturate softly, as on film."""
    return np.asarray(-np.expm1(np.minimum(-light, 0)), np.float32)
