"""How plates keep their light: as integers, in half the memory of floats, and exact enough.

A step is 1/32768 of white: ten of them lie between black and the darkest grey that an 8-bit photo
knows, and there is as much room above white.
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
    """What a part of a picture gains or loses in linear light.

    steps: int16 (h, w, 3), `scale` times as many across as the part has pixels, 1 at most.
    x, y: the part's first column and row.
    """

    steps: NDArray[np.int16]
    x: int
    y: int
    scale: float = 1.0


def stored(linear: Linear) -> NDArray[np.uint16]:
    """Linear light 0..2, any shape, as steps."""
    steps = linear * STEPS
    steps += np.float32(0.5)
    return np.clip(steps, 0, 65535, out=steps).astype(np.uint16)


def light(steps: NDArray[np.integer] | Linear) -> Linear:
    """Steps, of light or of a change, as linear light; between steps too, once they are floats."""
    linear = np.array(steps, np.float32)
    linear /= STEPS
    return linear


def reduced(steps: NDArray[np.uint16], width: int, height: int) -> Linear:
    """Steps (H, W, 3) as linear light of a smaller size."""
    method = cv2.INTER_AREA if width * height < steps.shape[0] * steps.shape[1] else cv2.INTER_CUBIC
    small = cv2.resize(steps, (width, height), interpolation=method)
    return light(np.asarray(small, np.float32))


def change(before: Linear, after: Linear, x: int, y: int, scale: float = 1.0) -> Change:
    """The change from `before` to `after`, both `scale` times the size of the part of a picture
    whose corner is at column `x`, row `y`.
    """
    steps = np.rint((after - before) * STEPS)
    return Change(np.clip(steps, -32768, 32767).astype(np.int16), x, y, scale)
