"""The step Masks: hair, skin, clothes and background of real photos, whole and sharp."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import Cancelled, NoFace, SeveralFaces
from headshots.core.faces.regions import CHIN, NOSE_BRIDGE
from headshots.core.images import Image, Mask
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT, Progress
from headshots.core.recipes.steps import MASKS

pytestmark = pytest.mark.slow

ADDING_UP = ("hair", "skin", "clothes", "other", "background")


@pytest.fixture(scope="module")
def image(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg", longest=700).image


@pytest.fixture(scope="module")
def masks(image: Image) -> dict[str, list[Mask]]:
    return run([image])


def run(pictures: list[Image], on_no_face: str = "pass") -> dict[str, list[Mask]]:
    values = {"progress": SILENT, "pictures": pictures, "on_no_face": on_no_face}
    return dict(zip((each.name for each in MASKS.outputs), MASKS.call(values), strict=True))


def test_masks_are_as_large_as_the_picture_and_add_up(
    image: Image, masks: dict[str, list[Mask]]
) -> None:
    for name in ADDING_UP:
        (mask,) = masks[name]
        assert mask.shape == image.shape[:2] and mask.dtype == np.float32
        assert mask.min() >= 0 and mask.max() <= 1
    assert np.abs(sum(masks[name][0] for name in ADDING_UP) - 1).max() < 1e-4
    both = masks["face_skin"][0] + masks["body_skin"][0]
    assert np.abs(both - masks["skin"][0]).max() < 1e-6


def test_each_part_is_where_it_is_seen(image: Image, masks: dict[str, list[Mask]]) -> None:
    face = Portrait(image).face
    x, chin = face.landmarks[CHIN, :2].round().astype(int)
    bridge = face.landmarks[NOSE_BRIDGE, :2].round().astype(int)
    assert masks["face_skin"][0][bridge[1], bridge[0]] > 0.9
    assert masks["clothes"][0][chin + round(1.2 * face.width), x] > 0.9
    assert masks["background"][0][5, 5] > 0.95
    crown = masks["hair"][0][: bridge[1], x] > 0.5
    assert 0.1 * face.width < crown.sum() < 0.8 * face.width
    assert str(masks["notes"]).startswith("01: ")
    assert "clothes" in str(masks["notes"])


def test_the_outline_is_the_mattes(image: Image) -> None:
    matte = np.zeros(image.shape[:2], np.float32)
    matte[:, 100:400] = 1
    found = run([Picture("cut out", Portrait(image, matte))])  # type: ignore[list-item]
    assert np.array_equal(found["background"][0], 1 - matte)


def test_pictures_without_one_face_keep_their_place(image: Image, photos: Path) -> None:
    wall = np.full((60, 40, 3), 0.5, np.float32)
    many = read_photo(photos / "group6.jpg", longest=500).image
    found = run([wall, image, many])
    assert [mask.shape for mask in found["hair"]] == [
        each.shape[:2] for each in (wall, image, many)
    ]
    assert (found["background"][0] == 1).all() and (found["background"][2] == 1).all()
    notes = str(found["notes"]).splitlines()
    assert "no face" in notes[0] and "faces" in notes[2]
    with pytest.raises(NoFace):
        run([wall], "raise")
    with pytest.raises(SeveralFaces):
        run([many], "raise")


def test_it_stops_and_takes_nothing(image: Image) -> None:
    values = {"pictures": [image], "on_no_face": "pass"}
    with pytest.raises(Cancelled):
        MASKS.call({"progress": Progress(stopped=lambda: True), **values})
    assert run([])["hair"] == []
