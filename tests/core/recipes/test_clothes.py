"""The step Clothes: a mask for each picture, words for the model, the garment at a megapixel."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.errors import Cancelled, InputError, NoFace
from headshots.core.faces.masks import polygon_mask
from headshots.core.faces.regions import OVAL
from headshots.core.images import Image
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT, Progress
from headshots.core.recipes.steps import CLOTHES

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def image(photos: Path) -> Image:
    return read_photo(photos / "obama.jpg", longest=500).image


def run(pictures: Sequence[Image | Picture], **values: Any) -> dict[str, Any]:
    usual = {each.name: each.default for each in CLOTHES.inputs}
    outputs = CLOTHES.call({"progress": SILENT, **usual, "pictures": list(pictures), **values})
    return dict(zip((each.name for each in CLOTHES.outputs), outputs, strict=True))


def test_outputs_keep_their_order_for_those_who_link_them() -> None:
    names = [each.name for each in CLOTHES.outputs]
    assert names == ["clothes", "neckline", "instruction", "notes", "garment"]


def test_one_mask_for_each_picture_and_one_instruction_for_all(image: Image) -> None:
    wall = np.full((60, 40, 3), 0.5, np.float32)
    outputs = run([wall, image], dress="knitwear", colour="dark red", model="sdxl")
    for name in ("clothes", "neckline"):
        assert [mask.shape for mask in outputs[name]] == [wall.shape[:2], image.shape[:2]]
        assert outputs[name][0].max() == 0 and outputs[name][1].max() == 1
    assert "dark red merino sweater" in outputs["instruction"]
    told, first, second = outputs["notes"].splitlines()
    assert told == outputs["instruction"]
    assert first.startswith("01: nothing is to be painted. There is no face")
    assert second.startswith("02: clothes ") and "with the neckline" in second
    assert outputs["garment"] == []
    with pytest.raises(NoFace):
        run([wall], on_no_face="raise")


def test_where_no_clothes_are_seen_the_notes_say_what_to_link(image: Image) -> None:
    outline = Portrait(image).face.landmarks[list(OVAL), :2]
    face = polygon_mask(image.shape, outline).astype(np.float32)
    head = Picture("head", Portrait(image, face))
    (note,) = run([head])["notes"].splitlines()[1:]
    assert note.startswith("head: no clothes are seen; link 'neckline'")


def test_a_garment_comes_out_at_a_megapixel_and_is_asked_for(image: Image) -> None:
    photo = np.full((1500, 2000, 3), 0.4, np.float32)
    outputs = run([image], garment=[photo])
    (garment,) = outputs["garment"]
    assert garment.shape[0] * garment.shape[1] == pytest.approx(1024 * 1024, rel=0.01)
    assert garment.shape[1] / garment.shape[0] == pytest.approx(4 / 3, rel=0.01)
    assert "image 2 is the garment" in outputs["instruction"]
    small = np.full((300, 200, 3), 0.4, np.float32)
    assert run([image], garment=[small])["garment"][0] is small
    with pytest.raises(InputError, match="2 garments"):
        run([image], garment=[small, small])
    with pytest.raises(InputError, match="looks at no picture of a garment"):
        run([image], garment=[small], model="sdxl")


def test_a_colour_that_is_none_is_refused_before_any_work(image: Image) -> None:
    with pytest.raises(InputError, match="The colour is '#fff'"):
        run([image], colour="#fff")


def test_it_stops(image: Image) -> None:
    with pytest.raises(Cancelled):
        run([image], progress=Progress(stopped=lambda: True))
