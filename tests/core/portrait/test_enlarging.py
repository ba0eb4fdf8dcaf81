"""SPAN enlarges faces four times: closer to the original than resampling, without seams."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import Cancelled
from headshots.core.faces import ANALYSERS, Face
from headshots.core.faces.dlib import DlibRecogniser
from headshots.core.images import Image, resize
from headshots.core.photos import read_photo
from headshots.core.portrait import enlarging
from headshots.core.portrait.enlarging import SCALE, enlarge

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def pair(photos: Path) -> tuple[Image, Image, Face]:
    """A photo, the same with a face of 64 pixels, and the face in pixels of that one."""
    image = read_photo(photos / "obama.jpg").image
    (face,) = ANALYSERS.get("embedded").analyse(image, embed=False)
    scale = 64 / face.width
    columns, rows = round(image.shape[1] * scale), round(image.shape[0] * scale)
    large = resize(image, SCALE * columns, SCALE * rows)
    return large, resize(large, columns, rows), face.scaled(columns / image.shape[1])


def test_it_is_closer_to_the_original_than_resampling(pair: tuple[Image, Image, Face]) -> None:
    large, small, face = pair
    made = enlarge(small, face)
    assert made.shape == large.shape and made.dtype == np.float32
    assert made.min() >= 0 and made.max() <= 1
    size = large.shape[1], large.shape[0]
    plain = np.clip(cv2.resize(small, size, interpolation=cv2.INTER_LANCZOS4), 0, 1)
    judge, shown = DlibRecogniser(), face.scaled(SCALE)
    own, by_network, by_resampling = (
        judge.embed(image, [shown])[0] for image in (large, made, plain)
    )
    assert by_network @ own > by_resampling @ own > 0.9
    area = shown.box
    assert np.mean((area.cut(made) - area.cut(large)) ** 2) < np.mean(
        (area.cut(plain) - area.cut(large)) ** 2
    )


def test_nothing_moves(pair: tuple[Image, Image, Face]) -> None:
    _, small, face = pair
    back = resize(enlarge(small, face), small.shape[1], small.shape[0])
    assert np.abs(back - small).mean() < 0.006


def test_tiles_leave_no_seam(
    pair: tuple[Image, Image, Face], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, small, face = pair
    whole = enlarge(small, face)
    monkeypatch.setattr(enlarging, "_TILE", 40)
    assert np.abs(enlarge(small, face) - whole).max() < 0.005


def test_outside_the_matte_it_is_resampled(
    pair: tuple[Image, Image, Face], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, small, face = pair
    monkeypatch.setattr(enlarging, "_TILE", 40)
    matte = np.zeros(small.shape[:2], np.float32)
    matte[:40, :40] = 1
    part, whole = enlarge(small, face, matte), enlarge(small, face)
    inside = slice(0, 40 * SCALE)
    assert np.array_equal(part[inside, inside], whole[inside, inside])
    plain = resize(small, small.shape[1] * SCALE, small.shape[0] * SCALE)
    away = slice(60 * SCALE, 80 * SCALE)
    assert np.abs(part[away, away] - np.clip(plain, 0, 1)[away, away]).max() < 1e-3


def test_noise_does_not_run_away(pair: tuple[Image, Image, Face]) -> None:
    """Without a bound, the network makes values of hundreds of strong noise."""
    _, small, face = pair
    noise = np.random.default_rng(1).normal(0, 0.3, small.shape)
    spoilt = np.clip(small + noise, 0, 1).astype(np.float32)
    made = enlarge(spoilt, face)
    assert np.abs(resize(made, small.shape[1], small.shape[0]) - small).mean() < 0.2


def test_a_face_that_was_enlarged_before_is_reduced_first(
    pair: tuple[Image, Image, Face],
) -> None:
    _, small, face = pair
    soft = resize(small, 3 * small.shape[1], 3 * small.shape[0])
    made = enlarge(soft, face.scaled(3))
    assert made.shape[1] < 3 * soft.shape[1]
    sharper = resize(made, soft.shape[1], soft.shape[0])
    assert np.abs(sharper - soft).mean() < 0.02


def test_it_can_be_stopped(pair: tuple[Image, Image, Face]) -> None:
    def stop(share: float) -> None:
        raise Cancelled("The work was stopped on request", "Start it again to go on.")

    with pytest.raises(Cancelled):
        enlarge(pair[1], pair[2], watch=stop)
