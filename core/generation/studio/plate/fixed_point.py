"""Fixed-point storage of linear light, which needs half the memory of floats.

A step is 1/32768 of white: ten steps lie between black and the darkest grey of an 8-bit photo. The
range goes to twice white.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from ....images import Linear

STEPS = np.float32(1 << 15)


@dataclass(frozen=True, eq=False)
class Change:
    """A change of linear light in a part of a picture.

    steps: int16 (h, w, 3), at `scale` times the part's size.
    x, y: first column and row of the part.
    scale: at most 1.
    """

    steps: NDArray[np.int16]
    x: int
    y: int
    scale: float = 1.0


def stored(linear: Linear) -> NDArray[np.uint16]:
    """Linear light 0..2 of any shape as steps."""
    steps = linear * STEPS
    steps += np.float32(0.5)
    return np.clip(steps, 0, 65535, out=steps).astype(np.uint16)


def light(steps: NDArray[np.integer] | Linear) -> Linear:
    """Steps of light or of a change, also interpolated ones in floats, as linear light."""
    linear = np.array(steps, np.float32)
    linear /= STEPS
    return linear


def reduced(steps: NDArray[np.uint16], width: int, height: int) -> Linear:
    """Steps (H, W, 3) as linear light, resized."""
    method = cv2.INTER_AREA if width * height < steps.shape[0] * steps.shape[1] else cv2.INTER_CUBIC
    small = cv2.resize(steps, (width, height), interpolation=method)
    return light(np.asarray(small, np.float32))


def change(before: Linear, after: Linear, x: int, y: int, scale: float = 1.0) -> Change:
    """The change from `before` to `after`; see `Change` for the rest."""
    steps = np.rint((after - before) * STEPS)
    return Change(np.clip(steps, -32768, 32767).astype(np.int16), x, y, scale)
