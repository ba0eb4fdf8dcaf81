"""A crop: the rectangle of a photo or plate that becomes the picture."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ..images import Float


@dataclass(frozen=True)
class Crop:
    """A rectangle in pixels of a photo or plate, whose pixel centres lie at integers.

    x, y: its upper left corner. It may reach beyond the plate, where nothing is.
    width, height: its size.
    head: chin to crown as a share of the height, as it came out.
    cost: of the composition, 0 best; see composition.cost.
    """

    x: float
    y: float
    width: float
    height: float
    head: float
    cost: float = 0.0

    def scaled(self, factor: float) -> Crop:
        """The same crop after the plate was resized by `factor`."""
        x, y = (self.x + 0.5) * factor - 0.5, (self.y + 0.5) * factor - 0.5
        return replace(self, x=x, y=y, width=self.width * factor, height=self.height * factor)

    def beside(self, x: float, y: float) -> Crop:
        """The same crop on a part of the plate that begins at column `x`, row `y`."""
        return replace(self, x=self.x - x, y=self.y - y)

    def moved(self, landmarks: Float, width: int) -> Float:
        """Landmarks (N, 3) of the plate in a picture of the crop that is `width` pixels wide."""
        factor = np.float32(width / self.width)
        points = landmarks * factor
        points[:, 0] -= (self.x - 0.5) * factor + 0.5
        points[:, 1] -= (self.y - 0.5) * factor + 0.5
        return points
