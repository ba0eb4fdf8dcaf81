"""A look's picture shows its light, its backdrop and its finish; a light's where it stands."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import PhotoError
from headshots.core.generation import LOOKS, Look, light_picture, look_picture
from headshots.core.generation.looks import Backdrop
from headshots.core.generation.patterns import PATTERNS, light_of
from headshots.core.images import luminance


def _cheeks(look: Look) -> tuple[float, float]:
    """The luminance of the cheeks, of the one to the left first."""
    picture = look_picture(look, 160)
    height = picture.shape[0]
    head = look.framing.head * height
    row = round(look.framing.eyes * height + 0.12 * head)
    aside = round(0.18 * head)
    bright = luminance(picture)
    rows = slice(row - 3, row + 4)
    left, right = (slice(80 + at - 3, 80 + at + 4) for at in (-aside, aside))
    return float(bright[rows, left].mean()), float(bright[rows, right].mean())


@pytest.mark.parametrize("name", LOOKS.built_in)
def test_every_look_has_a_picture_of_its_shape(name: str) -> None:
    look = LOOKS[name]
    picture = look_picture(look, 96)
    assert picture.shape == (round(96 / look.framing.aspect), 96, 3)
    assert picture.dtype == np.float32
    assert 0 <= picture.min() < picture.max() <= 1
    assert np.array_equal(picture, look_picture(look, 96))


def test_the_key_light_comes_from_the_left_and_is_as_hard_as_the_looks() -> None:
    even, hard = _cheeks(LOOKS["clean-white"]), _cheeks(LOOKS["dramatic"])
    assert hard[0] > hard[1]
    assert hard[0] / hard[1] > 1.3 * even[0] / even[1]


def test_backdrop_and_finish_are_the_looks() -> None:
    corner = look_picture(LOOKS["brand-teal"], 96)[:8, :8].mean((0, 1))
    assert corner[0] < 0.6 * corner[1]
    grey = look_picture(LOOKS["monochrome"], 96)
    assert np.ptp(grey, axis=2).max() < 1e-3


def test_a_backdrop_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    look = LOOKS["studio-grey"]
    backdrop = Backdrop(kind="picture", picture=str(tmp_path / "gone.jpg"))
    with pytest.raises(PhotoError):
        look_picture(replace(look, backdrop=backdrop), 96)


@pytest.mark.parametrize("name", PATTERNS)
def test_a_light_stands_where_it_is_said_to(name: str) -> None:
    light = PATTERNS[name]
    left = light_picture(replace(light, azimuth=-light.azimuth), 96)
    right = light_picture(light, 96)
    assert left.shape == right.shape == (96, 96, 3)
    halves = luminance(left)[20:60, 30:48].mean(), luminance(left)[20:60, 48:66].mean()
    if light.azimuth:
        assert halves[0] > 1.02 * halves[1]
        assert np.abs(left[:60] - right[:60, ::-1]).mean() < 0.02
    else:
        assert halves[0] == pytest.approx(halves[1], rel=0.02)


def test_a_higher_ratio_has_a_darker_shadow_side() -> None:
    def share(ratio: float) -> float:
        light = light_of("loop", ratio)
        bright = luminance(light_picture(replace(light, azimuth=-light.azimuth), 96))
        return float(bright[20:60, 48:66].mean() / bright[20:60, 30:48].mean())

    assert share(2) > share(4) > share(8)
