"""Relighting: the asked light arrives, and no skin is lightened or darkened for its own tone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headshots.core.faces.regions import LEFT_CHEEK, RIGHT_CHEEK
from headshots.core.generation import find_look
from headshots.core.generation.looks import Light
from headshots.core.generation.studio import lighting, shading
from headshots.core.generation.studio.plate import Plate, make_plate
from headshots.core.identity.identity import Identity
from headshots.core.images import Float

LOOP = find_look("studio-grey").light


@pytest.fixture(scope="module")
def plate(sitter: Identity) -> Plate:
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    return make_plate(frontal, 400)


@pytest.fixture(scope="module")
def unlit(plate: Plate) -> lighting.Unlit:
    return lighting.unlight(plate.foreground, plate.shape)


def cheeks(light: Float, plate: Plate) -> float:
    """Log ratio of the right cheek to the left one, as seen in the picture."""
    points = plate.shape.landmarks[:, :2].round().astype(int)
    left, right = (
        np.mean([light[y, x] for x, y in points[list(area)]]) for area in (LEFT_CHEEK, RIGHT_CHEEK)
    )
    return float(np.log(right / left))


def gain_of(unlit: lighting.Unlit, plate: Plate, light: Light) -> Float:
    """The log gain of the green channel, which the tint of shaded skin leaves alone."""
    return lighting.relight(unlit, plate.shape, light)[..., 1]


@pytest.mark.parametrize("azimuth", [-60, -35, 35, 60])
def test_the_key_comes_from_the_side_it_was_asked_from(
    plate: Plate, unlit: lighting.Unlit, azimuth: float
) -> None:
    light = replace(LOOP, azimuth=azimuth, strength=1.0)
    lit = unlit.light * np.exp(gain_of(unlit, plate, light))
    assert np.sign(cheeks(lit, plate)) == np.sign(azimuth)
    assert abs(cheeks(lit, plate)) > 0.15


def test_no_strength_leaves_the_light_alone(plate: Plate, unlit: lighting.Unlit) -> None:
    gain = lighting.relight(unlit, plate.shape, replace(LOOP, strength=0.0))
    assert np.abs(gain).max() == 0


@pytest.mark.parametrize("tone", [0.15, 0.4, 1.0])
def test_light_is_the_same_for_every_skin(plate: Plate, unlit: lighting.Unlit, tone: float) -> None:
    darker = lighting.unlight(np.asarray(plate.foreground * np.float32(tone)), plate.shape)
    asked = gain_of(unlit, plate, LOOP)
    given = gain_of(darker, plate, LOOP)
    skin = unlit.skin & darker.skin
    assert np.abs(asked - given)[skin].max() < 0.12
    assert abs(float(np.median((asked - given)[skin]))) < 0.02


@pytest.mark.parametrize("light", ["studio-grey", "executive", "clean-white", "dramatic"])
def test_the_bright_side_of_the_skin_keeps_its_lightness(
    plate: Plate, unlit: lighting.Unlit, light: str
) -> None:
    gain = gain_of(unlit, plate, find_look(light).light)
    before = np.quantile(unlit.light[unlit.skin], 0.75)
    after = np.quantile((unlit.light * np.exp(gain))[unlit.skin], 0.75)
    assert after == pytest.approx(before, rel=0.25)
    assert after <= before * 1.05, "no look may lighten skin"


def test_exposure_aims_at_the_sitter_and_not_at_a_standard(
    plate: Plate, unlit: lighting.Unlit
) -> None:
    own = float(np.median(unlit.light[unlit.skin]))
    lightness = 116 * np.cbrt(own) - 16
    assert lighting.exposure(unlit, lightness) == pytest.approx(0, abs=0.01)
    assert lighting.exposure(unlit, lightness + 8) > 0.1
    assert lighting.exposure(unlit, lightness - 8) < -0.1


def test_a_ball_lit_from_the_side_is_seen_as_lit_from_the_side(plate: Plate) -> None:
    """Light painted on the model by a known key comes back from the estimate."""
    for azimuth in (-45.0, 45.0):
        light = Light(azimuth, 20, 1.0, 0.2, 0.3, 0.0, 1.0)
        shade = np.add(*shading.shade(plate.shape, light))
        rows, columns = plate.matte.shape
        painted = np.repeat(shade[..., None], 3, 2) * np.float32(0.5)
        big = lighting.resize(painted, columns, rows)
        seen = lighting.unlight(big, plate.shape)
        assert seen.lit_right == (azimuth > 0)


def test_highlights_roll_off_and_never_clip() -> None:
    ramp = np.linspace(0, 6, 200, dtype=np.float32)[None, :, None] * np.ones((1, 1, 3), np.float32)
    rolled = lighting.roll_off(ramp)
    assert rolled.max() < 1.0001
    assert (np.diff(rolled[0, :, 0]) > -1e-6).all()
    low = ramp[ramp <= 0.6]
    assert np.allclose(lighting.roll_off(ramp)[ramp <= 0.6], low)
