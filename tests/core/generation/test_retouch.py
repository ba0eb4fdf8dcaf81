"""The retouch keeps the person: fine texture, moles, lines, and every pixel off the skin."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS, Face
from headshots.core.generation.studio.retouch.skin import retouch
from headshots.core.images import Float, Image, Mask, blur, from_lab, to_lab
from headshots.core.photos import read_photo
from headshots.core.portrait.skin import skin_mask

NAMES = ("astronaut.png", "obama.jpg", "obama2.jpg", "obama3.jpg", "biden.jpg")

_read: dict[str, tuple[Image, Face, Mask]] = {}


@pytest.fixture(params=NAMES)
def portrait(request: pytest.FixtureRequest, photos: Path) -> tuple[Image, Face, Mask]:
    """A photo, its face and its skin."""
    if request.param not in _read:
        image = read_photo(photos / request.param).image
        face = ANALYSERS.get("embedded").analyse(image, embed=False)[0]
        _read[request.param] = image, face, skin_mask(image.shape, face, image)
    return _read[request.param]


def _band(channel: Float, face: Face, fine: float, wide: float) -> Float:
    return blur(channel, fine * face.width) - blur(channel, wide * face.width)


def test_skin_is_where_it_should_be(portrait: tuple[Image, Face, Mask]) -> None:
    image, face, skin = portrait
    assert skin.shape == image.shape[:2] and skin.dtype == np.float32
    assert skin.min() >= 0 and skin.max() <= 1

    def at(point: int) -> float:
        x, y = face.landmarks[point, :2].round().astype(int)
        return float(skin[y, x])

    cheeks, nose = (50, 280), 4
    assert min(at(point) for point in cheeks) > 0.3 and at(nose) > 0.3
    for not_skin in (468, 473, 13, 14, 105, 334):  # irises, lips, brows
        assert at(not_skin) < 0.2, not_skin
    assert not skin[: max(1, round(face.box.y0) - 20)].any()


def test_nothing_asked_nothing_done(portrait: tuple[Image, Face, Mask]) -> None:
    image, face, _ = portrait
    assert retouch(image, face, 0.0, 0.0) is image


@pytest.mark.parametrize("amount", [0.5, 1.0])
def test_fine_texture_stays_and_blotches_go(
    portrait: tuple[Image, Face, Mask], amount: float
) -> None:
    image, face, skin = portrait
    result = retouch(image, face, amount, amount)
    where = skin > 0.6
    before, after = to_lab(image), to_lab(result)

    def kept(channel: int, fine: float, wide: float) -> float:
        bands = [_band(each[..., channel], face, fine, wide)[where] for each in (before, after)]
        return float(np.std(bands[1]) / np.std(bands[0]))

    assert kept(0, 0, 0.007) >= 0.95
    assert 0.6 < kept(0, 0.007, 0.04) < 1
    assert kept(1, 0.007, 0.04) < 1
    assert np.array_equal(result[skin == 0], image[skin == 0])
    assert np.abs(result - image).max() < 0.25


def test_a_mole_is_the_sitters(portrait: tuple[Image, Face, Mask]) -> None:
    image, face, _ = portrait
    x, y = (float(each) for each in face.landmarks[50, :2])
    spots = np.zeros(image.shape[:2], np.float32)
    cv2.circle(spots, (round(x * 16), round(y * 16)), round(0.012 * face.width * 16), 1, -1, 16, 4)
    lab = to_lab(image)
    lab[..., 0] -= 14 * blur(spots, 0.003 * face.width)
    marked = from_lab(lab)
    result = to_lab(retouch(marked, face, 0.5, 0.5))[..., 0]
    around = blur(spots, 0.02 * face.width) > 0.02
    inside = spots > 0

    def depth(light: Float) -> float:
        return float(light[around & ~inside].mean() - light[inside].mean())

    assert depth(result) > 0.85 * depth(to_lab(marked)[..., 0])
