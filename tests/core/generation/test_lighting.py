"""Relighting: the asked light arrives, and no skin is lightened or darkened for its own tone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from headshots.core.faces.regions import LEFT_CHEEK, RIGHT_CHEEK
from headshots.core.generation import find_look
from headshots.core.generation.looks import Light
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.light import relighting as lighting
from headshots.core.generation.studio.light import shading
from headshots.core.generation.studio.plate.colour_casts import neutralise
from headshots.core.generation.studio.plate.plate import Plate, make_plate
from headshots.core.identity.identity import ColourStatistics, Identity
from headshots.core.images import Float, luminance, resize, to_lab, to_srgb
from headshots.core.portrait.shading import Unlit, unlight
from headshots.core.portrait.skin import skin_tones

LOOP = find_look("studio-grey").light


@pytest.fixture(scope="module")
def plate(sitter: Identity) -> Plate:
    frontal = min(sitter.photos, key=lambda photo: abs(photo.face.pose.yaw))
    return make_plate(frontal, 400)


@pytest.fixture(scope="module")
def unlit(plate: Plate) -> Unlit:
    return unlight(plate.foreground, plate.shape, plate.segments)


def cheeks(light: Float, plate: Plate) -> float:
    """Log ratio of the right cheek to the left one, as seen in the picture."""
    points = plate.shape.landmarks[:, :2].round().astype(int)
    left, right = (
        np.mean([light[y, x] for x, y in points[list(area)]]) for area in (LEFT_CHEEK, RIGHT_CHEEK)
    )
    return float(np.log(right / left))


def gain_of(unlit: Unlit, plate: Plate, light: Light) -> Float:
    """The log gain of the green channel, which the tint of shaded skin leaves alone."""
    return lighting.relight(unlit, plate.shape, light)[..., 1]


def other_skin(plate: Plate, tone: float, hue: tuple[float, float, float]) -> Unlit:
    """The same sitter in the same light with another skin."""
    albedo = np.float32(tone) * np.array(hue, np.float32)
    return unlight(np.asarray(plate.foreground * albedo, np.float32), plate.shape, plate.segments)


def skin_of(lightness: float, deviation: float = 4) -> ColourStatistics:
    """A sitter's skin of this L*."""
    return ColourStatistics(
        np.array([lightness, 12, 16], np.float32), np.array([deviation, 3, 3], np.float32)
    )


@pytest.mark.parametrize("azimuth", [-60, -35, 35, 60])
def test_the_key_comes_from_the_side_it_was_asked_from(
    plate: Plate, unlit: Unlit, azimuth: float
) -> None:
    light = replace(LOOP, azimuth=azimuth, strength=1.0)
    lit = unlit.light * np.exp(gain_of(unlit, plate, light))
    assert np.sign(cheeks(lit, plate)) == np.sign(azimuth)
    assert abs(cheeks(lit, plate)) > 0.15


def test_no_strength_leaves_the_light_alone(plate: Plate, unlit: Unlit) -> None:
    gain = lighting.relight(unlit, plate.shape, replace(LOOP, strength=0.0))
    assert np.abs(gain).max() == 0


@pytest.mark.parametrize("pattern", list(PATTERNS))
@pytest.mark.parametrize("tone", [0.08, 0.15, 0.4, 1.2])
@pytest.mark.parametrize("hue", [(1.0, 1.0, 1.0), (1.25, 1.0, 0.8), (0.85, 1.0, 1.1)])
def test_light_is_the_same_for_every_skin(
    plate: Plate,
    unlit: Unlit,
    pattern: str,
    tone: float,
    hue: tuple[float, float, float],
) -> None:
    """Albedo scaled from very dark to very light, redder and paler: the same gains.

    The tints of red and blue are shares of the skin's own chroma, so they differ with it a little.
    """
    other = other_skin(plate, tone, hue)
    asked = lighting.relight(unlit, plate.shape, PATTERNS[pattern])
    given = lighting.relight(other, plate.shape, PATTERNS[pattern])
    skin = unlit.skin & other.skin
    off = (asked - given)[skin]
    assert np.abs(off[:, 1]).max() < 0.05
    assert np.abs(off).max() < (0.05 if len(set(hue)) == 1 else 0.12)
    assert np.abs(np.median(off[:, 1])) < 0.01
    assert np.abs(np.median(off, axis=0)).max() < (0.01 if len(set(hue)) == 1 else 0.04)


