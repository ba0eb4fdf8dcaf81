"""The input picture of InstantID's ControlNet: a face's five points, joined at the nose.

It matches the authors' drawing to the pixel; they truncate fractions of pixels and degrees.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ....faces import Face
from ....images import Image, from_u8

# Left eye, right eye, nose, left and right mouth corner, in the colours it was trained with.
_COLOURS = ((255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 0), (255, 0, 255))
_LIMBS = (0, 1, 3, 4)  # each joined to the nose, point 2
_NOSE, _WIDTH, _RADIUS, _DIM = 2, 4, 10, 0.6


def key_points(face: Face | None, shape: Sequence[int]) -> Image:
    """The points of `face` on black, float32 (H, W, 3) 0..1; all black without a face."""
    canvas = np.zeros((shape[0], shape[1], 3), np.uint8)
    if face is None:
        return from_u8(canvas)
    points = face.points
    for place in _LIMBS:
        (x0, y0), (x1, y1) = points[place], points[_NOSE]
        length, angle = np.hypot(x0 - x1, y0 - y1), np.degrees(np.arctan2(y0 - y1, x0 - x1))
        outline = cv2.ellipse2Poly(
            (int((x0 + x1) / 2), int((y0 + y1) / 2)),
            (int(length / 2), _WIDTH),
            int(angle),
            0,
            360,
            1,
        )
        cv2.fillConvexPoly(canvas, np.asarray(outline, np.int32), _COLOURS[place])
    canvas = (canvas * _DIM).astype(np.uint8)
    for (x, y), colour in zip(points, _COLOURS, strict=True):
        cv2.circle(canvas, (int(x), int(y)), _RADIUS, colour, -1)
    return from_u8(canvas)
