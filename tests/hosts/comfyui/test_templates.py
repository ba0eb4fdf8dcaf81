"""The graphs of the template browser are their recipes, as ComfyUI's own tools read them."""

from __future__ import annotations

import json
import math
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


def opened_up(prompt: dict[str, Any]) -> dict[str, Any]:
    """A prompt in which the nodes of a subgraph, "20:3" or so, have their own numbers."""

    def number(id: str) -> str:
        return id.rpartition(":")[2]

    return {
        number(id): node
        | {
            "inputs": {
                name: [number(value[0]), value[1]] if isinstance(value, list) else value
                for name, value in node["inputs"].items()
            }
        }
        for id, node in prompt.items()
    }


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
    assert complete(opened_up(converted[name])) == complete(read(RECIPES[name]))


def parts(name: str) -> list[dict[str, Any]]:
    """The graph of a template and those within its nodes, links between nodes alone in both."""
    graph = read(GRAPHS / f"{name}.json")
    within = graph.get("definitions", {}).get("subgraphs", [])
    for each in within:
        ends = [link for link in each["links"] if min(link["origin_id"], link["target_id"]) > 0]
        each["links"] = [list(link.values()) for link in ends]
    return [graph, *within]


@pytest.mark.parametrize("name", RECIPES)
def test_a_graph_is_laid_out_from_left_to_right_without_overlaps(name: str) -> None:
    for graph in parts(name):
        nodes = nodes_of(graph)
        boxes = {
            id: (*node["pos"], *([150, 0] if node["flags"].get("collapsed") else node["size"]))
            for id, node in nodes.items()
        }
        for first, (x, y, width, height) in boxes.items():
            for second, (x2, y2, width2, height2) in boxes.items():
                apart = x + width <= x2 or x2 + width2 <= x or y + height <= y2 or y2 + height2 <= y
                assert first == second or apart, (nodes[first]["title"], nodes[second]["title"])
        for _, giver, _, taker, _, _ in graph["links"]:
            assert boxes[giver][0] + boxes[giver][2] < boxes[taker][0]


@pytest.mark.parametrize("name", RECIPES)
def test_a_graph_is_legible_as_opened(name: str) -> None:
    graph = read(GRAPHS / f"{name}.json")
    left = min(node["pos"][0] for node in graph["nodes"])
    assert max(node["pos"][0] + node["size"][0] for node in graph["nodes"]) - left < 2200
    frames = [group["bounding"] for group in graph["groups"]]
    width, height = (max(frame[i] + frame[i + 2] for frame in frames) for i in (0, 1))
    # The newest editor fits a template into 76 % of its window, and draws no text below 57 %.
    assert min(0.76 * 1920 / width, 0.76 * 1080 / height) > 0.57, (width, height)


@pytest.mark.parametrize("name", RECIPES)
def test_no_link_is_behind_a_node(name: str) -> None:
    for graph in parts(name):
        nodes = nodes_of(graph)
        behind = {
            (nodes[giver]["title"], node["title"], nodes[taker]["title"])
            for _, giver, output, taker, slot, _ in graph["links"]
            for node in graph["nodes"]
            if node["id"] not in (giver, taker)
            and any(inside(point, node) for point in drawn(graph, giver, output, taker, slot))
        }
        assert not behind


def nodes_of(graph: dict[str, Any]) -> dict[int, dict[str, Any]]:
    return {node["id"]: node for node in graph["nodes"]}


def drawn(
    graph: dict[str, Any], giver: int, output: int, taker: int, slot: int
) -> list[tuple[float, float]]:
    """Points on a link, as the editor draws it: a cubic curve that leaves and enters level."""
    one, other = nodes_of(graph)[giver], nodes_of(graph)[taker]
    x0, y0 = one["pos"][0] + one["size"][0], one["pos"][1] + 14 + 20 * output
    x1, y1 = other["pos"][0], other["pos"][1] + 14 + 20 * slot
    if one["flags"].get("collapsed"):
        x0, y0 = one["pos"][0] + 80, one["pos"][1] - 15
    if other["flags"].get("collapsed"):
        y1 = other["pos"][1] - 15
    away = 0.25 * math.hypot(x1 - x0, y1 - y0)
    points: list[tuple[float, float]] = []
    for number in range(41):
        t = number / 40
        a, b, c, d = (1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3
        x = a * x0 + b * (x0 + away) + c * (x1 - away) + d * x1
        points.append((x, (a + b) * y0 + (c + d) * y1))
    return points


def inside(point: tuple[float, float], node: dict[str, Any]) -> bool:
    """Whether a point lies on a node, its title included."""
    (x, y), (left, top), (width, height) = point, node["pos"], node["size"]
    if node["flags"].get("collapsed"):
        width, height = 80, 0
    return left < x < left + width and top - 30 < y < top + height


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
