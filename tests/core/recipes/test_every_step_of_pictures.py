"""What each step hands on of a picture that it was given: nothing that was known of it is lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from headshots.core.generation import find_look
from headshots.core.identity.identity import Identity
from headshots.core.images import fit
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes.step import Kind, Step
from headshots.core.recipes.steps import ALL, AS_PICTURES, READ_PICTURES, STUDIO
from headshots.core.scorecard import Scorecard

from ...histories import PHOTOGRAPH

HANDING_ON = [step for step in ALL if any(each.kind is Kind.PICTURES for each in step.outputs)]
TAKING = [step for step in HANDING_ON if any(each.name == "pictures" for each in step.inputs)]
SMALL = {"factor": 1.2, "detail": 0.0, "backdrop": "grey", "count": 2, "width": 256}


@pytest.fixture(scope="module")
def picture(photos: Path) -> Picture:
    """A scored picture of the astronaut, whose sitter didn't agree that it is handed on."""
    image = np.clip(fit(read_photo(photos / "astronaut.png").image, 320)[0], 0, 1)
    card = Scorecard("ada", "Ada", "dlib", 0.9, 50.0, (), 0.5, "pending", ())
    history = PHOTOGRAPH.model_copy(update={"deliverable": False})
    return Picture("ada", Portrait(image), history).scored(card)


def run(step: Step, **values: Any) -> dict[str, Any]:
    """What `step` gives by output, with defaults but for `values` and what is small."""
    usual = {each.name: SMALL.get(each.name, each.default) for each in step.inputs}
    outputs = step.call({"progress": SILENT, **usual, **values})
    return dict(zip([each.name for each in step.outputs], outputs, strict=True))


def given(step: Step, picture: Picture, sitter: Identity, path: Path) -> dict[str, Any]:
    """The linked inputs that the step needs."""
    values: dict[str, Any] = {
        "pictures": [picture],
        "second": [replace(picture)],
        "originals": [replace(picture)],
        "identity": sitter,
        "looks": (find_look("executive"),),
        "paths": str(path),
        "images": [picture.image * np.float32(0.9)],
        "before": [picture],
    }
    return {each.name: values[each.name] for each in step.inputs if each.name in values}


@pytest.mark.parametrize("step", HANDING_ON, ids=lambda step: step.id)
def test_pictures_images_and_mattes_are_the_same_pictures(
    step: Step, picture: Picture, astronaut: Identity, photos: Path
) -> None:
    outputs = run(step, **given(step, picture, astronaut, photos / "astronaut.png"))
    pictures, *_ = outputs.values()
    assert pictures and all(isinstance(each, Picture) for each in pictures)
    names = [each.name.casefold() for each in pictures]
    assert len(set(names)) == len(names)
    for each in pictures:
        assert each.scorecard is None or each.scorecard.picture == each.name
        assert each.matte is None or each.matte.shape == each.image.shape[:2]
    if "images" in outputs:
        rows = zip(pictures, outputs["images"], outputs["mattes"], strict=True)
        for each, image, matte in rows:
            assert image is each.image and matte.shape == image.shape[:2]
            assert matte is each.matte if each.matte is not None else np.all(matte == 1)


@pytest.mark.parametrize("step", [*TAKING, AS_PICTURES], ids=lambda step: step.id)
def test_whom_it_shows_what_they_agreed_to_and_its_history_stay(
    step: Step, picture: Picture, astronaut: Identity, photos: Path
) -> None:
    outputs = run(step, **given(step, picture, astronaut, photos / "astronaut.png"))
    for each in next(iter(outputs.values())):
        assert each.sitter in (picture.sitter, astronaut.name)
        assert not each.provenance.deliverable
        assert each.provenance.edits[: len(picture.provenance.edits)] == picture.provenance.edits
        assert each.provenance.capture == picture.provenance.capture
        changed = not np.array_equal(each.image, picture.image)
        assert bool(each.provenance.edits) == changed


def test_no_step_is_left_out() -> None:
    assert {*TAKING, STUDIO, READ_PICTURES, AS_PICTURES} == set(HANDING_ON)
