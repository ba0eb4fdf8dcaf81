"""Every entry called without a screen; what came of it read from the XCF that GIMP saved."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import c2pa
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from headshots.core.delivery.credentials import MIME, inspect
from headshots.core.delivery.xmp import read_xmp
from headshots.core.provenance import provenance_from_json

from ...serving import Running, folders
from ..comfyui.conftest import PROBE
from ..comfyui.prepare import prepare as prepare_comfyui
from ..comfyui.server import serving
from .conftest import ADA, FILES
from .console import Console, samples

Perform = Callable[..., dict[str, Any]]

ENTRIES = {
    "make": "_Make headshots...",
    "enrol": "_Enrol sitter...",
    "score": "Score _this picture...",
    "refine": "Re_fine face...",
    "retouch": "Retouch s_kin...",
    "relight": "Re_light...",
    "replace-backdrop": "Replace _backdrop...",
    "keep-sitter": "Keep the _sitter...",
    "masks": "Masks as _channels...",
    "deliver": "Deli_ver...",
    "run-recipe": "Run a reci_pe...",
    "again": "Make _again from layer...",
    "forget": "For_get sitter...",
    "settings": "Settings and _diagnostics...",
}
# What stands for each part of a headshot, from the bottom, as docs/layers.md has them.
PARTS = ("Backdrop", "Subject", "Light: shadows", "Light: highlights", "Retouch: tone")
EDITS = {
    "refine": {"strength": 0.5},
    "retouch": {"skin": 0.7},
    "relight": {"pattern": "rembrandt", "side": "left"},
    "replace-backdrop": {"backdrop": "white"},
}
SMALL = [400, 500]


@pytest.fixture(scope="module")
def made(perform: Perform, ada: str) -> dict[str, Any]:
    """Headshots that were made with no image open."""
    options = {"width": 320, "count": 2, "seed": 7, "looks": ["daylight"], "keep": 1}
    return perform("make", sitter=ada, options=options, last=True)


def test_every_entry_is_in_the_menu(inside: Console) -> None:
    menu = inside.ask("menu")
    assert {name.removeprefix("headshots-"): each["label"] for name, each in menu.items()} == (
        ENTRIES
    )
    assert {path for each in menu.values() for path in each["paths"]} == {
        "<Image>/Filters/Headshots"
    }
    mnemonics = [label[label.index("_") + 1].lower() for label in ENTRIES.values()]
    assert len(set(mnemonics)) == len(mnemonics)


def test_enrolment_from_files_is_the_servers(ada: str, server: Running) -> None:
    (sitter,) = [each for each in server.client.get("/v1/identities").json() if each["name"] == ada]
    assert sitter["photos"] == 3
    assert sitter["uses"] == ["generate", "deliver"]


def test_enrolment_from_layers_and_forgetting(
    perform: Perform, server: Running, photos: Path
) -> None:
    options = {"name": "From a layer", "consent": "by signed form"}
    told = perform("enrol", picture=photos / "astronaut.png", options=options)
    assert "accepted" in told["report"] and "by signed form" not in told["layers"]
    names = [each["name"] for each in server.client.get("/v1/identities").json()]
    assert "From a layer" in names
    assert perform("forget", sitter="From a layer")["report"] == "From a layer is forgotten."
    names = [each["name"] for each in server.client.get("/v1/identities").json()]
    assert "From a layer" not in names


def test_headshots_come_in_as_a_group_of_layers(
    made: dict[str, Any], inside: Console, tmp_path: Path
) -> None:
    image = inside.ask("describe", xcf=made["xcf"], pixels=tmp_path)
    (group,) = image["layers"]
    assert (image["width"], image["height"]) == (320, 400)
    assert group["name"] == made["report"]
    card = group["facts"]["scorecard"]
    assert group["name"] == f"Headshot {card['picture']} daylight, good"
    parts = {each["name"]: each for each in group["layers"]}
    assert set(PARTS) < set(parts)
    assert [each["name"] for each in group["layers"]][-2:] == ["Subject", "Backdrop"]
    assert parts["Light: shadows"]["mode"] == "multiply"
    mask = samples(parts["Subject"]["mask"])
    assert mask[0, 0] == 0 and mask[-1, 160] == 255  # the wall behind, the chest below
    subject = samples(parts["Subject"]["samples"])
    assert (subject[..., 3] == 255).all()  # what shows of it is the mask's to say


def test_what_a_headshot_was_made_of_survives_xcf(
    made: dict[str, Any], inside: Console, tmp_path: Path
) -> None:
    (group,) = inside.ask("describe", xcf=made["xcf"], pixels=tmp_path)["layers"]
    facts = group["facts"]
    assert facts["recipe"]["step"]["inputs"]["seed"] == 7
    assert _source_type(facts) == "compositeSynthetic"
    assert facts["scorecard"]["verdict"] == "keep"
    assert facts["sitter"] == ADA


@pytest.fixture(scope="module")
def delivered(
    made: dict[str, Any],
    inside: Console,
    server_folder: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """What the command line delivers by the recipe that the layers of `made` remember."""
    folder = tmp_path_factory.mktemp("made")
    (group,) = inside.ask("describe", xcf=made["xcf"], pixels=folder)["layers"]
    recipe = group["facts"]["recipe"]
    recipe["deliver"] = _deliver(pictures=["kept", 0])
    _run_by_command_line(recipe, server_folder, folder)
    (picture,) = (folder / "delivered").glob("*.png")
    return picture


def test_layers_make_the_picture_that_the_command_line_makes(
    made: dict[str, Any], delivered: Path, inside: Console, tmp_path: Path
) -> None:
    flat = inside.ask("shown", xcf=made["xcf"], pixels=tmp_path / "flat", name=made["report"])
    ours, theirs = samples(flat), cv2.cvtColor(cv2.imread(str(delivered)), cv2.COLOR_BGR2RGB)
    assert ours.shape == theirs.shape
    apart = np.abs(ours.astype(int) - theirs)
    assert apart.max() <= 2 and (apart <= 1).mean() > 0.999


def test_edits_are_the_command_lines(
    perform: Perform,
    ada: str,
    inside: Console,
    photos: Path,
    server_folder: Path,
    tmp_path: Path,
) -> None:
    together: dict[str, Any] = {}  # all of the recipes in one, as a run takes a while to begin
    ours: dict[str, NDArray[np.uint8]] = {}
    for entry, options in EDITS.items():
        (folder := tmp_path / entry).mkdir()
        picture = {"picture": photos / "obama.jpg", "scale": SMALL}
        told = perform(entry, sitter=ada, options=options, **picture)
        layer, source = inside.ask("describe", xcf=told["xcf"], pixels=folder)["layers"]
        assert layer["name"].startswith(ENTRIES[entry].replace("_", "").rstrip("."))
        assert f" of {source['name']}" in layer["name"]
        assert layer["size"] == SMALL and layer["offsets"] == [0, 0]
        if layer["mask"] is not None:  # only what was changed is shown
            shown = samples(layer["mask"]) > 0
            apart = samples(layer["samples"])[..., :3] != samples(source["samples"])[..., :3]
            assert shown[apart.any(axis=2)].all()
        ours[entry] = samples(layer["samples"])
        original = samples(source["samples"])[..., :3]
        cv2.imwrite(str(folder / "picture.png"), cv2.cvtColor(original, cv2.COLOR_RGB2BGR))
        recipe = layer["facts"]["recipe"]
        recipe["pictures"]["inputs"]["paths"] = str(folder / "picture.png")
        recipe["deliver"] = _deliver(pictures=["step", 0], folder=entry)
        together |= _renamed(recipe, entry)
    _run_by_command_line(together, server_folder, tmp_path)
    for entry in EDITS:
        (delivered,) = (tmp_path / entry).glob("delivered/*.png")
        theirs = cv2.cvtColor(cv2.imread(str(delivered)), cv2.COLOR_BGR2RGB)
        assert (ours[entry][..., 3] == 255).all()
        # GIMP's picture is edited in 16 bits, and the file of 8 bits is not.
        apart = np.abs(ours[entry][..., :3].astype(int) - theirs)
        assert np.percentile(apart, 99) <= 1 and apart.max() <= 6, entry
        assert not np.array_equal(theirs, original)


def test_the_sitter_is_kept_in_an_edited_layer_at_the_originals_place(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    x, y, cropped = 30, 20, 60  # of the original's layer; what the edit lost on the left
    photo = cv2.resize(cv2.imread(str(photos / "obama.jpg")), SMALL)
    edited = np.clip(photo[:, cropped:] * np.array([0.8, 0.92, 1.0]), 0, 255).astype(np.uint8)
    cv2.imwrite(str(tmp_path / "photo.png"), photo)
    cv2.imwrite(str(tmp_path / "suit.png"), edited)
    layers = {
        "picture": tmp_path / "photo.png",
        "moved": [x, y],
        "above": {"picture": tmp_path / "suit.png", "moved": [5, 7]},
    }
    told = perform("keep-sitter", **layers)
    assert "the edit moved the face" in told["report"] and "restored: head" in told["report"]
    made, edit, original = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    assert made["name"] == f"Keep the sitter: {edit['name']}"
    assert original["offsets"] == [x, y] and edit["offsets"] == [5, 7]
    left, top = made["offsets"]
    assert abs(left - (x + cropped)) <= 1 and abs(top - y) <= 1
    assert abs(made["size"][0] - (SMALL[0] - cropped)) <= 2
    # The face lies where the original's does: its own pixels, to the last bits.
    ours, own = samples(made["samples"])[..., :3], samples(original["samples"])[..., :3]
    face = slice(90, 150), slice(180, 220)  # rows and columns of the original
    there = ours[90 + y - top : 150 + y - top, 180 + x - left : 220 + x - left]
    assert np.abs(there.astype(int) - own[face]).mean() < 1.5
    assert made["facts"]["provenance"]["edits"][-1]["kind"] == "sitter-kept"
    again = inside.ask("again", xcf=told["xcf"], name=made["name"])
    assert again["status"] == "success" and len(again["layers"]) == 4


def test_a_kept_sitter_is_as_deep_as_the_image(
    perform: Perform, inside: Console, photos: Path, tmp_path: Path
) -> None:
    photo = cv2.resize(cv2.imread(str(photos / "obama.jpg")), SMALL)
    cv2.imwrite(str(tmp_path / "photo.png"), photo)
    cv2.imwrite(str(tmp_path / "suit.png"), (photo * 0.85).astype(np.uint8))
    layers = {"picture": tmp_path / "photo.png", "above": {"picture": tmp_path / "suit.png"}}
    told = perform("keep-sitter", precision="u16", **layers)
    path, *_ = inside.ask("native", xcf=told["xcf"], pixels=tmp_path)["shown"]
    deep = np.frombuffer(Path(path).read_bytes(), np.uint16)
    assert (deep % 257 != 0).mean() > 0.3, "only levels of 8 bits"


def test_an_edit_of_somebody_else_adds_no_layer(inside: Console, photos: Path) -> None:
    asked = {"picture": photos / "obama.jpg", "scale": SMALL}
    told = inside.ask(
        "perform",
        procedure="headshots-keep-sitter",
        above={"picture": photos / "biden.jpg"},
        **asked,
    )
    assert told["status"] != "success" and len(told["layers"]) == 2
    assert "Nothing was added, as the edit is refused: the edited picture shows" in told["error"]
    told = inside.ask("perform", procedure="headshots-keep-sitter", **asked)
    assert told["status"] != "success" and "no two layers" in told["error"]


def test_a_score_says_its_verdict_and_why(
    perform: Perform, ada: str, made: dict[str, Any], photos: Path
) -> None:
    told = perform("score", sitter=ada, picture=made["xcf"])  # the group as it shows
    assert re.match(r"(keep|reject): likeness 0\.9\d+, percentile \d+\n.+", told["report"])
    assert len(told["layers"]) == 1  # nothing is added to the picture
    told = perform("score", sitter=ada, picture=photos / "obama2.jpg")
    assert told["report"].startswith("reject: likeness 0.9") and "mid-word" in told["report"]
    other = perform("score", sitter=ada, picture=photos / "biden.jpg")
    assert other["report"] == "reject: not the sitter"


def test_a_headshot_of_ours_scores_in_gimp_as_its_file_does(
    perform: Perform, ada: str, made: dict[str, Any], delivered: Path, server_folder: Path
) -> None:
    verdict, *reasons = perform("score", sitter=ada, picture=made["xcf"])["report"].splitlines()
    said = _command_line("score", ada, str(delivered), "--json", server_folder=server_folder)
    (card,) = (each["scorecard"] for each in json.loads(said))
    likeness = float(verdict.split()[2].rstrip(","))
    assert verdict.split(":")[0] == card["verdict"] == "keep"
    # The layer holds the picture as it was before it was compressed for the file.
    assert abs(likeness - card["likeness"]) < 0.005
    words = [re.sub(r"[\d.]+", "", each) for each in reasons]
    assert words == [re.sub(r"[\d.]+", "", each) for each in card["reasons"]]


@pytest.mark.parametrize("entry", ["refine", "retouch"])
def test_an_edited_headshot_of_ours_stays_one(
    entry: str, perform: Perform, ada: str, made: dict[str, Any], inside: Console, tmp_path: Path
) -> None:
    told = perform(entry, sitter=ada, picture=made["xcf"])
    layer, _ = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)["layers"]
    assert layer["facts"]["provenance"]["generator"] == "studio"
    assert _source_type(layer["facts"]) == "compositeSynthetic"


def test_a_headshot_of_ours_that_was_relit_is_delivered_so(
    perform: Perform, made: dict[str, Any]
) -> None:
    """The layer that was edited remembers a scorecard; its pixels are others now."""
    relit = perform("relight", picture=made["xcf"], options={"pattern": "flat"})
    for format in ("jpeg", "png", "tiff"):
        options = {"format": format, "folder": f"relit-{format}"}
        told = perform("deliver", picture=relit["xcf"], options=options)
        data = Path(told["report"].splitlines()[0]).read_bytes()
        history = provenance_from_json(read_xmp(data)["provenance"])
        assert history and history.edits[-1].kind == "relit"
        signed = inspect(data)
        assert signed and signed.valid and signed.done[-1] == "Lit anew by computation: flat"
        assert signed.scorecard is None


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_what_gimp_delivers_is_signed(
    format: str, perform: Perform, made: dict[str, Any], server_folder: Path, photos: Path
) -> None:
    told = perform("deliver", picture=made["xcf"], options={"format": format, "folder": "gimp"})
    path = Path(told["report"].splitlines()[0])
    assert path.parent == server_folder / "out" / "gimp"
    data = path.read_bytes()
    with c2pa.Reader(MIME[format], io.BytesIO(data)) as reader:  # c2pa-python itself
        said = json.loads(reader.json())
    assert said["validation_state"] == "Valid"
    (source,) = said["manifests"][said["active_manifest"]]["ingredients"]
    enrolled = {name: sha256((photos / name).read_bytes()).hexdigest() for name in FILES}
    assert source["instance_id"].removeprefix("urn:sha256:") in enrolled.values()
    assert not any(name.encode() in data for name in FILES)
    found = inspect(data)
    assert found and found.source_type == "compositeSynthetic"
    assert found.scorecard and found.scorecard["likeness"] > 0.9
    assert ADA.encode() not in data


def test_a_card_lies_beside_what_gimp_delivers(
    perform: Perform, made: dict[str, Any], server_folder: Path
) -> None:
    options = {"format": "png", "folder": "carded", "card": "de"}
    told = perform("deliver", picture=made["xcf"], options=options)
    picture, drawn, page = (Path(line) for line in told["report"].splitlines())
    assert {each.parent for each in (picture, drawn, page)} == {server_folder / "out" / "carded"}
    assert (picture.suffix, drawn.suffix, page.suffix) == (".png", ".png", ".html")
    text = page.read_text("utf-8")
    assert '<html lang="de">' in text and "Sind Sie das?" in text and "SHA-256" in text
    assert ADA in picture.name  # the photographer's own folder may name; the card doesn't
    assert "Hintergrund" in text and ADA not in text
    assert cv2.imread(str(drawn)).shape[0] > 1000


def test_a_card_needs_a_sitter(inside: Console, photos: Path, server_folder: Path) -> None:
    asked = {"picture": photos / "obama.jpg", "scale": SMALL}
    options = {"card": "en", "folder": "uncarded"}
    told = inside.ask("perform", procedure="headshots-deliver", options=options, **asked)
    assert told["status"] != "success" and "Name the sitter" in told["error"]
    assert not (server_folder / "out" / "uncarded").exists()


def test_what_gimp_delivers_of_a_picture_of_which_nothing_is_known_claims_nothing(
    perform: Perform, photos: Path
) -> None:
    told = perform("deliver", picture=photos / "obama.jpg", scale=SMALL)
    signed = inspect(Path(told["report"].splitlines()[0]).read_bytes())
    assert signed and signed.valid and signed.actions == ("c2pa.opened",)
    assert (signed.source_type, signed.sources, signed.scorecard) == ("", (), None)


def test_recipes_run_by_name_and_from_a_file(
    perform: Perform, ada: str, server: Running, photos: Path, tmp_path: Path
) -> None:
    options = {
        "recipe": "score_a_picture",
        "inputs": {"name": ada},
        "pictures": _reader(server, "score_a_picture"),
    }
    told = perform("run-recipe", picture=photos / "obama2.jpg", options=options)
    assert "likeness" in told["report"]
    recipe = {
        "1": {"class_type": "HeadshotsReadPictures", "inputs": {"paths": ""}},
        "2": {"class_type": "HeadshotsRetouch", "inputs": {"pictures": ["1", 0]}},
        "3": {
            "class_type": "HeadshotsDeliver",
            "inputs": {"pictures": ["2", 0], "folder": "own", "format": "png"},
        },
    }
    (tmp_path / "own.json").write_text(json.dumps(recipe))
    options = {"recipe": str(tmp_path / "own.json"), "pictures": "1"}
    told = perform("run-recipe", picture=photos / "obama2.jpg", options=options)
    assert told["layers"][0] == "Retouch 1"


def test_another_packs_node_is_run_by_a_comfyui(
    perform: Perform, comfyui_port: int, photos: Path, tmp_path: Path
) -> None:
    turned = {"class_type": "ImageInvert", "inputs": {"image": ["1", 1]}}
    recipe = {
        "1": {"class_type": "HeadshotsReadPictures", "inputs": {"paths": ""}},
        "2": turned,
        "3": {**turned, "inputs": {"image": ["2", 0]}},
        "4": {"class_type": "HeadshotsRetouch", "inputs": {"pictures": ["3", 0]}},
        "5": _deliver(pictures=["4", 0], folder="there", names="there"),
    }
    (tmp_path / "own.json").write_text(json.dumps(recipe))
    options = {"recipe": str(tmp_path / "own.json"), "pictures": "1"}
    with serving(
        prepare_comfyui(), tmp_path / "comfyui", packs={PROBE.name: PROBE}, port=comfyui_port
    ) as worker:
        told = perform("run-recipe", picture=photos / "obama.jpg", options=options)
        assert "Prompt executed" in worker.log.read_text("utf-8")
    assert told["layers"][0] == "Retouch 1"


def test_a_layer_is_made_again_from_what_it_remembers(
    perform: Perform, made: dict[str, Any], ada: str, inside: Console, photos: Path, tmp_path: Path
) -> None:
    for told, name in (
        (made, made["report"]),
        (perform("relight", picture=photos / "obama.jpg", scale=SMALL), None),
    ):
        before = inside.ask("describe", xcf=told["xcf"], pixels=tmp_path)
        name = name or before["layers"][0]["name"]
        again = inside.ask("again", xcf=told["xcf"], name=name, save=tmp_path / "again.xcf")
        assert again["status"] == "success", again
        assert len(again["layers"]) == len(before["layers"]) + 1
        (tmp_path / "after").mkdir(exist_ok=True)
        after = inside.ask("describe", xcf=tmp_path / "again.xcf", pixels=tmp_path / "after")
        first, second = (_leaves(image["layers"][0]) for image in (before, after))
        assert len(first) == len(second) > 0
        for one, other in zip(first, second, strict=True):
            assert np.array_equal(samples(one), samples(other))


def test_again_with_changes(made: dict[str, Any], inside: Console) -> None:
    changed = {"looks": ["executive"], "picture": "01"}
    again = inside.ask("again", xcf=made["xcf"], name=made["report"], options=changed)
    assert again["layers"][0].startswith("Headshot 01")


def test_settings_tell_how_things_stand(perform: Perform) -> None:
    health = json.loads(perform("settings")["report"])
    assert health["ready"] and health["generators"]


def _source_type(facts: dict[str, Any]) -> str | None:
    """What a layer's history says that it is."""
    history = provenance_from_json(facts["provenance"])
    return history and history.source_type