@pytest.mark.parametrize("pattern", ["flat", "split"])
def test_a_black_and_white_photo_gets_no_tint(plate: Plate, pattern: str) -> None:
    grey = np.repeat(luminance(plate.foreground)[..., None], 3, axis=2)
    seen = unlight(grey, plate.shape, plate.segments)
    for gain in (
        lighting.relight(seen, plate.shape, PATTERNS[pattern]),
        lighting.exposure(seen, skin_of(90)),
    ):
        assert np.abs(gain - gain[..., 1:2]).max() < 1e-3


@pytest.mark.parametrize("pattern", list(PATTERNS))
@pytest.mark.parametrize("tone", [0.08, 0.3, 1.0])
def test_no_skin_is_lightened(plate: Plate, pattern: str, tone: float) -> None:
    """What the key reaches keeps its luminance through relighting and the curve of exposure."""
    skin = other_skin(plate, tone, (1.0, 1.0, 1.0))
    gain = lighting.relight(skin, plate.shape, PATTERNS[pattern])
    lit = luminance(lighting.expose(skin.colour, gain))
    before, after = (np.quantile(light[skin.skin], 0.8) for light in (skin.light, lit))
    assert 0.7 * before < after < 1.05 * before
    dark, light = (np.quantile(light[skin.skin], 0.99) for light in (skin.light, lit))
    assert light < 1.3 * dark


@pytest.mark.parametrize("tone", [0.08, 0.3, 1.0])
def test_casts_are_taken_off_without_lightening_any_skin(plate: Plate, tone: float) -> None:
    """A coloured lamp on one side is taken off again; no cell's luminance changes."""
    plain = other_skin(plate, tone, (1.0, 1.0, 1.0))
    painted = plate.shape.normals[..., :1] * np.array([0.12, 0, -0.12], np.float32)
    rows, columns = plate.matte.shape
    cast = plate.foreground * np.float32(tone) * np.exp(resize(painted, columns, rows))
    seen = unlight(np.asarray(cast, np.float32), plate.shape, plate.segments)
    gains = neutralise(seen, plate.shape, None)
    assert np.abs(gains).max() < 0.3
    lightness = [
        116 * np.cbrt(luminance(colour))[seen.skin]
        for colour in (seen.colour, np.asarray(seen.colour * np.exp(gains), np.float32))
    ]
    assert np.abs(lightness[1] - lightness[0]).max() < 0.5
    change = gains - neutralise(plain, plate.shape, None)
    sideways = plate.shape.normals[..., 0][seen.skin]
    slopes = [
        np.polyfit(sideways, (log[..., 0] - log[..., 2])[seen.skin], 1)[0]
        for log in (painted, painted + change)
    ]
    assert abs(slopes[1]) < 0.4 * abs(slopes[0])


@pytest.mark.parametrize("cast", [(1.2, 1.0, 0.8), (0.85, 1.0, 1.2)])
def test_a_cast_over_all_is_drawn_to_the_sitters_own_colour(
    plate: Plate, unlit: Unlit, cast: tuple[float, float, float]
) -> None:
    own = np.median(unlit.colour[unlit.skin], axis=0)
    lab = to_lab(to_srgb(own.reshape(1, 1, 3)))[0, 0]
    skin = ColourStatistics(lab, np.array([10, 2, 2], np.float32))
    tinted = other_skin(plate, 1.0, cast)
    gains = neutralise(tinted, plate.shape, skin)
    before = np.median(tinted.colour[tinted.skin], axis=0)
    after = np.median((tinted.colour * np.exp(gains))[tinted.skin], axis=0)
    for channel in (0, 2):
        off = [abs(np.log(c[channel] / c[1] * own[1] / own[channel])) for c in (before, after)]
        assert off[1] < 0.6 * off[0]
    still = neutralise(unlit, plate.shape, skin) - neutralise(unlit, plate.shape, None)
    assert np.abs(still).max() < 0.02, "skin of the sitter's own colour stays"


