"""What every refiner keeps to, on a real face."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import Cancelled
from headshots.core.faces import ANALYSERS, Face
from headshots.core.images import Image, fit
from headshots.core.photos import read_photo
from headshots.core.progress import Progress
from headshots.core.refinement import REFINERS
from headshots.core.settings import settings

NAMES = REFINERS.names()


@pytest.fixture(scope="module", autouse=True)
def model(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A tiny Stable Diffusion for those that paint."""
    from ..tiny.models import sd15

    folder = tmp_path_factory.mktemp("contract")
    sd15(folder / "sd15")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
        settings.cache_clear()
        yield
    settings.cache_clear()


@lru_cache(maxsize=4)
def _pictured(path: Path, longest: int) -> tuple[Image, Face]:
    photo = read_photo(path).image
    face = ANALYSERS.get("embedded").analyse(photo, embed=False)[0]
    crop = face.box.grown(0.3)
    part = np.ascontiguousarray(crop.cut(photo))
    shift = np.array([round(crop.x0), round(crop.y0)], np.float32)
    landmarks = face.landmarks.copy()
    landmarks[:, :2] -= shift
    moved = replace(face, landmarks=landmarks, points=face.points - shift)
    small, factor = fit(part, longest)
    return np.clip(small, 0, 1), moved.scaled(factor)


@pytest.fixture(scope="session")
def pictured(photos: Path) -> tuple[Image, Face]:
    """A small picture, as networks on a CPU are slow, and its face."""
    return _pictured(photos / "obama.jpg", 64)


@pytest.mark.parametrize("name", NAMES)
def test_it_returns_an_image_of_its_scale_and_repeats_itself(
    name: str, pictured: tuple[Image, Face]
) -> None:
    image, face = pictured
    given = image.copy()
    refiner = REFINERS.get(name)
    assert refiner.name == name and refiner.scale in (1, 4)
    result = refiner.refine(image, face, 0.7)
    assert result.shape == (image.shape[0] * refiner.scale, image.shape[1] * refiner.scale, 3)
    assert result.dtype == np.float32
    assert np.isfinite(result).all() and result.min() >= 0 and result.max() <= 1
    assert np.array_equal(image, given), "the picture given was written to"
    assert np.array_equal(result, refiner.refine(image, face, 0.7))
    assert not np.array_equal(result, refiner.refine(image, face, 0.0))


@pytest.mark.parametrize("name", NAMES)
def test_strength_nought_changes_nothing_but_the_size(
    name: str, pictured: tuple[Image, Face]
) -> None:
    image, face = pictured
    refiner = REFINERS.get(name)
    result = refiner.refine(image, face, 0.0)
    if refiner.scale == 1:
        assert np.array_equal(result, image)
        return
    height, width = image.shape[:2]
    back = result.reshape(height, refiner.scale, width, refiner.scale, 3).mean(axis=(1, 3))
    assert np.abs(back - image).mean() < 0.01


@pytest.mark.parametrize("name", NAMES)
def test_it_reports_progress_and_stops(name: str, pictured: tuple[Image, Face]) -> None:
    image, face = pictured
    seen: list[float] = []
    refiner = REFINERS.get(name)
    refiner.refine(image, face, 0.5, Progress(lambda share, note, preview: seen.append(share)))
    assert seen == sorted(seen) and seen[0] == 0 and seen[-1] == 1
    with pytest.raises(Cancelled):
        refiner.refine(image, face, 0.5, Progress(stopped=lambda: True))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("shape", "value"), [((1, 1), 0.0), ((1, 40), 1.2), ((37, 2), 0.0), ((40, 36), 1.2)]
)
def test_any_picture_will_do(
    name: str, shape: tuple[int, int], value: float, pictured: tuple[Image, Face]
) -> None:
    """Also where the face lies half outside, as after a crop, or where there is only one colour."""
    _, face = pictured
    refiner = REFINERS.get(name)
    result = refiner.refine(np.full((*shape, 3), value, np.float32), face, 0.5)
    assert result.shape == (shape[0] * refiner.scale, shape[1] * refiner.scale, 3)
    assert result.dtype == np.float32 and np.isfinite(result).all()


@pytest.mark.parametrize("name", NAMES)
def test_what_lasts_is_left_as_it_is(name: str, pictured: tuple[Image, Face]) -> None:
    image, face = pictured
    refiner = REFINERS.get(name)
    plain, free = refiner.refine(image, face, 0.0), refiner.refine(image, face, 0.8)
    half = np.ones(image.shape[:2], np.float32)
    half[:, image.shape[1] // 2 :] = 0
    kept = refiner.refine(image, face, 0.8, keep=half)
    border = refiner.scale * (image.shape[1] // 2 - 2)
    assert np.abs(kept[:, :border] - plain[:, :border]).max() < 1e-5
    assert not np.array_equal(kept, plain) and not np.array_equal(kept, free)
