"""Colour tables: files as programs write them, and colours between their entries."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image as Pillow
from PIL import ImageFilter

from headshots.core.errors import LookUnreadable
from headshots.core.generation.cube import Cube, identity, parse_cube
from headshots.core.images import from_u8

# As DaVinci Resolve and Adobe's programs write them.
RESOLVE_1D = """# Resolve
LUT_1D_SIZE 3
LUT_1D_INPUT_RANGE 0.0 1.0
0.0 0.0 0.0
0.6 0.5 0.4
1.0 1.0 1.0
"""
ADOBE_3D = """TITLE "Warm"

LUT_3D_SIZE 2
DOMAIN_MIN 0 0 0
DOMAIN_MAX 1 1 1

0 0 0
1 0 0
0 1 0
1 1 0
0 0 1
1 0 1
0 1 1
1 1 0.5
"""


def test_a_table_of_curves() -> None:
    cube = parse_cube(RESOLVE_1D)
    got = cube.applied(np.array([[[0.25, 0.25, 0.25], [0.5, 1, 2]]], np.float32))
    assert got == pytest.approx(np.array([[[0.3, 0.25, 0.2], [0.6, 1, 1]]]))


def test_a_table_of_colours_red_first() -> None:
    cube = parse_cube(ADOBE_3D)
    assert cube.title == "Warm"
    corners = np.array([[1, 0, 0], [0, 0, 1], [1, 1, 1], [0.5, 0.5, 0.5]], np.float32)
    expected = [[1, 0, 0], [0, 0, 1], [1, 1, 0.5], [0.5, 0.5, 0.25]]
    assert cube.applied(corners) == pytest.approx(np.array(expected))


def test_a_domain_of_its_own() -> None:
    cube = parse_cube(ADOBE_3D.replace("MIN 0 0 0", "MIN -1 0 0").replace("MAX 1 1 1", "MAX 3 1 1"))
    got = cube.applied(np.array([[1.0, 0, 0]], np.float32))
    assert got == pytest.approx(np.array([[0.5, 0, 0]]))


def test_it_agrees_with_pillow_on_a_smooth_table() -> None:
    """Whose interpolation is another one, at 8 bits."""
    table = identity(33) ** np.array([0.8, 1.0, 1.3], np.float32)
    cube = Cube(table.astype(np.float32), np.zeros(3, np.float32), np.ones(3, np.float32))
    pixels = np.random.default_rng(5).integers(0, 256, (64, 64, 3), np.uint8)
    flat = table.transpose(2, 1, 0, 3).reshape(-1).tolist()
    expected = Pillow.fromarray(pixels).filter(ImageFilter.Color3DLUT(33, flat))
    got = cube.applied(from_u8(pixels))
    assert np.abs(got - np.asarray(expected, np.float32) / 255).max() < 1.5 / 255


@given(size=st.integers(2, 9), seed=st.integers(0, 999))
@settings(max_examples=30, deadline=None)
def test_what_is_written_is_read(size: int, seed: int) -> None:
    noise = np.random.default_rng(seed).random((size, size, size, 3), np.float32)
    cube = Cube(noise, np.zeros(3, np.float32), np.ones(3, np.float32), "a table")
    again = parse_cube(cube.to_text())
    assert again.table == pytest.approx(noise, abs=1e-6) and again.title == "a table"
    assert again.applied(identity(size)) == pytest.approx(noise, abs=2e-5)
    assert again.grid(2 * size - 1).table[::2, ::2, ::2] == pytest.approx(noise, abs=2e-5)


@given(grey=st.floats(0, 1), size=st.integers(2, 12))
@settings(max_examples=40, deadline=None)
def test_greys_stay_grey(grey: float, size: int) -> None:
    """As along the diagonal only entries of grey are used."""
    table = identity(size)
    table = np.where((np.ptp(table, axis=-1) < 1e-6)[..., None], table, 1 - table)
    cube = Cube(table.astype(np.float32), np.zeros(3, np.float32), np.ones(3, np.float32))
    got = cube.applied(np.full((1, 3), grey, np.float32))
    assert got == pytest.approx(np.full((1, 3), grey), abs=1e-5)


@given(
    st.lists(
        st.one_of(
            st.sampled_from(
                ["LUT_3D_SIZE 2", "LUT_1D_SIZE 2", "DOMAIN_MIN 0 0 0", "DOMAIN_MAX 0 0 0", "0 0 0",
                 "1 1 1", "nan 0 0", "1e999 0 0", 'TITLE "', "LUT_3D_SIZE", "LUT_3D_SIZE 1e9", "#"]
            ),
            st.text(max_size=30),
        ),
        max_size=14,
    )
)  # fmt: skip
@settings(max_examples=300, deadline=None)
def test_any_text_is_a_table_or_refused_in_words(lines: list[str]) -> None:
    try:
        cube = parse_cube("\n".join(lines), "mine.cube")
    except LookUnreadable as error:
        assert error.what.startswith("mine.cube") and error.remedy
    else:
        assert np.isfinite(cube.applied(identity(3))).all()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "neither"),
        (ADOBE_3D + "0 0 0\n", "9 colours where it says 8"),
        (ADOBE_3D.replace("0 1 1", "0 x 1"), "line 13"),
        (ADOBE_3D.replace("SIZE 2", "SIZE 300"), "300 colours a side"),
        (ADOBE_3D.replace("MAX 1 1 1", "MAX 0 1 1"), "domain"),
        (ADOBE_3D + "LUT_1D_SIZE 2\n", "both"),
    ],
)
def test_what_is_wrong_is_named(text: str, word: str) -> None:
    with pytest.raises(LookUnreadable, match=word):
        parse_cube(text)
