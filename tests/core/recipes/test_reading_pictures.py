"""Pictures read from files: their names, and what counts of what their files say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from headshots.core.delivery.formats import Format, deliver
from headshots.core.images import Image, Mask, fit
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, Provenance
from headshots.core.recipes.actions.pictures import read_pictures
from headshots.core.recipes.steps import REPLACE_BACKDROP
from headshots.core.scorecard import Measurement, Scorecard

from ...histories import studio

GREY: Image = np.full((96, 80, 3), 0.5, np.float32)
CARD = Scorecard(
    "ada",
    "Ada",
    "dlib",
    0.75,
    40.0,
    (Measurement("smile", 0.5, None, None, "", ""),),
    0.5,
    "keep",
    (),
)


def matte() -> Mask:
    cover = np.zeros(GREY.shape[:2], np.float32)
    cover[20:, 20:60] = 1
    return cover


def read(*paths: Path) -> list[Picture]:
    pictures, images, mattes = read_pictures(SILENT, "\n".join(map(str, paths)))
    assert [each.image for each in pictures] == images
    assert all(cover.shape == image.shape[:2] for image, cover in zip(images, mattes, strict=True))
    return pictures


def written(path: Path) -> Path:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(encode(GREY, "png"))
    return path


def test_a_picture_is_called_like_its_file(tmp_path: Path) -> None:
    paths = [written(tmp_path / "a" / "one.png"), written(tmp_path / "b" / "two.png")]
    assert [each.name for each in read(*paths)] == ["one.png", "two.png"]


def test_pictures_of_several_folders_are_told_apart(tmp_path: Path) -> None:
    paths = [written(tmp_path / folder / "01.png") for folder in ("Ada", "Bob")]
    paths.append(written(tmp_path / "Bob" / "02.png"))
    assert [each.name for each in read(*paths)] == ["Ada/01.png", "Bob/01.png", "02.png"]
    assert [each.name for each in read(paths[0], paths[0])] == ["Ada/01.png", "Ada/01.png (2)"]


@pytest.mark.parametrize("format", ["png", "tiff"])
def test_a_transparent_picture_has_its_matte_again(
    photos: Path, tmp_path: Path, format: Format
) -> None:
    photo = np.clip(fit(read_photo(photos / "astronaut.png").image, 320)[0], 0, 1)
    values = {each.name: each.default for each in REPLACE_BACKDROP.inputs}
    values |= {"progress": SILENT, "pictures": [photo], "backdrop": "transparent"}
    ((cut_out,), *_) = REPLACE_BACKDROP.call(values)
    picture = cut_out.renamed("ada").scored(CARD)
    (again,) = read(deliver(picture, folder=tmp_path, format=format).path)
    assert again.matte is not None and np.abs(again.matte - picture.matte).max() < 0.01
    assert again.scorecard and again.card.measures and again.card.verdict == "keep"
    assert again.card.picture == again.name == f"ada{Path(again.name).suffix}"
    assert again.sitter == "" and not again.outdated


@pytest.mark.parametrize("history", [studio(), UNKNOWN])
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_an_opaque_picture_has_none(tmp_path: Path, format: Format, history: Provenance) -> None:
    picture = Picture("ada", Portrait(GREY, matte()), history)
    (again,) = read(deliver(picture, folder=tmp_path, format=format).path)
    assert again.matte is None and again.scorecard is None
    assert again.provenance.to_json() == history.to_json()


def test_a_strangers_transparency_is_no_matte(tmp_path: Path) -> None:
    """What lies behind it is not said, so it is laid over white and nothing is known of it."""
    (tmp_path / "a.png").write_bytes(encode(GREY, "png", coverage=matte()))
    (picture,) = read(tmp_path / "a.png")
    assert picture.matte is None and picture.provenance == UNKNOWN
