"""Verdicts on real photos and on what can happen to them."""

from __future__ import annotations

import io
from dataclasses import replace

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from headshots.core.images import Box, from_u8, resize, to_linear, to_srgb, to_u8
from headshots.core.photos import read_photo
from headshots.core.photos.suitability import (
    check_exposure,
    check_sharpness,
    looks_like_screenshot,
    near_duplicates,
    sharpness,
)

# Where the faces are: left, top, right, bottom in full-size pixels.
FACES = {
    "astronaut.png": Box(180, 70, 271, 178),
    "obama.jpg": Box(374, 125, 610, 425),
    "obama2.jpg": Box(196, 277, 480, 637),
    "obama3.jpg": Box(636, 286, 909, 612),
    "biden.jpg": Box(424, 223, 710, 568),
}


@pytest.fixture(scope="module")
def portraits(photos):
    return {name: read_photo(photos / name) for name in FACES}


def saved(image, kind="JPEG", **options):
    buffer = io.BytesIO()
    Image.fromarray(to_u8(image)).save(buffer, kind, **options)
    return read_photo(buffer.getvalue())


def severities(findings):
    return {finding.code: finding.severity for finding in findings}


@pytest.mark.parametrize("name", FACES)
def test_good_portraits_pass(portraits, name):
    photo = portraits[name]
    assert check_sharpness(photo.image, FACES[name]) == ()
    assert check_exposure(photo.image, FACES[name]) == ()
    assert looks_like_screenshot(photo) is None


@pytest.mark.parametrize("name", FACES)
def test_blur_is_told_and_measured_in_order(portraits, name):
    image, box = portraits[name].image, FACES[name]
    soft = cv2.GaussianBlur(image, (0, 0), 0.01 * box.width)
    blurred = cv2.GaussianBlur(image, (0, 0), 0.025 * box.width)
    assert severities(check_sharpness(soft, box)) == {"blurred": "warns"}
    assert severities(check_sharpness(blurred, box)) == {"blurred": "blocks"}
    assert sharpness(image, box) > sharpness(soft, box) > sharpness(blurred, box)
    noise = np.random.default_rng(0).normal(0, 0.02, image.shape).astype(np.float32)
    assert check_sharpness(np.clip(blurred + noise, 0, 1), box) != ()


@pytest.mark.parametrize("name", FACES)
def test_light_and_compression_do_not_pass_for_blur(portraits, name):
    image, box = portraits[name].image, FACES[name]
    assert sharpness(image * np.float32(0.25), box) == pytest.approx(
        sharpness(image, box), rel=0.01
    )
    assert check_sharpness(saved(image, quality=10).image, box) == ()


@pytest.mark.parametrize("name", FACES)
def test_lost_light_is_told(portraits, name):
    linear, box = to_linear(FACES[name].grown(0.2).cut(portraits[name].image)), FACES[name]
    box = Box(0.2 * box.width, 0.2 * box.height, 1.2 * box.width, 1.2 * box.height)

    def at(stops):
        return severities(check_exposure(to_srgb(linear * np.float32(2.0**stops)), box))

    assert at(3) == {"overexposed": "blocks"}
    assert at(-4) == {"underexposed": "blocks"}
    assert at(-1) == {}


def test_advice_speaks_to_the_sitter(portraits):
    black = np.zeros((300, 300, 3), np.float32)
    for finding in (
        *check_exposure(black, Box(0, 0, 300, 300)),
        *check_sharpness(black, Box(0, 0, 300, 300)),
    ):
        assert finding.text[0].isupper()
        assert finding.advice.endswith(".")


@given(st.tuples(*[st.floats(-60, 120)] * 4), st.integers(1, 50), st.integers(1, 50))
def test_any_box_in_any_picture(corners, width, height):
    image = np.random.default_rng(width).random((height, width, 3), np.float32)
    box = Box(*corners)
    assert 0 <= sharpness(image, box) < 50
    check_sharpness(image, box)
    check_exposure(image, box)


def screenshot(photo):
    """A phone's screen: a photo between white bars with some text."""
    screen = Image.new("RGB", (585, 1266), "white")
    picture = Image.fromarray(to_u8(resize(photo.image, 585, 700)))
    screen.paste(picture, (0, 250))
    ImageDraw.Draw(screen).text((20, 60), "Yesterday 12:30  " * 3, fill="black")
    return from_u8(np.asarray(screen))


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_screenshot_is_told_by_its_flat_bars(portraits, kind):
    found = looks_like_screenshot(saved(screenshot(portraits["obama.jpg"]), kind))
    assert found is not None
    assert found.code == "screenshot"


def test_screenshot_is_told_by_what_it_says(portraits):
    photo = portraits["astronaut.png"]
    for told in (
        replace(photo, name="Screenshot_20240102-101112.png"),
        replace(photo, name="Screen Shot 2024-01-02 at 10.11.12.png"),
        replace(photo, name="Bildschirmfoto.png"),
        replace(photo, comment="Screenshot"),
    ):
        assert looks_like_screenshot(told) is not None


def crop(image, left, top, right, bottom):
    height, width = image.shape[:2]
    return image[
        round(top * height) : round((1 - bottom) * height),
        round(left * width) : round((1 - right) * width),
    ]


@pytest.mark.parametrize("name", FACES)
def test_copies_of_a_photo_are_found(portraits, name):
    image = portraits[name].image
    copies = [
        saved(image, quality=10),
        saved(resize(image, image.shape[1] * 2 // 5, image.shape[0] * 2 // 5)),
        saved(image * np.float32(0.5)),
        saved(crop(image, 0.05, 0.05, 0.05, 0.05)),
        saved(crop(image, 0, 0, 0.15, 0.15)),
    ]
    for copy in copies:
        assert near_duplicates([portraits[name], copy]) == ((0, 1),)


def test_different_photos_are_not_copies(portraits, photos):
    groups = [read_photo(path, longest=512) for path in sorted(photos.glob("group*.jpg"))]
    assert near_duplicates([*portraits.values(), *groups]) == ()


def test_same_file_twice_and_blank_pictures(portraits):
    photo = portraits["obama.jpg"]
    assert near_duplicates([photo, portraits["biden.jpg"], photo]) == ((0, 2),)
    grey = [saved(np.full((64, 64, 3), level, np.float32), "PNG") for level in (0.2, 0.5)]
    assert near_duplicates(grey) == ()
    assert near_duplicates([]) == ()
