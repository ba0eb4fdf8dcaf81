"""From a picture to a large print: enlarged as asked, still the sitter, sized on paper."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from headshots.core.delivery.formats import deliver
from headshots.core.delivery.sizes import SIZES
from headshots.core.faces import ANALYSERS, Face
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, fit, resize
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes.actions.refine import refine_pictures
from headshots.core.refinement import REFINERS, Enlarger, upscale
from headshots.core.refinement.guard import TOLERANCE, refine

from ...histories import pictured

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def photo(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg").image


@pytest.fixture(scope="module")
def picture(photo: Image) -> Image:
    """A photo of the sitter, 170 pixels high."""
    return np.clip(fit(photo, 170)[0], 0, 1)


@pytest.fixture(scope="module")
def face(picture: Image) -> Face:
    return ANALYSERS.get("embedded").analyse(picture, embed=False)[0]


def test_an_enlargement_keeps_to_its_longest_side(picture: Image, sitter: Identity) -> None:
    done = refine(Portrait(picture), sitter, refiners=["upscale"], longest=570)
    assert max(done.image.shape) == 570
    assert done.image.shape[1] == round(picture.shape[1] * 570 / picture.shape[0])
    assert done.after >= done.before - 0.08 * TOLERANCE
    assert "upscale" in done.reason


def test_a_picture_that_is_long_enough_stays(picture: Image, sitter: Identity) -> None:
    done = refine(Portrait(picture), sitter, refiners=["upscale"], longest=170)
    assert done.image is picture and not done.kept
    assert done.reason == "upscale: not needed, it is 170 pixels long"


def test_a_fraction_of_the_scale_is_the_same_picture(picture: Image, face: Face) -> None:
    """Nothing moves: shrunk again, both enlargements are the picture."""
    enlarger = REFINERS.get("upscale")
    assert isinstance(enlarger, Enlarger)
    rows, columns = picture.shape[:2]
    for factor in (1.7, 2.5):
        large = enlarger.enlarge(picture, face, 0.6, factor)
        assert large.shape == (round(rows * factor), round(columns * factor), 3)
        back = resize(large, columns, rows)
        assert np.abs(back - picture).mean() < 0.015


def test_a_picture_too_large_for_the_network_is_resampled(
    picture: Image, face: Face, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upscale, "_MOST", 1000)
    enlarger = upscale.Upscale()
    assert np.array_equal(
        enlarger.enlarge(picture, face, 1.0, 2.0), enlarger.enlarge(picture, face, 0.0, 2.0)
    )


def test_a_print_is_as_large_as_it_says(photo: Image, sitter: Identity, tmp_path: Path) -> None:
    """As `headshots refine --refiner upscale --size print-16x20`, at a fifth of the size."""
    size = SIZES["print-16x20"]
    assert (size.width, size.height) == (4800, 6000) and size.dpi * 20 == size.height
    picture = np.clip(fit(photo, 300)[0], 0, 1)  # more than one tile
    (large,), _, _, notes = refine_pictures(
        SILENT, [pictured(picture)], sitter, "upscale", 0.6, 1200, "reject", None
    )
    assert max(large.image.shape) == 1200 and notes.startswith("01: upscale")
    done = deliver(large, folder=tmp_path, size="print-16x20", format="tiff")
    # Too few pixels for 300 an inch: the paper's size holds, the note says so.
    assert "4800x6000" in done.note
    with Pillow.open(done.path) as file:
        inches = file.height / float(file.info["dpi"][1])
    assert inches == pytest.approx(20, rel=0.01)