def test_a_warm_key_warms_what_it_reaches_and_lightens_nothing(plate: Plate, unlit: Unlit) -> None:
    split = PATTERNS["split"]
    plain = lighting.relight(unlit, plate.shape, split)
    warm = lighting.relight(unlit, plate.shape, replace(split, warmth=1.0)) - plain
    key, fill = shading.shade(plate.shape, split)
    lit, shaded = (unlit.skin & (key > fill)), (unlit.skin & (key < 0.1 * fill))
    red_to_blue = warm[..., 0] - warm[..., 2]
    assert red_to_blue[lit].mean() > 0.05 > 0.02 > red_to_blue[shaded].mean()
    assert np.abs(warm @ np.array([0.2126, 0.7152, 0.0722]))[unlit.skin].max() < 0.01


def test_shadows_fall_away_from_the_key(plate: Plate) -> None:
    for side in (-1, 1):
        key = shading.key_direction(replace(PATTERNS["rembrandt"], azimuth=side * 48), plate.shape)
        seen = shading.visible(plate.shape, key, 0.1)
        assert np.sign(cheeks(seen + np.float32(1e-3), plate)) == side
        assert seen.min() >= 0 and seen.max() <= 1


def test_a_near_lamp_fades_across_the_face(plate: Plate) -> None:
    window = replace(PATTERNS["window"], azimuth=62.0)
    even, _ = shading.shade(plate.shape, replace(window, falloff=0.0))
    faded, _ = shading.shade(plate.shape, window)
    ratio = faded / np.maximum(even, 1e-3)
    assert cheeks(ratio, plate) > 0.05


@pytest.mark.parametrize("light", ["studio-grey", "executive", "clean-white", "dramatic"])
def test_the_bright_side_of_the_skin_keeps_its_lightness(
    plate: Plate, unlit: Unlit, light: str
) -> None:
    gain = gain_of(unlit, plate, find_look(light).light)
    before = np.quantile(unlit.light[unlit.skin], 0.75)
    after = np.quantile((unlit.light * np.exp(gain))[unlit.skin], 0.75)
    assert after == pytest.approx(before, rel=0.25)
    assert after <= before * 1.05, "no look may lighten skin"


def test_exposure_aims_at_the_sitter_and_not_at_a_standard(plate: Plate, unlit: Unlit) -> None:
    light = unlit.light[unlit.skin]
    own = float(np.median(light[skin_tones(light)]))
    lightness = 116 * np.cbrt(own) - 16

    def gain(lightness: float, deviation: float = 4) -> float:
        return float(lighting.exposure(unlit, skin_of(lightness, deviation))[..., 1].mean())

    assert gain(lightness) == pytest.approx(0, abs=0.01)
    assert gain(lightness + 8) > 0.1
    assert gain(lightness - 8) < -0.1
    assert gain(lightness - 8, 16) > 0.5 * gain(lightness - 8), "the others may be too dark"


def test_a_ball_lit_from_the_side_is_seen_as_lit_from_the_side(plate: Plate) -> None:
    """Light painted on the model by a known key comes back from the estimate."""
    for azimuth in (-45.0, 45.0):
        light = Light(azimuth, 20, 1.0, 0.2, 0.3, 0.0, 1.0)
        shade = np.add(*shading.shade(plate.shape, light))
        rows, columns = plate.matte.shape
        painted = np.repeat(shade[..., None], 3, 2) * np.float32(0.5)
        big = resize(painted, columns, rows)
        seen = unlight(big, plate.shape, plate.segments)
        assert seen.lit_right == (azimuth > 0)


def test_highlights_roll_off_and_never_clip() -> None:
    ramp = np.linspace(0, 6, 200, dtype=np.float32)[None, :, None] * np.ones((1, 1, 3), np.float32)
    rolled = lighting.roll_off(ramp)
    assert rolled.max() < 1.0001
    assert (np.diff(rolled[0, :, 0]) > -1e-6).all()
    low = ramp[ramp <= 0.6]
    assert np.array_equal(lighting.roll_off(ramp)[ramp <= 0.6], low)
