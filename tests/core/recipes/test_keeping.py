"""The step Keep the sitter: names, histories and notes of what comes out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.errors import InputError, NoFace
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.light import measure_light
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, SitterKept, SourceType
from headshots.core.recipes.steps import KEEP_SITTER
from headshots.core.vault.consent import agreed

from ...histories import PHOTOGRAPH, painted

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def image(photos: Path) -> Image:
    return np.ascontiguousarray(read_photo(photos / "obama.jpg", longest=640).image)


@pytest.fixture(scope="module")
def tinted(image: Image) -> Image:
    """Warmer, darker, and shifted by 5 pixels."""
    moved = np.roll(image, 5, axis=1) * np.float32([1, 0.92, 0.8])
    return np.ascontiguousarray(moved, np.float32)


@pytest.fixture(scope="module")
def stranger(photos: Path) -> Image:
    return np.ascontiguousarray(read_photo(photos / "biden.jpg", longest=640).image)


def run(pictures: list[Any], originals: list[Any], **values: Any) -> dict[str, Any]:
    usual = {each.name: each.default for each in KEEP_SITTER.inputs} | {"identity": None}
    given = {"progress": SILENT, **usual, "pictures": pictures, "originals": originals, **values}
    outputs = KEEP_SITTER.call(given)
    return dict(zip((each.name for each in KEEP_SITTER.outputs), outputs, strict=True))


def test_an_image_of_another_pack_comes_back_with_the_sitter_and_says_so(
    image: Image, tinted: Image
) -> None:
    original = Picture("ada", Portrait(image), PHOTOGRAPH)
    outputs = run([tinted], [original])
    (kept,), (own,) = outputs["pictures"], outputs["own"]
    assert own.shape == kept.image.shape[:2] and 0.1 < own.mean() < 1
    assert kept.provenance.edits == (SitterKept(kept="head"),)
    assert kept.provenance.source_type is SourceType.COMPOSITE_WITH_TRAINED_MEDIA
    assert kept.name == "01" and kept.scorecard is None
    note = outputs["notes"]
    assert note.startswith("01: the edit moved the face by 5") and "\n" not in note
    assert "restored: head" in note and "tint ΔE" in note


def test_the_model_is_named_where_the_edited_picture_tells(image: Image, tinted: Image) -> None:
    original = Picture("ada", Portrait(image), PHOTOGRAPH)
    edited = Picture("suit", Portrait(tinted), painted().model_copy(update={"deliverable": False}))
    (kept,) = run([edited], [original])["pictures"]
    record = kept.provenance.last(SitterKept)
    assert record is not None and record.by is not None and record.by.name == "klein"
    assert kept.name == "suit" and not kept.provenance.deliverable


def test_a_refused_edit_hands_on_the_original_or_is_left_out(image: Image, stranger: Image) -> None:
    original = Picture("ada", Portrait(image), PHOTOGRAPH)
    outputs = run([stranger], [original])
    (kept,) = outputs["pictures"]
    assert kept.image is image and kept.provenance == PHOTOGRAPH
    assert outputs["notes"].startswith("01: refused: the edited picture shows another face")
    outputs = run([stranger], [original], on_refusal="reject")
    assert outputs["pictures"] == [] and outputs["own"] == []
    assert "refused" in outputs["notes"]


def test_originals_are_one_for_all_or_one_for_each(
    image: Image, tinted: Image, stranger: Image
) -> None:
    outputs = run([tinted, stranger], [image, stranger])
    assert [line[:3] for line in outputs["notes"].splitlines()] == ["01:", "02:"]
    assert len(outputs["pictures"]) == 2 and "refused" not in outputs["notes"]
    assert len(run([tinted, tinted * np.float32(0.9)], [image])["pictures"]) == 2
    with pytest.raises(InputError, match="2 originals for 1"):
        run([tinted], [image, stranger])


def test_the_light_of_the_edit_may_fall_on_the_head_and_the_history_says_so(
    image: Image, tinted: Image
) -> None:
    original = Picture("ada", Portrait(image), PHOTOGRAPH)
    face = Portrait(image).face
    side = -1 if measure_light(image, face).azimuth > 0 else 1
    aside = (np.arange(image.shape[1]) - face.box.centre[0]) / face.width
    stops = np.clip(side * aside, -0.8, 0.8)[None, :, None]
    lit = np.clip(to_srgb(np.float32(to_linear(image) * np.exp2(stops))), 0, 1)
    outputs = run([lit, tinted], [original], light=1.0)
    assert [each.provenance.edits for each in outputs["pictures"]] == [
        (SitterKept(kept="head", lit=True),),
        (SitterKept(kept="head"),),
    ]
    first, second = outputs["notes"].splitlines()
    assert "the light of the edit was put on the head" in first and "the light" not in second


def test_places_say_where_each_picture_lies_in_its_original(
    image: Image, tinted: Image, stranger: Image
) -> None:
    cropped = np.ascontiguousarray(tinted[40:, 60:])
    outputs = run([tinted, cropped, stranger], [image])
    places = [tuple(map(int, line.split())) for line in outputs["places"].splitlines()]
    assert places[0] == places[2] == (0, 0)
    x, y = places[1]  # the tinted picture was shifted to the right by 5
    assert x == pytest.approx(55, abs=2) and y == pytest.approx(40, abs=2)
    part = outputs["pictures"][1].image
    face = Portrait(image).face.box
    rows = slice(round(face.y0) + 20, round(face.y1) - 20)
    columns = slice(round(face.x0) + 20, round(face.x1) - 20)
    there = part[rows.start - y : rows.stop - y, columns.start - x : columns.stop - x]
    assert np.abs(there - image[rows, columns]).mean() < 0.005
    assert run([stranger], [image], on_refusal="reject")["places"] == ""


def test_an_original_without_a_face_is_named(image: Image) -> None:
    wall = Picture("wall", Portrait(np.full((300, 300, 3), 0.5, np.float32)))
    with pytest.raises(NoFace, match="'wall'"):
        run([image], [wall])


def test_what_the_sitter_did_not_agree_to_is_not_handed_on(
    image: Image, tinted: Image, sitter: Identity
) -> None:
    consent = agreed(sitter.name, "yes to generate", days=30)
    shy = replace(sitter, consent=consent)
    (kept,) = run([tinted], [Picture("ada", Portrait(image), UNKNOWN)], identity=shy)["pictures"]
    assert not kept.provenance.deliverable
