"""The graphs of the template browser are their recipes, as ComfyUI's own tools read them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from headshots.comfy_nodes.nodes import NODES
from headshots.core.recipes.steps import STEPS

from .comfy_cli import ComfyCli, prepare_comfy_cli
from .prepare import ROOT
from .server import Server

GRAPHS = ROOT / "workflows"
RECIPES = {path.stem: path for path in sorted((GRAPHS / "api").rglob("*.json"))}


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text("utf-8"))


def complete(recipe: dict[str, Any]) -> dict[str, Any]:
    """A recipe with the defaults of our steps filled in."""
    filled: dict[str, Any] = {}
    ours = {each.id: each for each in NODES}
    for id, node in recipe.items():
        step = ours.get(node["class_type"])
        defaults = {each.name: each.default for each in step.inputs} if step else {}
        constants = {name: value for name, value in defaults.items() if value is not None}
        title = node["_meta"]["title"]
        filled[id] = (node["class_type"], title, constants | node["inputs"])
    return filled


@pytest.fixture(scope="session")
def comfy_cli() -> ComfyCli:
    return prepare_comfy_cli()


@pytest.fixture(scope="module")
def converted(comfy_cli: ComfyCli, server: Server) -> dict[str, Any]:
    """The graphs in the API format, by name."""
    graphs = {path.stem: read(path) for path in GRAPHS.glob("*.json")}
    return comfy_cli.converted(graphs, server.get("/object_info"))


def test_the_graphs_are_current() -> None:
    script = str(ROOT / "scripts" / "comfy_workflows.py")
    done = subprocess.run([sys.executable, script, "--check"], capture_output=True, text=True)
    assert done.returncode == 0, f"{done.stderr}\nRun `python scripts/comfy_workflows.py`."


def test_every_recipe_has_a_graph_and_every_graph_a_recipe_and_a_preview() -> None:
    assert {path.stem for path in GRAPHS.glob("*.json")} == set(RECIPES)
    assert {path.stem for path in GRAPHS.glob("*.jpg")} == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_preview_is_a_small_square_picture(name: str) -> None:
    path = GRAPHS / f"{name}.jpg"
    assert path.stat().st_size < 100_000
    with Image.open(path) as picture:
        picture.load()
        assert picture.width == picture.height >= 400


@pytest.mark.parametrize("name", RECIPES)
def test_a_graph_is_its_recipe(name: str, converted: dict[str, Any]) -> None:
    assert complete(converted[name]) == complete(read(RECIPES[name]))


@pytest.mark.parametrize("name", RECIPES)
def test_a_graph_is_laid_out_from_left_to_right_without_overlaps(name: str) -> None:
    graph = read(GRAPHS / f"{name}.json")
    nodes = {node["id"]: node for node in graph["nodes"]}
    boxes = {id: (*node["pos"], *node["size"]) for id, node in nodes.items()}
    for first, (x, y, width, height) in boxes.items():
        for second, (x2, y2, width2, height2) in boxes.items():
            apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
            assert first == second or apart, (nodes[first]["title"], nodes[second]["title"])
    for _, giver, _, taker, _, _ in graph["links"]:
        assert boxes[giver][0] + boxes[giver][2] < boxes[taker][0]


def test_the_server_offers_the_templates(server: Server) -> None:
    assert set(server.get("/workflow_templates")["headshots"]) == set(RECIPES)
    for name in RECIPES:
        served = server.read(f"/api/workflow_templates/headshots/{name}.jpg")
        assert served == (GRAPHS / f"{name}.jpg").read_bytes()


def test_the_server_offers_the_words_and_the_help(server: Server) -> None:
    words = server.get("/i18n")
    for language in ("en", "de"):
        for part in ("main", "nodeDefs"):
            ours = read(ROOT / "locales" / language / f"{part}.json")
            theirs = words[language] if part == "main" else words[language][part]
            assert ours.items() <= theirs.items()
    for id in STEPS:
        for page in (f"{id}.md", f"{id}/de.md"):
            served = server.read(f"/extensions/headshots/docs/{page}")
            assert served == (ROOT / "comfy_nodes" / "web" / "docs" / page).read_bytes()
