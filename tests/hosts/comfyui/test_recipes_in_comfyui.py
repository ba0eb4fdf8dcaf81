"""Recipes and steps give in ComfyUI what they give on the command line, byte for byte, unsigned."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from headshots.core import cli
from headshots.core.errors import NothingKept
from headshots.core.recipes.step import Kind
from headshots.core.recipes.steps import (
    DELIVER_PICTURES,
    ENROL,
    READ_PHOTOS,
    SAVE_SITTER,
    STEPS,
    STUDIO,
)

from ...unsigned import unsigned
from .conftest import ASTRONAUT, lay_out
from .graphs import Graph, Prompt
from .prepare import ROOT
from .server import Run, Server

# Smaller and fewer pictures, in a format without loss, where a recipe makes or writes any.
LESS = {
    STUDIO.id: {"width": 512, "count": 2},
    DELIVER_PICTURES.id: {"format": "png"},
    ENROL.id: {"consent": "yes"},
    SAVE_SITTER.id: {"replace": True},
}


# What they read in the input folder; see `lay_out`.
PATHS = {"best_of_many": "pictures", "compare_a_team": "team"}


def recipe(path: Path) -> Prompt:
    document = json.loads(path.read_text("utf-8"))
    for node in document.values():
        if "paths" in node["inputs"]:
            own = "photos" if node["class_type"] == READ_PHOTOS.id else "picture.jpg"
            node["inputs"]["paths"] = PATHS.get(path.stem, own)
        for name, value in LESS.get(node["class_type"], {}).items():
            if not isinstance(node["inputs"].get(name), list):
                node["inputs"][name] = value
    return document


def edits() -> Prompt:
    """What changes finished pictures, each on the same one, and what the recipes don't use."""
    graph = Graph()
    pictures, sitter = graph.add("HeadshotsReadPictures", paths="small.png"), graph.load(ASTRONAUT)
    for kind, inputs in {
        "Retouch": {"identity": [sitter, 0]},
        "Relight": {"pattern": "rembrandt"},
        "ReplaceBackdrop": {"backdrop": "office"},
        "Upscale": {"factor": 1.5, "detail": 0.0},  # its network takes half a minute
        "Crop": {"size": "linkedin"},
        "Refine": {"identity": [sitter, 0]},
    }.items():
        edited = graph.add(f"Headshots{kind}", pictures=[pictures, 0], **inputs)
        graph.add("HeadshotsDeliver", pictures=[edited, 0], folder=f"edits/{kind}", format="png")
    photos = graph.add("HeadshotsReadPhotos", paths="photos\nbiden.jpg")
    graph.add("HeadshotsCoach", photos=[photos, 0])
    whole = graph.add("HeadshotsReadPictures", paths="astronaut.png")
    photos = graph.add("HeadshotsAddPhotos", images=[whole, 1])
    enrolled = graph.add("HeadshotsEnrolSitter", photos=[photos, 0], name="Added", consent="yes")
    graph.add("HeadshotsSaveSitter", identity=[enrolled, 0], replace=True)
    return graph.prompt


DOCUMENTS: dict[str, Prompt] = {
    **{path.stem: recipe(path) for path in sorted((ROOT / "workflows" / "api").glob("*.json"))},
    "edits": edits(),
}


def written(folder: Path) -> dict[str, bytes]:
    """Every file below `folder` by its name, without its signature: no two are the same."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): unsigned(path.read_bytes()) for path in files}


@pytest.fixture(scope="module")
def workplace(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the command line finds what ComfyUI finds in its input folder."""
    folder = tmp_path_factory.mktemp("workplace")
    lay_out(photos, folder)
    return folder


@pytest.mark.parametrize("name", DOCUMENTS)
def test_it_gives_what_the_command_line_gives(
    name: str,
    server: Server,
    ada: str,
    workplace: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    document = DOCUMENTS[name]
    assert {node["class_type"] for node in document.values()} <= set(STEPS)

    before = written(server.base / "output")
    run = server.run(document).succeeded()
    ours = new(before, written(server.base / "output"))

    monkeypatch.chdir(workplace)
    file = workplace / "recipe.json"
    file.write_text(json.dumps(document))
    before = written(workplace)
    code = cli.run(["run", str(file), "--json"])
    said = capsys.readouterr()
    assert code in (0, NothingKept.exit_code), said.err
    theirs = new(before, written(workplace))

    assert ours.keys() == theirs.keys()
    assert [name for name in ours if ours[name] != theirs[name]] == []
    for node in json.loads(said.out):
        assert texts_in(run, node["id"]) == texts_of(node)


def new(before: dict[str, bytes], after: dict[str, bytes]) -> dict[str, bytes]:
    """What was written meanwhile, also over what was there."""
    return {name: data for name, data in after.items() if before.get(name) != data}


def texts_of(node: dict[str, Any]) -> list[str]:
    """What a node shows as text by the command line's word."""
    shown = [
        node["outputs"][output.name]
        for output in STEPS[node["step"]].outputs
        if output.shown and output.kind is Kind.STRING
    ]
    return [text for text in shown if text]


def texts_in(run: Run, node: str) -> list[str]:
    """What a node shows as text in ComfyUI, of paths their part below its output folder."""
    return list(run.outputs.get(node, {}).get("text", ()))
