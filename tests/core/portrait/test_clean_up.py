"""Noise and JPEG blocks are measured, and removed where they are."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pictures

from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Box, Image, resize, to_u8
from headshots.core.photos import read_photo
from headshots.core.portrait.clean_up import blockiness, cleaned, needed


@pytest.fixture(scope="module")
def small(photos: Path) -> tuple[Image, Face]:
    """A face 100 pixels wide, reduced from a sharp photo."""
    image = read_photo(photos / "obama.jpg").image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    scale = 100 / face.width
    size = round(image.shape[1] * scale), round(image.shape[0] * scale)
    return resize(image, *size), face.scaled(scale)


def saved(image: Image, quality: int) -> Image:
    buffer = BytesIO()
    Pictures.fromarray(to_u8(image)).save(buffer, "JPEG", quality=quality)
    return read_photo(buffer.getvalue(), name="saved.jpg").image


def noisy(image: Image, deviation: float) -> Image:
    noise = np.random.default_rng(3).normal(0, deviation, image.shape)
    return np.clip(image + noise, 0, 1).astype(np.float32)


def error(image: Image, original: Image, face: Face) -> float:
    return float(np.mean((face.box.cut(image) - face.box.cut(original)) ** 2))


def test_a_clean_picture_stays(small: tuple[Image, Face]) -> None:
    image, face = small
    assert cleaned(image, face.box) is image
    assert cleaned(saved(image, 97), face.box).shape == image.shape


@pytest.mark.parametrize("quality", [30, 50, 75])
def test_jpeg_comes_closer_to_the_original(small: tuple[Image, Face], quality: int) -> None:
    image, face = small
    spoilt = saved(image, quality)
    assert error(cleaned(spoilt, face.box), image, face) < 0.97 * error(spoilt, image, face)


@pytest.mark.parametrize("deviation", [0.02, 0.04])
def test_noise_comes_closer_to_the_original(small: tuple[Image, Face], deviation: float) -> None:
    image, face = small
    spoilt = noisy(image, deviation)
    assert error(cleaned(spoilt, face.box), image, face) < 0.6 * error(spoilt, image, face)


def test_worse_pictures_need_more(small: tuple[Image, Face]) -> None:
    image, face = small
    by_quality = [needed(saved(image, quality), face.box) for quality in (95, 85, 60, 30)]
    by_noise = [needed(noisy(image, deviation), face.box) for deviation in (0, 0.01, 0.02, 0.04)]
    assert by_quality == sorted(by_quality) and by_noise == sorted(by_noise)
    assert by_quality[-1] > 40 and by_noise[-1] > 40


def test_blocks_are_seen_from_any_corner(small: tuple[Image, Face]) -> None:
    spoilt = saved(small[0], 50)
    whole = blockiness(spoilt)
    assert blockiness(small[0]) < 0.003 < 0.008 < whole
    for down, right in ((1, 0), (3, 5), (7, 7)):
        part = np.ascontiguousarray(spoilt[down:, right:])
        assert blockiness(part) == pytest.approx(whole, rel=0.1)


def test_a_face_of_few_pixels_is_left_alone(small: tuple[Image, Face]) -> None:
    tiny = noisy(small[0][:20, :20], 0.1)
    assert cleaned(tiny, Box(2, 2, 18, 18)) is tiny
