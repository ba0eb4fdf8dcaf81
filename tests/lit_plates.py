"""Plates of real sitters under light that is known."""

from __future__ import annotations

import numpy as np

from headshots.core.generation.looks import Light
from headshots.core.generation.studio.light.shading import shade
from headshots.core.generation.studio.plate.plate import Plate
from headshots.core.images import Float, Image, resize, to_srgb


def over_grey(plate: Plate, linear: Float) -> Image:
    matte = plate.matte[..., None]
    return to_srgb(np.asarray(linear * matte + np.float32(0.2) * (1 - matte), np.float32))


def rendered(plate: Plate, light: Light) -> Image:
    """The sitter's shape in even grey under a light that is known."""
    total = np.add(*shade(plate.shape, light)) * np.float32(0.35)
    rows, columns = plate.matte.shape
    return over_grey(plate, np.repeat(resize(total, columns, rows)[..., None], 3, 2))
