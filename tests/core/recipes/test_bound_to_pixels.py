"""A verdict and a history are of the very pixels that they were said of, or they are not said.

Each picture here goes the way that a graph in ComfyUI takes it, where any node may hand on other
pixels in the same place; what was delivered is read back from its file, as a stranger would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from headshots.core.delivery.credentials import inspect
from headshots.core.delivery.xmp import read_xmp
from headshots.core.errors import ConsentWithheld, InputError
from headshots.core.generation import find_look
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, fit
from headshots.core.photos import read_photo
from headshots.core.picture import NOT_SCORED, Picture
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, EditedElsewhere, Relit, provenance_from_json
from headshots.core.recipes.step import Step
from headshots.core.recipes.steps import (
    AS_PICTURES,
    CONTACT_SHEET,
    DELIVER_PICTURES,
    KEEP_BEST,
    READ_PICTURES,
    RELIGHT,
    SCORE,
    STUDIO,
)

FORMATS = ("jpeg", "tiff", "png", "ora")


def run(step: Step, **values: Any) -> dict[str, Any]:
    """What `step` gives, by output, with its defaults but for `values`."""
    usual = {each.name: each.default for each in step.inputs}
    within = {"within": None} if step.within else {}
    outputs = step.call({"progress": SILENT, **usual, **within, **values})
    return dict(zip([each.name for each in step.outputs], outputs, strict=True))


@pytest.fixture(scope="module")
def best(astronaut: Identity) -> dict[str, Any]:
    """What "Keep the best" hands on, by output."""
    made = run(
        STUDIO, identity=astronaut, looks=(find_look("executive"),), count=1, width=400, layers=True
    )
    scored = run(SCORE, pictures=made["pictures"], identity=astronaut)
    best = run(KEEP_BEST, pictures=scored["pictures"], least_percentile=0.0)
    assert len(best["kept"]) == 1, best["judged"][0].card
    return best


@pytest.fixture
def kept(best: dict[str, Any]) -> Picture:
    return best["kept"][0]


def delivered(folder: Path, format: str, *pictures: Picture | Image) -> tuple[bytes, str]:
    """The first file that "Deliver" wrote, and its notes."""
    done = run(DELIVER_PICTURES, folder=str(folder), format=format, pictures=list(pictures))
    return Path(done["paths"].splitlines()[0]).read_bytes(), done["notes"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_manifest_tells_of_the_studios_light(kept: Picture, tmp_path: Path, format: str) -> None:
    """Fault 1 of issue 10: `azimuth` was looked for, and "key-azimuth" written."""
    data, note = delivered(tmp_path, format, kept)
    signed, said = inspect(data), read_xmp(data)
    assert signed and signed.valid and "Lit anew by computation" in signed.done
    assert "c2pa.color_adjustments" in signed.actions
    assert signed.source_type == "compositeSynthetic"
    assert signed.scorecard and signed.scorecard["verdict"] == "keep"
    assert said["scorecard"]["likeness"] == pytest.approx(kept.card.likeness, abs=1e-3)
    assert not note


@pytest.mark.parametrize("as_image", [False, True], ids=["picture", "image"])
@pytest.mark.parametrize("format", FORMATS)
def test_a_relit_keeper_is_delivered_as_it_is_now(
    kept: Picture, tmp_path: Path, format: str, as_image: bool
) -> None:
    """Fault 2: the scorecard from before the edit brought its history and likeness along.

    Linked as an image, the keeper's pixels tell which picture it is, and its history goes on.
    """
    lit = run(RELIGHT, pictures=[kept.image if as_image else kept], pattern="rembrandt")
    (picture,) = lit["pictures"]
    assert not np.array_equal(picture.image, kept.image)
    if format == "ora":  # the layers are those of the picture before
        with pytest.raises(InputError, match="has no layers"):
            delivered(tmp_path, format, picture)
        assert list(tmp_path.iterdir()) == []
        return
    data, note = delivered(tmp_path, format, picture)
    signed, said = inspect(data), read_xmp(data)
    assert signed and signed.valid
    assert NOT_SCORED in note and signed.scorecard is None and "scorecard" not in said
    history = provenance_from_json(said["provenance"])
    assert history and isinstance(history.edits[-1], Relit)
    assert history.edits[-1].pattern == "rembrandt"
    assert history.edits[:-1] == kept.provenance.edits
    assert signed.done[-1] == "Lit anew by computation: rembrandt"
    assert signed.source_type == said["source_type"] == "compositeSynthetic"
    assert signed.sources == kept.provenance.sources


def test_scored_anew_it_has_the_verdict_of_its_pixels(
    kept: Picture, astronaut: Identity, tmp_path: Path
) -> None:
    lit = run(RELIGHT, pictures=[kept], pattern="split")
    scored = run(SCORE, pictures=lit["pictures"], identity=astronaut)
    data, note = delivered(tmp_path, "png", *scored["pictures"])
    signed = inspect(data)
    assert signed and signed.scorecard and not note
    assert signed.scorecard["likeness"] != pytest.approx(kept.card.likeness, abs=1e-6)


@pytest.mark.parametrize("format", FORMATS)
def test_an_image_handed_on_unchanged_is_still_the_picture(
    best: dict[str, Any], tmp_path: Path, format: str
) -> None:
    """Another pack's node that chose or forwarded it gives the same pixels in another array."""
    (kept,) = best["kept"]
    image = best["images"][0].copy()
    (picture,) = run(AS_PICTURES, images=[image])["pictures"]
    assert (picture.name, picture.sitter) == (kept.name, kept.sitter)
    assert picture.provenance == kept.provenance and picture.scorecard == kept.scorecard
    assert picture.matte is kept.matte is not None
    as_picture, note = delivered(tmp_path / "picture", format, kept)
    as_image, _ = delivered(tmp_path / "image", format, image)
    assert not note
    assert sorted(path.name for path in (tmp_path / "image").iterdir()) == sorted(
        path.name for path in (tmp_path / "picture").iterdir()
    )
    said, signed = read_xmp(as_image), inspect(as_image)
    assert said["provenance"] == read_xmp(as_picture)["provenance"]
    assert signed and signed.scorecard and signed.scorecard["verdict"] == "keep"


