"""Finished pictures relit and set before other walls: the sitter alone, and as asked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headshots.core.errors import Cancelled, InputError, UnknownName
from headshots.core.generation.backdrops import BACKDROPS, coloured, find_backdrop
from headshots.core.generation.looks import BACKDROP_KEYS, Backdrop
from headshots.core.generation.patterns import PATTERNS
from headshots.core.generation.studio.edit.restage import brightened, relit, set_before
from headshots.core.generation.studio.edit.subject import Subject, find_subject
from headshots.core.images import Image, fit, luminance, resize, to_lab, to_linear
from headshots.core.photos import read_photo
from headshots.core.portrait.light import measure_light
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.skin import skin_mask
from headshots.core.scoring.measures.light import compare

pytestmark = pytest.mark.slow

PICTURES = ("obama.jpg", "biden.jpg", "astronaut.png")
Find = Callable[[str], Subject]


@pytest.fixture(scope="session")
def subject_of(photos: Path) -> Find:
    @lru_cache(maxsize=8)
    def find(name: str) -> Subject:
        image = np.clip(fit(read_photo(photos / name).image, 900)[0], 0, 1)
        return find_subject(image, Portrait(image).sitter(name))

    return find


@pytest.fixture(scope="session")
def small(photos: Path) -> Subject:
    """A subject on which anything takes milliseconds."""
    image, _ = fit(read_photo(photos / "obama.jpg").image, 400)
    return find_subject(image, Portrait(image).sitter("obama.jpg"))


@pytest.mark.parametrize("name", PICTURES)
@pytest.mark.parametrize("pattern", ["loop", "rembrandt", "window"])
def test_the_light_is_what_was_asked(name: str, pattern: str, subject_of: Find) -> None:
    subject = subject_of(name)
    given = PATTERNS[pattern]
    light = replace(given, azimuth=subject.side * given.azimuth)
    found = measure_light(relit(subject, light), subject.face)
    figures = {each.name: each for each in compare(light.record(), found)}
    for figure in ("azimuth", "elevation"):
        assert figures[figure].passed, (figure, found)
    assert found.ratio > 1.5


@pytest.mark.parametrize("side", [-1, 1])
def test_the_other_side_can_be_asked_for(side: int, subject_of: Find) -> None:
    subject = subject_of("obama.jpg")
    light = replace(PATTERNS["loop"], azimuth=side * PATTERNS["loop"].azimuth)
    found = measure_light(relit(subject, light), subject.face)
    assert np.sign(found.azimuth) == side


@pytest.mark.parametrize("degrees", [-40, 25])
def test_above_is_above_in_a_crooked_picture(degrees: float, photos: Path) -> None:
    image, _ = fit(read_photo(photos / "obama.jpg").image, 900)
    rows, columns = image.shape[:2]
    turn = cv2.getRotationMatrix2D((columns / 2, rows / 2), degrees, 0.8)
    crooked = cv2.warpAffine(image, turn, (columns, rows), borderMode=cv2.BORDER_REPLICATE)
    crooked = np.asarray(crooked, np.float32)
    subject = find_subject(crooked, Portrait(crooked).sitter("crooked"))
    light = replace(PATTERNS["rembrandt"], azimuth=-48.0)
    found = measure_light(relit(subject, light), subject.face)
    figures = {each.name: each for each in compare(light.record(), found)}
    assert figures["azimuth"].passed and figures["elevation"].passed, found


@pytest.mark.parametrize("name", PICTURES)
def test_relighting_leaves_the_background_and_the_skins_own_tone(
    name: str, subject_of: Find
) -> None:
    subject = subject_of(name)
    given = subject.image.copy()
    light = replace(PATTERNS["loop"], azimuth=subject.side * 38.0, strength=0.8)
    image = relit(subject, light)
    assert image.dtype == np.float32 and image.min() >= 0 and image.max() <= 1
    outside = subject.matte == 0
    assert np.array_equal(image[outside], given[outside])
    assert np.array_equal(subject.image, given), "the picture given was written to"
    skin = skin_mask(given.shape, subject.face, given) > 0.5
    before, after = (np.quantile(luminance(to_linear(each))[skin], 0.8) for each in (given, image))
    assert abs(np.log2(after / before)) < 0.4, "the lit skin keeps its exposure"
    hue = [np.median(to_lab(each)[skin][:, 1:], axis=0) for each in (given, image)]
    assert np.abs(hue[1] - hue[0]).max() < 4


def test_no_strength_is_the_picture_itself(small: Subject) -> None:
    assert relit(small, replace(PATTERNS["split"], strength=0.0)) is small.image


@settings(max_examples=15)
@given(
    st.sampled_from(sorted(PATTERNS)),
    st.floats(1.2, 16),
    st.floats(-1, 1),
    st.floats(0, 1),
    st.sampled_from([-1, 1]),
)
def test_any_light_gives_a_sound_picture(
    pattern: str, ratio: float, warmth: float, strength: float, side: int
) -> None:
    subject = _shared_small()
    light = PATTERNS[pattern].with_ratio(ratio)
    light = replace(light, warmth=warmth, strength=strength, azimuth=side * light.azimuth)
    image = relit(subject, light)
    assert image.shape == subject.image.shape and np.isfinite(image).all()
    assert image.min() >= 0 and image.max() <= 1


@settings(max_examples=50)
@given(st.floats(0, 1), st.floats(0.05, 3), st.floats(0.05, 3))
def test_brightening_never_burns_out_and_keeps_the_order(
    value: float, one: float, other: float
) -> None:
    linear = np.full((1, 1, 3), value, np.float32)
    low, high = sorted((one, other))
    less, more = (brightened(linear, np.full_like(linear, gain)) for gain in (low, high))
    assert less.max() <= more.max() + 1e-6 and more.max() <= 1
    assert np.allclose(brightened(linear, np.ones_like(linear)), linear, atol=1e-6)


def test_what_is_under_way_can_be_stopped(small: Subject) -> None:
    def stop() -> None:
        raise Cancelled("stopped", "Go on.")

    with pytest.raises(Cancelled):
        relit(small, PATTERNS["loop"], stop)
    with pytest.raises(Cancelled):
        set_before(small, BACKDROPS["grey"], 0, None, stop)


@pytest.mark.parametrize("kind", [kind for kind in BACKDROPS if kind != "picture"])
def test_the_wall_is_new_and_the_sitter_the_same(kind: str, small: Subject) -> None:
    image = set_before(small, BACKDROPS[kind], 5)
    assert image.shape == small.image.shape and image.dtype == np.float32
    assert np.isfinite(image).all() and image.min() >= 0 and image.max() <= 1
    # Well inside, nothing but the edge's tint has changed.
    inside = cv2.erode((small.matte > 0.99).astype(np.uint8), np.ones((25, 25), np.uint8)) > 0
    assert np.abs(image - small.image)[inside].max() < 0.02
    assert (image == small.image).all(axis=2)[inside].mean() > 0.5, "rounded, not left alone"
    outside = cv2.dilate((small.matte > 0).astype(np.uint8), np.ones((9, 9), np.uint8)) == 0
    assert np.abs(image - small.image)[outside].mean() > 0.05, "some of the old wall is left"
    assert np.array_equal(image, set_before(small, BACKDROPS[kind], 5)), "not repeatable"
    if kind in ("canvas", "office", "garden"):
        assert not np.array_equal(image, set_before(small, BACKDROPS[kind], 6))


def test_plain_walls_have_the_colour_that_was_asked(small: Subject) -> None:
    wall = coloured(replace(BACKDROPS["colour"], falloff=0.0), "#1d4ed8")
    image = set_before(small, wall, 0)
    bare = cv2.dilate((small.matte > 0).astype(np.uint8), np.ones((31, 31), np.uint8)) == 0
    assert np.allclose(np.median(image[bare], axis=0), np.array([29, 78, 216]) / 255, atol=0.012)


def test_transparent_is_taken_off_again_without_a_trace(small: Subject) -> None:
    black, white = (
        set_before(small, replace(BACKDROPS["transparent"], colour=(tone, tone, tone)), 0)
        for tone in (0.0, 1.0)
    )
    shown = 1 - (white - black).mean(-1)
    assert np.abs(shown - small.matte).max() < 1e-5


def test_pictures_to_stand_before(small: Subject, photos: Path) -> None:
    flat = np.zeros((50, 80, 3), np.float32)
    flat[...] = (0.2, 0.5, 0.3)
    bare = cv2.dilate((small.matte > 0).astype(np.uint8), np.ones((31, 31), np.uint8)) == 0
    for blur in (0.0, 0.06):
        image = set_before(small, replace(BACKDROPS["picture"], blur=blur), 0, flat)
        assert np.allclose(np.median(image[bare], axis=0), (0.2, 0.5, 0.3), atol=0.02)
    path = replace(BACKDROPS["picture"], picture=str(photos / "biden.jpg"), blur=0.0)
    assert set_before(small, path, 0).std() > 0.05


def test_a_matte_that_is_given_is_believed(small: Subject) -> None:
    half = small.matte.copy()
    half[:, : half.shape[1] // 2] = 0
    subject = find_subject(small.image, small.face, half)
    assert np.array_equal(subject.matte, half)
    image = relit(subject, PATTERNS["split"])
    assert np.array_equal(image[half == 0], small.image[half == 0])


def test_a_whole_person_is_cut_out_however_small_the_face(photos: Path) -> None:
    """What lies beyond the head's surroundings is the sitter's too."""
    image = resize(read_photo(photos / "biden.jpg").image, 242, 550)
    wide = np.full((900, 900, 3), 0.8, np.float32)
    wide[350:, 300:542] = image
    subject = find_subject(wide, Portrait(wide).sitter("wide"))
    assert subject.matte[-20:, 340:520].mean() > 0.6
    assert subject.matte[:300].max() == 0


def test_a_black_and_white_picture_stays_one(small: Subject) -> None:
    grey: Image = np.repeat(small.image.mean(-1, keepdims=True), 3, axis=2)
    subject = find_subject(grey, small.face, small.matte)
    light = replace(PATTERNS["window"], azimuth=62.0, warmth=1.0)
    assert np.ptp(relit(subject, light), axis=2).max() < 0.02
    assert np.ptp(set_before(subject, BACKDROPS["garden"], 0), axis=2).max() < 0.02
    assert not small.grey


@given(st.from_regex(r"#[0-9a-fA-F]{6}", fullmatch=True), st.sampled_from(sorted(BACKDROPS)))
def test_colours_are_read(text: str, kind: str) -> None:
    backdrop = BACKDROPS[kind]
    if "colour" not in BACKDROP_KEYS[backdrop.kind]:
        with pytest.raises(InputError, match="has no colour"):
            coloured(backdrop, text)
        return
    read = coloured(backdrop, text)
    assert bytes(round(255 * share) for share in read.colour).hex() == text[1:].lower()
    assert all(0 <= share <= 1 for share in read.shade)


@given(st.text(max_size=9))
def test_what_is_no_colour_is_refused(text: str) -> None:
    try:
        coloured(Backdrop(), text)
    except InputError as error:
        assert "#rrggbb" in str(error)


def test_unknown_backdrops_are_named() -> None:
    with pytest.raises(UnknownName, match="gradient"):
        find_backdrop("gradeint")


@lru_cache(maxsize=1)
def _shared_small() -> Subject:
    """A drawn-out photo for tests that can't take fixtures."""
    from headshots.core.weights.store import weight_path

    image, _ = fit(read_photo(weight_path("demo-photo")).image, 320)
    return find_subject(image, Portrait(image).sitter("demo"))
