"""Which layer is worked on, where what comes is laid, and when nothing comes."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from .console import Console, samples

Perform = Callable[..., dict[str, Any]]
SMALL = [400, 500]
EDITS = {
    "refine": {"strength": 0.5},
    "retouch": {"skin": 0.7},
    "relight": {"pattern": "rembrandt"},
    "replace-backdrop": {"backdrop": "white"},
}


@pytest.mark.parametrize("entry", EDITS)
@pytest.mark.parametrize(
    ("picture", "reasons"),
    [
        ({"picture": "group1.jpg"}, ("faces", "Select one of them")),
        ({"picture": "obama.jpg", "cut": [0, 0, 910, 600]}, ("no face",)),
    ],
)
def test_without_one_face_the_reason_is_said_and_nothing_is_laid(
    picture: dict[str, Any],
    reasons: tuple[str, ...],
    entry: str,
    inside: Console,
    ada: str,
    photos: Path,
) -> None:
    told = inside.ask(
        "perform",
        procedure=f"headshots-{entry}",
        sitter=ada,
        options=EDITS[entry],
        **{**picture, "picture": photos / picture["picture"]},
    )
    assert told["status"] == "execution-error", told
    assert all(each in told["error"] for each in reasons)
    assert len(told["layers"]) == 1


def test_one_face_of_a_group_is_edited_where_it_is_selected(perform: Perform, photos: Path) -> None:
    face = [380, 350, 260, 300]
    told = perform("retouch", picture=photos / "group1.jpg", select=face, options=EDITS["retouch"])
    assert len(told["layers"]) == 2


def test_where_a_mask_is_active_its_layer_is_edited(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    """GIMP hands the mask over in the layer's place; the result keeps to the layer's colours."""
    plain, masked = (
        perform(
            "retouch", picture=photos / "obama.jpg", scale=SMALL, options=EDITS["retouch"], **on
        )
        for on in ({}, {"active": "mask"})
    )
    layers = [
        inside.ask("describe", xcf=each["xcf"], pixels=_folder(tmp_path, name))["layers"]
        for each, name in ((plain, "plain"), (masked, "masked"))
    ]
    one, other = (samples(each[0]["samples"])[..., :3] for each in layers)
    assert np.array_equal(one, other)


def test_where_a_channel_is_active_it_is_said_and_nothing_is_laid(
    inside: Console, photos: Path
) -> None:
    told = inside.ask(
        "perform", procedure="headshots-retouch", picture=photos / "obama.jpg", active="channel"
    )
    assert told["status"] == "execution-error", told
    assert "channel" in told["error"] and "Choose the layer" in told["error"]
    assert len(told["layers"]) == 1


def test_a_new_backdrop_shows_on_a_cut_out_layer(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    cut = cv2.imread(str(photos / "obama.jpg"))
    cut = cv2.resize(cut, tuple(SMALL))
    alpha = np.full(cut.shape[:2], 255, np.uint8)
    alpha[:60] = 0  # the wall above the head is gone
    alpha[:, :60] = 0
    cv2.imwrite(str(tmp_path / "cut.png"), np.dstack([cut, alpha]))
    told = perform(
        "replace-backdrop", picture=tmp_path / "cut.png", options=EDITS["replace-backdrop"]
    )
    layer, _ = inside.ask("describe", xcf=told["xcf"], pixels=_folder(tmp_path, "seen"))["layers"]
    pixels = samples(layer["samples"])
    assert (pixels[..., 3] == 255).all()
    assert pixels[:40, :, :3].min() > 200  # the white wall


def test_each_chosen_layer_is_edited(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    told = perform(
        "retouch",
        picture=photos / "obama.jpg",
        above={"picture": photos / "obama2.jpg"},
        chosen="all",
        options=EDITS["retouch"],
    )
    assert len(told["layers"]) == 4
    layers = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    made = [each["name"] for each in layers if each["facts"]]
    assert made == ["Retouch skin of obama2.jpg", "Retouch skin of Background"]
    assert [bool(each["facts"]) for each in layers] == [True, False, True, False]
    assert told["report"].count(":") >= 2


def test_headshots_lie_in_the_selection_and_are_masked_with_it(
    perform: Perform, inside: Console, ada: str, photos: Path, tmp_path: Path
) -> None:
    told = perform(
        "make",
        sitter=ada,
        picture=photos / "obama.jpg",
        select=[100, 100, 200, 240],
        options={"width": 256, "count": 1},
    )
    group, _ = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    assert group["offsets"] == [200 - 128, 220 - 160], "in the middle of what is selected"
    mask = samples(group["mask"])
    assert mask.max() == 255 and (mask > 0).sum() == 200 * 240


def test_a_recipe_on_a_layer_lays_its_pictures_over_it(
    perform: Perform, inside: Console, ada: str, photos: Path, tmp_path: Path
) -> None:
    told = perform(
        "run-recipe",
        picture=photos / "obama.jpg",
        scale=SMALL,
        canvas=[600, 700],
        moved=[40, 30],
        options={
            "recipe": "refine_and_deliver",
            "inputs": {"1.name": ada},
            "pictures": "2",
        },
    )
    made, source = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    assert made["offsets"] == source["offsets"] == [40, 30]
    assert made["size"] == source["size"]
    apart = samples(made["samples"])[..., :3].astype(int) - samples(source["samples"])[..., :3]
    assert np.abs(apart).mean() < 4, "the refined picture, not one with findings drawn on it"


def _folder(parent: Path, name: str) -> Path:
    (parent / name).mkdir()
    return parent / name
