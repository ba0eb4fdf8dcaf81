"""Writes workflows/*.json: the recipes as graphs for ComfyUI's editor and its template browser.

    .venv/bin/python scripts/comfy_workflows.py [--check]

Each recipe in workflows/api, and in its folders, becomes the graph of the same name.
Nodes, values and links are those of the recipe; comfy_nodes/words/templates.toml gives their
positions, the note, and which nodes stand in one that opens up. With --check nothing is written;
the files that differ are named.
"""

from __future__ import annotations

import re
import sys
import tomllib
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from comfy_files import as_text, recipes, write_or_check
from comfy_graphs import Node, links_of, nodes_of, written
from comfy_layout import APART, column_width, place, titles_in
from comfy_shapes import TITLE
from comfy_subgraphs import folded

ROOT = Path(__file__).parents[1]
GRAPHS = ROOT / "workflows"
LAYOUTS = ROOT / "comfy_nodes" / "words" / "templates.toml"

# Pixels of the note: its least width, a sign, a line, between paragraphs, its heading and margins.
NOTE_WIDTH, NOTE_SIGN, NOTE_LINE, NOTE_GAP, NOTE_REST = 520, 8, 19, 13, 62
NOTE_COLOUR, NOTE_GROUND = "#432", "#653"
SCREEN, LEAST_SCALE, MARGIN = 1780, 0.6, (80, 150)  # below 0.57 the editor draws no text


def graph(name: str, recipe: Mapping[str, Any], layout: Mapping[str, Any]) -> dict[str, Any]:
    """The graph of a recipe in the editor's format 0.4."""
    nodes = nodes_of(recipe, layout.get("collapsed", ()))
    links = list(links_of(nodes))
    last = max(node.id for node in nodes)
    inside = layout.get("subgraph")
    made = folded(name, inside, nodes, links, last + 1) if inside else None
    if inside and made:
        titles = titles_in(inside["columns"])
        nodes = [*(node for node in nodes if node.title not in titles), made.node]
        links, last = list(made.links), made.node.id
    note = _note(layout, nodes, last + 1)
    beside, below = note["size"][0] + APART, note["size"][1] + TITLE + APART
    groups = place(layout["columns"], nodes, beside, below)
    numbered = dict(enumerate(links, 1))
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"headshots/{name}")),
        "revision": 0,
        "last_node_id": note["id"],
        "last_link_id": len(links),
        "nodes": [
            *(written(node, order, numbered) for order, node in enumerate(nodes)),
            note,
        ],
        "links": [
            [number, link.giver, link.output, link.taker, link.slot, link.kind]
            for number, link in numbered.items()
        ],
        "groups": groups,
        **({"definitions": {"subgraphs": [made.definition]}} if made else {}),
        "config": {},
        "extra": {"ds": _view(groups, note)},
        "version": 0.4,
    }


def _view(groups: Sequence[Mapping[str, Any]], note: Mapping[str, Any]) -> dict[str, Any]:
    """The initial view: the top left corner, as much as stays readable."""
    right = max(group["bounding"][0] + group["bounding"][2] for group in groups)
    scale = round(min(1, max(LEAST_SCALE, SCREEN / right)), 2)
    top = note["pos"][1] - TITLE
    return {"scale": scale, "offset": [round(MARGIN[0] / scale), round(MARGIN[1] / scale) - top]}


def _note(layout: Mapping[str, Any], nodes: Sequence[Node], id: int) -> dict[str, Any]:
    """The node with the note, as wide as the first column or wider, above it."""
    paragraphs = _paragraphs(layout["note"])
    by_title = {node.title: node for node in nodes}
    width = max(NOTE_WIDTH, column_width(layout["columns"][0], by_title))
    signs = (width - 30) / NOTE_SIGN
    lines = sum(1 + int(len(each) / signs) for each in paragraphs[1:])
    height = lines * NOTE_LINE + (len(paragraphs) - 1) * NOTE_GAP + NOTE_REST
    return {
        "id": id,
        "type": "MarkdownNote",
        "pos": [0, TITLE],
        "size": [width, height],
        "flags": {},
        "order": 0,
        "mode": 0,
        "inputs": [],
        "outputs": [],
        "title": "What to do",
        "properties": {},
        "widgets_values": ["\n\n".join(paragraphs)],
        "color": NOTE_COLOUR,
        "bgcolor": NOTE_GROUND,
    }


def _paragraphs(note: str) -> list[str]:
    """A note's heading and paragraphs, each written as a heading of Markdown.

    The editor draws plain text at 10 pixels, which can't be read where it shows a whole graph.
    """
    heading, *others = re.split(r"\n\n|\n(?=\d\.)", note.strip().removeprefix("## "))
    return [f"# {heading}", *(f"## {' '.join(each.split())}" for each in others)]


def main() -> int:
    layouts = tomllib.loads(LAYOUTS.read_text("utf-8"))
    if differing := sorted(set(recipes()) ^ set(layouts)):
        raise SystemExit(f"Recipes and templates.toml differ in {', '.join(differing)}")
    wanted = {
        GRAPHS / f"{name}.json": as_text(graph(name, recipe, layouts[name]))
        for name, recipe in recipes().items()
    }
    return write_or_check(__doc__ or "", GRAPHS, wanted)


if __name__ == "__main__":
    sys.exit(main())
