"""Backdrops: the same scene at every size, light from the key's side, discs and not Gaussians."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from headshots.core.errors import PhotoNotFound
from headshots.core.generation import LOOKS, find_look
from headshots.core.generation.looks import Backdrop, BackdropKind
from headshots.core.generation.studio.backdrops import match, noise_of, noisy, shadow, wall
from headshots.core.generation.studio.backdrops.lens import Point, add_points, defocus, spread
from headshots.core.generation.studio.compose.grade import grade
from headshots.core.images import Linear, luminance, resize, to_srgb, to_u8

MADE = [kind for kind in get_args(BackdropKind) if kind != "picture"]
SCENES = ("office", "garden")


def made(kind: str, width: int = 256, side: float = -1, seed: int = 5, **options: object) -> Linear:
    if kind == "canvas":
        options = {"texture": 0.5, **options}
    backdrop = replace(Backdrop(), kind=kind, **options)  # type: ignore[arg-type]
    height, rng = round(width / 0.8), np.random.default_rng(seed)
    return wall(backdrop, width, height, centre=0.5, light_side=side, rng=rng)


def sitter(rows: int = 320, columns: int = 256) -> np.ndarray:
    """A soft-edged bust as a matte."""
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    head = 1.05 - np.hypot((x - columns / 2) / 55, (y - 130) / 75)
    body = 1.05 - np.hypot((x - columns / 2) / 115, (y - 330) / 120)
    return np.clip(np.maximum(head, body) * 20, 0, 1).astype(np.float32)


@pytest.mark.parametrize("kind", MADE)
def test_walls_are_linear_light_and_the_seed_decides(kind: str) -> None:
    first = made(kind)
    assert first.shape == (320, 256, 3) and first.dtype == np.float32
    assert np.isfinite(first).all() and first.min() >= 0 and first.max() <= 1
    assert first.tobytes() == made(kind).tobytes()
    varies = kind in (*SCENES, "canvas")
    assert (first.tobytes() != made(kind, seed=6).tobytes()) == varies


@pytest.mark.parametrize("kind", MADE)
def test_the_scene_is_the_same_at_every_size(kind: str) -> None:
    small, large = to_srgb(made(kind)), to_srgb(made(kind, 1024))
    difference = np.abs(resize(large, 256, 320) - small)
    assert difference.mean() < 0.004 and np.quantile(difference, 0.999) < 0.06


@pytest.mark.parametrize("kind", SCENES)
def test_the_day_comes_from_the_keys_side(kind: str) -> None:
    left, right = made(kind, side=-1), made(kind, side=1)
    np.testing.assert_allclose(left, right[:, ::-1], atol=1e-6)
    upper = luminance(np.mean([made(kind, seed=seed) for seed in range(4)], 0))[:160]
    assert upper[:, :96].mean() > 1.2 * upper[:, -96:].mean()


@pytest.mark.parametrize("kind", SCENES)
def test_scenes_are_far_out_of_focus(kind: str) -> None:
    """Nothing but the rims of discs is sharp, and a wider aperture melts it further."""

    def detail(blur: float) -> float:
        grey = luminance(made(kind, blur=blur))
        return float(np.abs(np.diff(grey, axis=1)).mean() / grey.mean())

    assert detail(0.1) < detail(0.05) < 0.05


def test_a_point_becomes_an_even_disc_that_keeps_its_light() -> None:
    point = np.zeros((101, 101), np.float32)
    point[50, 50] = 1
    disc = defocus(point, 40)
    distance = np.hypot(*(np.mgrid[0:101, 0:101] - 50))
    assert disc.sum() == pytest.approx(1, abs=1e-4)
    assert disc[distance < 19].std() < 1e-3 * disc[50, 50]
    assert np.abs(disc[distance > 22]).max() < 1e-3 * disc[50, 50]
    assert disc[50, 50] == pytest.approx(1 / (np.pi * 20**2), rel=0.02)


def test_a_far_point_spreads_as_a_thin_lens_has_it() -> None:
    assert spread(1.5, 0.08) == 0
    assert spread(1e9, 0.08) == pytest.approx(0.08)
    assert spread(3, 0.08) == pytest.approx(0.04)


def test_discs_become_cats_eyes_towards_the_corners() -> None:
    middle, corner = np.zeros((2, 400, 400, 3), np.float32)
    add_points(middle, [Point(0.5, 0.5, 0.2, (1, 1, 1))])
    add_points(corner, [Point(0.85, 0.85, 0.2, (1, 1, 1))])
    assert (middle > 0.5).sum() == pytest.approx(3 * np.pi * 40**2, rel=0.05)
    y, x = np.nonzero(corner[..., 0] > 0.5)
    outward, along = (x + y) / 2**0.5, (x - y) / 2**0.5
    assert np.ptp(outward) < 0.92 * np.ptp(along), "narrower along the picture's radius"
    outside: Linear = np.zeros((40, 40, 3), np.float32)
    add_points(outside, [Point(-3, 5, 0.2, (1, 1, 1))])
    assert outside.max() == 0


def test_walls_do_not_band_in_8_bits() -> None:
    """With the least grain a look may have, steps of 8 bits are lost in it."""
    finish = replace(find_look("studio-grey").finish, grain=0.002)
    for kind in ("paper", "gradient", "office"):
        linear = made(kind, 512, colour=(0.5, 0.5, 0.5))
        exact = grade(linear, finish, np.random.default_rng(1))
        error = (to_u8(exact) / np.float32(255) - exact)[:32].mean((0, 2))
        runs = np.diff(np.nonzero(np.diff(to_u8(exact)[300, :, 1]))[0])
        assert np.abs(error).max() < 0.25 / 255, kind
        assert runs.max() < 40, kind


def test_a_wall_without_texture_has_its_own_colour_at_its_brightest() -> None:
    for look in (LOOKS[name] for name in LOOKS.built_in):
        if look.backdrop.kind == "paper" and not look.backdrop.texture:
            image = to_srgb(
                wall(
                    look.backdrop,
                    256,
                    320,
                    centre=0.5,
                    light_side=1,
                    rng=np.random.default_rng(0),
                )
            )
            assert image.max((0, 1)) == pytest.approx(look.backdrop.colour, abs=0.01)


def test_a_picture_of_ones_own_is_blurred_and_fills_the_frame(photos: Path) -> None:
    path = str(photos / "astronaut.png")
    sharp = made("picture", picture=path, blur=0.0)
    soft = made("picture", picture=path, blur=0.08)
    assert sharp.shape == soft.shape == (320, 256, 3)
    assert np.abs(np.diff(soft, axis=0)).mean() < 0.4 * np.abs(np.diff(sharp, axis=0)).mean()
    assert soft.mean() == pytest.approx(sharp.mean(), rel=0.25)
    assert soft.max() <= 1
    with pytest.raises(PhotoNotFound):
        made("picture", picture=str(photos / "nothing.jpg"))


def test_the_shadow_falls_away_from_the_key_and_only_on_walls() -> None:
    light = replace(find_look("studio-grey").light, azimuth=35)  # from the right
    matte = sitter()
    behind = shadow(matte, find_look("executive").backdrop, light, 90)
    assert behind.dtype == np.float32 and 0 < behind.max() < 0.4
    bare = matte < 0.01
    left, right = behind[:200, :128][bare[:200, :128]], behind[:200, 128:][bare[:200, 128:]]
    assert left.mean() > 1.5 * right.mean()
    mirrored = shadow(matte, find_look("executive").backdrop, replace(light, azimuth=-35), 90)
    np.testing.assert_allclose(mirrored[:, ::-1], behind, atol=0.01)
    assert np.abs(np.diff(behind, axis=1)).max() < 0.02, "soft"
    for kind in ("office", "garden", "picture", "transparent"):
        assert shadow(matte, replace(Backdrop(), kind=kind), light, 90).max() == 0
    assert shadow(matte, Backdrop(), replace(light, shadow=0), 90).max() == 0
    assert shadow(matte, replace(Backdrop(), falloff=0), light, 90).max() == 0
    # The same shadow at every size.
    large = shadow(resize(matte, 512, 640), find_look("executive").backdrop, light, 180)
    np.testing.assert_allclose(resize(large, 256, 320), behind, atol=0.01)


@pytest.mark.parametrize("tone", [(0.45, 0.30, 0.24), (0.10, 0.055, 0.04), (0.03, 0.018, 0.014)])
@pytest.mark.parametrize("backdrop", [(0.9, 0.95, 0.9), (0.02, 0.3, 0.05), (0.0, 0.0, 0.0)])
def test_matching_leaves_skin_as_light_as_it_was(
    tone: tuple[float, float, float], backdrop: tuple[float, float, float]
) -> None:
    matte = sitter()
    skin = np.zeros_like(matte)
    skin[60:190, 75:180] = 1
    foreground = np.broadcast_to(np.float32(tone), (*matte.shape, 3)).astype(np.float32)
    behind = np.broadcast_to(np.float32(backdrop), foreground.shape).astype(np.float32)
    matched = match(foreground, matte, behind, skin, 100)
    before, after = luminance(foreground), luminance(matched)
    np.testing.assert_allclose(after[skin == 1], before[skin == 1], rtol=1e-4)
    assert np.abs(np.log(after / before)).max() < 0.35, "subtle everywhere"


def test_the_walls_colour_reaches_the_edge_and_no_further() -> None:
    matte = sitter()
    grey = np.full((*matte.shape, 3), 0.2, np.float32)
    green = np.broadcast_to(np.float32((0.1, 0.4, 0.1)), grey.shape).astype(np.float32)
    matched = match(grey, matte, green, np.zeros_like(matte), 100)
    ratio = matched[..., 1] / matched[..., 0]
    assert 1.03 < ratio[(matte > 0.5) & (matte < 0.99)].mean() < 1.5
    assert ratio[260:, 100:156] == pytest.approx(1, abs=0.01)


def test_a_bright_wall_veils_black_cloth_and_a_black_one_does_not() -> None:
    matte, skin = sitter(), np.zeros((320, 256), np.float32)
    black = np.full((320, 256, 3), 0.002, np.float32)
    white, dark = (np.full((320, 256, 3), level, np.float32) for level in (0.9, 0.0))
    assert luminance(match(black, matte, white, skin, 100))[300, 128] > 0.006
    assert luminance(match(black, matte, dark, skin, 100))[300, 128] == pytest.approx(0.002)


def test_noise_is_measured_and_given_to_the_wall_alone() -> None:
    rng, matte = np.random.default_rng(3), sitter()
    slope = np.linspace(0.3, 0.6, 256, dtype=np.float32)[None, :, None]
    clean = np.broadcast_to(slope, (320, 256, 3)).astype(np.float32)
    noise = rng.normal(0, 0.006, (320, 256, 1)).astype(np.float32)
    assert noise_of(clean, matte) < 0.0005
    assert noise_of(clean + noise, matte) == pytest.approx(0.006, rel=0.25)
    assert noise_of(clean[:8, :8], matte[:8, :8]) == 0
    grained = noisy(clean, 0.006, matte, rng)
    difference = grained - clean
    assert np.abs(difference[matte == 1]).max() == 0
    assert difference[matte == 0].std() == pytest.approx(0.006, rel=0.1)