def _deliver(folder: str = ".", **inputs: Any) -> dict[str, Any]:
    return {
        "class_type": "HeadshotsDeliver",
        "inputs": {**inputs, "folder": f"{folder}/delivered", "format": "png"},
    }


def _renamed(recipe: dict[str, Any], prefix: str) -> dict[str, Any]:
    """`recipe` with `prefix` before the ids of its nodes."""
    return {
        f"{prefix}-{id}": {
            **node,
            "inputs": {
                name: [f"{prefix}-{value[0]}", value[1]] if isinstance(value, list) else value
                for name, value in node["inputs"].items()
            },
        }
        for id, node in recipe.items()
    }


def _run_by_command_line(recipe: dict[str, Any], server_folder: Path, folder: Path) -> None:
    (folder / "recipe.json").write_text(json.dumps(recipe))
    _command_line("run", "recipe.json", server_folder=server_folder, folder=folder)


def _command_line(*arguments: str, server_folder: Path, folder: Path | None = None) -> str:
    """What the command line says that shares the server's sitters."""
    program = "from headshots.core.cli import main; main()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        cwd=folder,
        env={**os.environ, **folders(server_folder)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def _reader(server: Running, recipe: str) -> str:
    every = server.client.get("/v1/recipes").json()
    (found,) = [each for each in every if each["name"] == recipe]
    return found["pictures"][0]


def _leaves(layer: dict[str, Any]) -> list[Any]:
    """The samples of a layer, or of all in a group."""
    if not layer["layers"]:
        return [layer["samples"]]
    return [leaf for each in layer["layers"] for leaf in _leaves(each)]
