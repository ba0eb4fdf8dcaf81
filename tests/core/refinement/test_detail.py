"""The face painted anew: only its detail, without a seam, and never less like the sitter."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import LicenceNotAccepted
from headshots.core.faces import ANALYSERS, Face
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, blur, fit, to_lab
from headshots.core.painting import Painting
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.refinement import REFINERS, Personal, detail
from headshots.core.refinement.detail import SEAM, Detail, seam
from headshots.core.refinement.guard import refine
from headshots.core.settings import settings

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module", autouse=True)
def models(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A tiny model, and one that may not be used for commercial work."""
    from ...tiny.models import klein, sd15

    folder = tmp_path_factory.mktemp("detail")
    sd15(folder / "sd15")
    card = klein(folder / "narrow") / "README.md"
    card.write_text("---\nlicense: cc-by-nc-4.0\n---\n", "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_MODELS_DIR", str(folder))
        settings.cache_clear()
        yield folder
    settings.cache_clear()


@pytest.fixture(scope="module")
def pictured(photos: Path) -> tuple[Image, Face]:
    """A picture whose face has fewer pixels than the tiny models paint."""
    image = fit(read_photo(photos / "obama2.jpg").image, 240)[0]
    (face,) = ANALYSERS.get("embedded").analyse(image)
    assert face.box.area * 1.7**2 < 128 * 128
    return np.clip(image, 0, 1), face


def test_only_the_face_changes_and_its_light_and_colour_stay(pictured: tuple[Image, Face]) -> None:
    image, face = pictured
    result = REFINERS.get("detail").refine(image, face, 1.0)
    changed = np.abs(result - image).max(axis=2)
    rows, columns = np.nonzero(changed)
    box = face.box.grown(0.1)
    assert changed.max() > 0.02
    assert box.x0 <= columns.min() and columns.max() <= box.x1
    assert box.y0 <= rows.min() and rows.max() <= box.y1
    coarse = 0.15 * face.width
    lab = [to_lab(np.clip(blur(each, coarse), 0, 1)) for each in (image, result)]
    assert np.abs(lab[0] - lab[1]).max() < 2.0


def test_a_seam_is_measured_whatever_the_picture_shows_there() -> None:
    mask = np.zeros((64, 64), np.float32)
    mask[16:48, 16:48] = 1
    mask = blur(mask, 3)
    inside = mask[..., None] > 0.5
    for contrast in (-0.2, 0.0, 0.2):  # hair beside skin, lighter or darker
        image = np.full((64, 64, 3), 0.5, np.float32) + np.float32(contrast) * inside
        assert seam(image, image, mask) == 0
        for step in (-0.02, 0.02):
            planted = image + np.float32(step) * inside
            assert seam(image, planted, mask) > 2 * SEAM
    assert seam(image, image + np.float32(0.1), np.zeros_like(mask)) == 0


def test_a_planted_seam_is_refused(
    pictured: tuple[Image, Face], sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step of L* at the rim of what was painted, one that shows and one that doesn't."""
    image, face = pictured
    mended = detail._mended

    def stepped(step: float) -> Image:
        def plant(start: Image, painted: Image, mask: Mask, width: float) -> Image:
            made = mended(start, painted, mask, width)
            return np.clip(made + np.float32(step) * (mask[..., None] > 0.5), 0, 1)

        monkeypatch.setattr(detail, "_mended", plant)
        return REFINERS.get("detail").refine(image, face, 1.0)

    assert stepped(0.02) is image, "the picture is as it was"
    assert not np.array_equal(stepped(0.0), image)
    assert stepped(-0.02) is image, "darker, too"
    stepped(0.02)  # planted again, for the guard
    done = refine(Portrait(image, face=face), sitter, refiners=["detail"], strength=1.0)
    assert np.array_equal(done.image, image)


def test_likeness_never_falls_and_the_model_is_told(
    pictured: tuple[Image, Face], sitter: Identity
) -> None:
    """A network of chance paints a worse face: little or nothing of it may be kept."""
    image, face = pictured
    done = refine(Portrait(image, face=face), sitter, refiners=["detail"], strength=1.0)
    assert done.after >= done.before - 0.02
    assert done.kept or np.array_equal(done.image, image)
    assert done.by is not None
    assert (done.by.name, done.by.licence) == ("sd15", "creativeml-openrail-m")


def test_it_is_told_whom_to_paint_and_by_which_model(
    pictured: tuple[Image, Face], sitter: Identity, astronaut: Identity
) -> None:
    image, face = pictured
    refiner = REFINERS.get("detail")
    assert isinstance(refiner, Personal)
    narrow = Painting("narrow", steps=2)
    with pytest.raises(LicenceNotAccepted):
        refiner.for_sitter(sitter, narrow).refine(image, face, 0.8)
    accepted = Painting("narrow", steps=2, accept_licence=True)
    made = [Detail(each, accepted) for each in (None, sitter, astronaut)]
    nobody, one, other = (each.refine(image, face, 0.8) for each in made)
    record = made[1].record
    assert record is not None and record.licences_accepted == ("cc-by-nc-4.0",)
    assert not np.array_equal(one, nobody) and not np.array_equal(one, other)


def test_a_face_larger_than_the_model_paints_is_painted_in_tiles(photos: Path) -> None:
    image = fit(read_photo(photos / "obama2.jpg").image, 700)[0]
    (face,) = ANALYSERS.get("embedded").analyse(image)
    assert face.box.area > 128 * 128
    result = REFINERS.get("detail").refine(image, face, 1.0)
    changed = np.abs(result - image).max(axis=2)
    x, y = face.box.centre
    rows, columns = np.nonzero(changed > 0.002)
    assert rows.min() < y - 0.2 * face.box.height and rows.max() > y + 0.2 * face.box.height
    assert columns.min() < x - 0.2 * face.width and columns.max() > x + 0.2 * face.width
