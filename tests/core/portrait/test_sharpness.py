"""The blur of a picture's edges."""

from __future__ import annotations

from math import inf

import numpy as np
import pytest

from headshots.core.images import Image, blur
from headshots.core.portrait.sharpness import edge_blur


def tiles(height: int, width: int) -> Image:
    """Crisp tiles of many tones."""
    tones = np.random.default_rng(5).uniform(0.15, 0.85, (height // 16, width // 16))
    fine = np.kron(tones, np.ones((16, 16)))
    return np.repeat(fine[..., None], 3, axis=2).astype(np.float32)


@pytest.mark.parametrize("sigma", (1.5, 2.5, 4.0))
def test_the_blur_of_edges_is_found(sigma: float) -> None:
    # The edge of a pixel-sharp picture adds its own little to the blur.
    assert edge_blur(blur(tiles(320, 320), sigma)) == pytest.approx(sigma, rel=0.3)


def test_nothing_has_no_edges() -> None:
    assert edge_blur(np.full((64, 64, 3), 0.4, np.float32)) == inf
    assert edge_blur(np.zeros((4, 90, 3), np.float32)) == inf
