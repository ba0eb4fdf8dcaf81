"""A verdict and a history are of the very pixels that they were said of, or they are not said.

Each picture here goes the way that a graph in ComfyUI takes it, where any node may hand on other
pixels in the same place; what was delivered is read back from its file, as a stranger would.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from headshots.core.delivery.credentials import inspect
from headshots.core.delivery.xmp import read_xmp
from headshots.core.generation import find_look
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, Mask, fit
from headshots.core.photos import read_photo
from headshots.core.progress import SILENT
from headshots.core.provenance import Provenance, Relit, provenance_from_json
from headshots.core.recipes.actions.binding import NOT_SCORED
from headshots.core.recipes.actions.delivering import contact_sheet
from headshots.core.recipes.step import Step
from headshots.core.recipes.steps import (
    DELIVER_PICTURES,
    KEEP_BEST,
    RELIGHT,
    SCORE,
    STUDIO,
)
from headshots.core.scorecard import Scorecard

FORMATS = ("jpeg", "tiff", "png", "ora")


def run(step: Step, **values: Any) -> dict[str, Any]:
    """What `step` gives, by output, with its defaults but for `values`."""
    usual = {each.name: each.default for each in step.inputs}
    within = {"within": None} if step.within else {}
    outputs = step.call({"progress": SILENT, **usual, **within, **values})
    return dict(zip([each.name for each in step.outputs], outputs, strict=True))


@dataclass(frozen=True, eq=False)
class Kept:
    """What "Keep the best" handed on."""

    images: list[Image]
    scorecards: list[Scorecard]
    mattes: list[Mask]
    layers: list[Any]
    origins: list[Provenance]


@pytest.fixture(scope="module")
def kept(astronaut: Identity) -> Kept:
    made = run(
        STUDIO, identity=astronaut, looks=(find_look("executive"),), count=1, width=400, layers=True
    )
    scores = run(
        SCORE,
        images=made["images"],
        identity=astronaut,
        mattes=made["mattes"],
        origins=made["origins"],
    )
    best = run(
        KEEP_BEST,
        images=made["images"],
        scorecards=scores["scorecards"],
        mattes=made["mattes"],
        layers=made["layers"],
        least_percentile=0.0,
    )
    assert len(best["kept"]) == 1, scores["scorecards"]
    names = ("kept", "kept_scorecards", "kept_mattes", "kept_layers", "kept_origins")
    return Kept(*(best[name] for name in names))


def delivered(folder: Path, format: str, **values: Any) -> tuple[bytes, str]:
    """The file that "Deliver" wrote, and its note."""
    done = run(DELIVER_PICTURES, folder=str(folder), format=format, **values)
    return Path(done["paths"]).read_bytes(), done["notes"]


@pytest.mark.parametrize("format", FORMATS)
def test_a_manifest_tells_of_the_studios_light(kept: Kept, tmp_path: Path, format: str) -> None:
    """Fault 1 of issue 10: `azimuth` was looked for, and "key-azimuth" written."""
    data, _ = delivered(
        tmp_path,
        format,
        images=kept.images,
        scorecards=kept.scorecards,
        origins=kept.origins,
        layers=kept.layers,
    )
    signed = inspect(data)
    assert signed and signed.valid and "Lit anew by computation" in signed.done
    assert "c2pa.color_adjustments" in signed.actions
    assert signed.source_type == "compositeSynthetic"
    assert signed.scorecard and signed.scorecard["verdict"] == "keep"


@pytest.mark.parametrize("linked", [True, False], ids=["linked", "unlinked"])
@pytest.mark.parametrize("format", ["jpeg", "tiff", "png"])
def test_a_relit_keeper_is_delivered_as_it_is_now(
    kept: Kept, tmp_path: Path, format: str, linked: bool
) -> None:
    """Fault 2: the scorecard from before the edit brought its history and likeness along."""
    origins = kept.origins if linked else None
    lit = run(RELIGHT, images=kept.images, mattes=kept.mattes, origins=origins, pattern="rembrandt")
    data, note = delivered(
        tmp_path,
        format,
        images=lit["images"],
        scorecards=kept.scorecards,
        origins=lit["origins"],
    )
    signed, said = inspect(data), read_xmp(data)
    assert signed and signed.valid
    assert NOT_SCORED in note and signed.scorecard is None and "scorecard" not in said
    history = provenance_from_json(said["provenance"])
    assert history and isinstance(history.edits[-1], Relit)
    assert history.edits[-1].pattern == "rembrandt"
    assert signed.done[-1] == "Lit anew by computation: rembrandt"
    # Without the link nothing is known of the picture that was lit, and nothing is claimed of it.
    assert signed.source_type == ("compositeSynthetic" if linked else "")
    assert ("source_type" in said) is linked
    assert bool(signed.sources) is linked


def blurred(image: Image, photos: Path) -> Image:
    return cv2.GaussianBlur(image, (0, 0), 2)


def another_man(image: Image, photos: Path) -> Image:
    other = np.clip(fit(read_photo(photos / "biden.jpg").image, image.shape[0])[0], 0, 1)
    return np.ascontiguousarray(other[: image.shape[0], : image.shape[1]])


@pytest.mark.parametrize("other", [blurred, another_man])
def test_other_pixels_get_neither_verdict_nor_history(
    kept: Kept, photos: Path, tmp_path: Path, other: Callable[[Image, Path], Image]
) -> None:
    images = [other(kept.images[0], photos)]
    data, note = delivered(
        tmp_path, "png", images=images, scorecards=kept.scorecards, origins=kept.origins
    )
    signed, said = inspect(data), read_xmp(data)
    assert signed and signed.valid and NOT_SCORED in note
    assert signed.scorecard is None and signed.sources == () and signed.source_type == ""
    assert "scorecard" not in said and "source_type" not in said and "provenance" not in said
    best = run(KEEP_BEST, images=images, scorecards=kept.scorecards)
    assert best["kept"] == []
    assert NOT_SCORED in best["scorecards"][0].reasons
    (sheet,) = contact_sheet(SILENT, images, kept.scorecards, str(tmp_path), "Sheet")
    page = (tmp_path / "contact-sheet.html").read_text("utf-8")
    assert sheet and NOT_SCORED in page.lower() and "made of" not in page
    assert f"{kept.scorecards[0].likeness:.3f}" not in page


def test_what_was_not_agreed_to_holds_for_other_pixels_too(kept: Kept, tmp_path: Path) -> None:
    from headshots.core.errors import ConsentWithheld

    withheld = [each.model_copy(update={"deliverable": False}) for each in kept.origins]
    images = [cv2.GaussianBlur(image, (0, 0), 2) for image in kept.images]
    with pytest.raises(ConsentWithheld):
        delivered(tmp_path, "png", images=images, origins=withheld)
