"""Similarities and alias-free warps."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.faces.alignment import ARCFACE, arcface, moved, similarity, warp


@given(
    angle=st.floats(-3.1, 3.1),
    scale=st.floats(0.05, 20),
    x=st.floats(-500, 500),
    y=st.floats(-500, 500),
)
def test_finds_the_similarity(angle: float, scale: float, x: float, y: float) -> None:
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    true = np.array([[cosine, -sine, x], [sine, cosine, y]], np.float32)
    found = similarity(ARCFACE, moved(ARCFACE, true))
    assert found == pytest.approx(true, abs=1e-3 * max(1.0, scale, abs(x), abs(y)))


def test_points_in_one_place_give_a_shift() -> None:
    assert similarity(np.full((5, 2), 7, np.float32), ARCFACE)[:, :2] == pytest.approx(np.eye(2))


def test_unmoved_picture_is_itself() -> None:
    image = np.random.default_rng(0).random((64, 64, 3), np.float32)
    matrix = np.array([[1, 0, 0], [0, 1, 0]], np.float32)
    assert warp(image, matrix, 64) == pytest.approx(image, abs=1e-6)


@pytest.mark.parametrize("factor", [2, 5, 16])
def test_shrinking_averages(factor: int) -> None:
    """Stripes finer than the target's pixels become grey, and a ramp stays where it is."""
    columns = np.arange(64 * factor, dtype=np.float32)
    stripes = np.broadcast_to((columns % 2)[None, :, None], (64 * factor, 64 * factor, 3))
    shift = 0.5 / factor - 0.5
    matrix = np.array([[1 / factor, 0, shift], [0, 1 / factor, shift]], np.float32)
    inner = slice(2, -2)
    shrunk = warp(np.ascontiguousarray(stripes), matrix, 64)[inner, inner]
    assert shrunk == pytest.approx(np.full_like(shrunk, 0.5), abs=0.26 if factor == 2 else 0.1)
    ramp = np.broadcast_to((columns / columns[-1])[None, :, None], stripes.shape)
    found = warp(np.ascontiguousarray(ramp), matrix, 64)[32, inner, 0]
    wanted = (np.arange(64) * factor + (factor - 1) / 2)[inner] / columns[-1]
    assert found == pytest.approx(wanted, abs=0.3 / 64)


@pytest.mark.parametrize("place", [(1e5, 0), (-1e5, -1e5), (0, 3e4)])
def test_outside_the_picture_is_black(place: tuple[float, float]) -> None:
    image = np.ones((20, 30, 3), np.float32)
    assert not arcface(image, (ARCFACE + np.float32(place)).astype(np.float32)).any()


def test_pictures_beyond_the_warps_own_limit() -> None:
    """OpenCV's warp refuses sides above 32767 pixels."""
    image = np.zeros((40, 40000, 3), np.float32)
    image[:, 39000:] = 1
    matrix = np.array([[1, 0, -39500], [0, 1, 0]], np.float32)
    assert warp(image, matrix, 32).mean() == pytest.approx(1)
