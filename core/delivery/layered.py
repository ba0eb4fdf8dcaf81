"""What the writers of layered files share."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ..errors import InputError
from ..images import Image, check_image, to_u8
from ..layers import Layer, check_layers, composite


def check_same(layers: Sequence[Layer], image: Image) -> None:
    """Raise InputError unless `layers` are sound and make `image`, sRGB float32 (H, W, 3)."""
    check_image(image)
    check_layers(layers)
    if layers[0].pixels.shape == image.shape:
        difference = to_u8(composite(layers)).astype(np.int16) - to_u8(image)
        if np.abs(difference).max() <= 1:
            return
    raise InputError(
        "The layers are not those of the picture",
        "Deliver the picture as it was made, not refined or resized.",
    )


def shown_part(layer: Layer) -> tuple[slice, slice]:
    """The rows and columns that `layer` shows something in; one pixel where it shows nothing."""
    shown = layer.coverage > 0
    down, across = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    if not len(down):
        return slice(0, 1), slice(0, 1)
    return slice(int(down[0]), int(down[-1]) + 1), slice(int(across[0]), int(across[-1]) + 1)