def blurred(image: Image, photos: Path) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 2)


def another_man(image: Image, photos: Path) -> Image:
    other = np.clip(fit(read_photo(photos / "biden.jpg").image, image.shape[0])[0], 0, 1)
    return np.ascontiguousarray(other[: image.shape[0], : image.shape[1]])


@pytest.mark.parametrize("format", ["jpeg", "tiff", "png"])
@pytest.mark.parametrize("other", [blurred, another_man])
def test_other_pixels_get_neither_verdict_nor_history(
    best: dict[str, Any],
    photos: Path,
    tmp_path: Path,
    other: Callable[[Image, Path], Image],
    format: str,
) -> None:
    images = [other(image, photos) for image in best["images"]]
    data, _ = delivered(tmp_path, format, *images)
    signed, said = inspect(data), read_xmp(data)
    assert signed and signed.valid
    assert signed.scorecard is None and signed.sources == () and signed.source_type == ""
    assert "scorecard" not in said and "source_type" not in said and "provenance" not in said
    again = run(KEEP_BEST, pictures=images, least_percentile=0.0)
    assert again["kept"] == [] and again["judged"][0].scorecard is None
    assert again["judged"][0].provenance == UNKNOWN
    sheet = run(CONTACT_SHEET, pictures=images, folder=str(tmp_path))
    page = (tmp_path / "contact-sheet.html").read_text("utf-8")
    assert sheet["sheet"] and "made of" not in page
    assert f"{best['kept'][0].card.likeness:.3f}" not in page


@pytest.mark.parametrize("format", ["jpeg", "tiff", "png"])
@pytest.mark.parametrize("other", [blurred, another_man])
def test_with_the_picture_before_its_history_goes_on(
    best: dict[str, Any],
    photos: Path,
    tmp_path: Path,
    other: Callable[[Image, Path], Image],
    format: str,
) -> None:
    (kept,) = best["kept"]
    images = [other(kept.image, photos)]
    (changed,) = run(AS_PICTURES, images=images, before=[kept])["pictures"]
    assert changed.name == kept.name and changed.sitter == kept.sitter
    assert changed.matte is None and not changed.layers and changed.outdated
    assert changed.provenance.edits == (*kept.provenance.edits, EditedElsewhere())
    data, note = delivered(tmp_path, format, changed)
    signed, said = inspect(data), read_xmp(data)
    assert signed and signed.valid and NOT_SCORED in note
    assert signed.scorecard is None and "scorecard" not in said
    history = provenance_from_json(said["provenance"])
    assert history and history.edits[-1] == EditedElsewhere()
    assert signed.sources == kept.provenance.sources
    again = run(KEEP_BEST, pictures=[changed], least_percentile=0.0)
    assert again["kept"] == [] and NOT_SCORED in again["judged"][0].card.reasons
    run(CONTACT_SHEET, pictures=[changed], folder=str(tmp_path))
    page = (tmp_path / "contact-sheet.html").read_text("utf-8")
    assert NOT_SCORED in page.lower() and f"{kept.card.likeness:.3f}" not in page


def test_what_was_not_agreed_to_holds_for_other_pixels_too(kept: Picture, tmp_path: Path) -> None:
    withheld = replace(
        kept, provenance=kept.provenance.model_copy(update={"deliverable": False}), scorecard=None
    )
    images = [cv2.GaussianBlur(kept.image, (0, 0), 2)]
    changed = run(AS_PICTURES, images=images, before=[withheld])["pictures"]
    lit = run(RELIGHT, pictures=[withheld])["pictures"]
    for pictures in ([withheld], changed, lit):
        with pytest.raises(ConsentWithheld):
            delivered(tmp_path, "png", *pictures)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("format", FORMATS[:3])  # OpenRaster is for other programs
def test_a_delivered_file_is_read_as_the_picture_that_was_written(
    kept: Picture, tmp_path: Path, format: str
) -> None:
    done = run(DELIVER_PICTURES, pictures=[kept], folder=str(tmp_path), format=format)
    (read,) = run(READ_PICTURES, paths=done["paths"])["pictures"]
    assert read.name == Path(done["paths"]).name
    assert read.provenance.to_json() == kept.provenance.to_json()
    assert read.scorecard and read.scorecard.verdict == "keep"
    assert read.card.likeness == pytest.approx(kept.card.likeness, abs=1e-3)
