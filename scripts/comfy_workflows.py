"""Writes workflows/*.json: the recipes as graphs for ComfyUI's editor and its template browser.

    .venv/bin/python scripts/comfy_workflows.py [--check]

Each recipe in workflows/api, and in its folders, becomes the graph of the same name.
Nodes, values and links are those of the recipe; comfy_nodes/words/templates.toml gives their
positions and the note. With --check nothing is written; the files that differ are named.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import tomllib
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from headshots.comfy_nodes.nodes import NODES
from headshots.core.recipes.documents import unwrapped
from headshots.core.recipes.step import Input, Kind, Step
from headshots.core.recipes.steps import LOAD_SITTER

ROOT = Path(__file__).parents[1]
GRAPHS = ROOT / "workflows"
RECIPES = tuple(GRAPHS / "api" / folder for folder in (".", "native", "comfyui"))
LAYOUTS = ROOT / "comfy_nodes" / "words" / "templates.toml"
NODES_OF_OTHERS = Path(__file__).with_name("stock_nodes.toml")

# Pixels of the editor at 100 %: sizes that it draws, and the spaces that we leave.
TITLE, SLOT, WIDGET, TEXT = 30, 20, 24, 90
TILES, PHOTOS, SITTER = 288, 236, 34  # our own widgets: looks, photos and the sitter
WIDTH, WIDE, TILED, SHEET = 236, 270, 300, 500
SHOWN_TEXT, SHOWN_PICTURE, SHOWN_SHEET = 60, 230, 300  # by which a node grows when it has run
BESIDE, BELOW = 40, 32  # between nodes
PADDING, HEADING = 16, 58  # of a group around its nodes
COLLAPSED = 150  # width of a node of which only the title is drawn
FOOT = 40  # by which "Nodes 2.0" draws a node taller
APART = 34  # between groups
NOTE_WIDTH, NOTE_SIGN, NOTE_LINE = 520, 6.4, 18  # of the note: at least, of a sign, of a line
SCREEN, LEAST_SCALE, MARGIN = 1780, 0.6, (80, 150)  # below 0.57 the editor draws no text
GROUP_COLOUR, NOTE_COLOUR, NOTE_GROUND = "#3f789e", "#432", "#653"


@dataclass(frozen=True)
class Shape:
    """How the editor draws a node class.

    sockets: name and type of each input that only takes a link, in the editor's order.
    widgets: name, type and default of each input that a person can fill in; a widget of no type
        belongs to the one before it and is no input.
    outputs: name and type.
    text: the number of multiline text widgets.
    taller: by how much our own widgets are higher than usual ones.
    grows: the extra height after a run.
    pack: the pack that it comes from, as the registry calls it.
    """

    sockets: tuple[tuple[str, str], ...]
    widgets: tuple[tuple[str, str, Any], ...]
    outputs: tuple[tuple[str, str], ...]
    width: int = WIDTH
    text: int = 0
    taller: int = 0
    grows: int = 0
    pack: str = "headshots"

    @property
    def height(self) -> int:
        """The height that the editor draws before a run."""
        rows = max(len(self.sockets), len(self.outputs))
        taller = self.text * (TEXT - WIDGET) + self.taller
        return rows * SLOT + len(self.widgets) * WIDGET + taller + 16


def stock_nodes() -> dict[str, Shape]:
    """The shapes of the nodes of others, by class."""
    tables = tomllib.loads(NODES_OF_OTHERS.read_text("utf-8"))
    return {name: _stock(table) for name, table in tables.items()}


def _stock(table: Mapping[str, Any]) -> Shape:
    widgets = tuple((name, kind, default) for name, kind, default in table.get("widgets", ()))
    files = any(kind == "COMBO" and not default for _, kind, default in widgets)
    text = int(table.get("text", 0))
    return Shape(
        tuple((name, kind) for name, kind in table.get("sockets", ())),
        widgets,
        tuple((name, kind) for name, kind in table["outputs"]),
        WIDE if text or files else WIDTH,
        text,
        pack=table.get("pack", "comfy-core"),
    )


def shape_of(step: Step) -> Shape:
    """The shape of one of our nodes, as the adapter declares it."""
    # The editor puts what must be given before what may be left out.
    inputs = sorted(step.inputs, key=lambda each: each.optional or each.default is not None)
    widgets: list[tuple[str, str, Any]] = []
    for each in inputs:
        if each.kind.constant:
            default = "" if each.default is None else each.default
            widgets.append((each.name, each.kind.value, default))
        if each.name == "seed":  # the editor adds what becomes of it after a run
            widgets.append(("control_after_generate", "", "fixed"))
    own = [height for each in inputs if (height := _own_widget(step, each))]
    text = sum(each.multiline and not _own_widget(step, each) for each in inputs)
    grows = _growth(step)
    sheet = grows >= SHOWN_SHEET
    return Shape(
        tuple((each.name, _taken(each.kind)) for each in inputs if not each.kind.constant),
        tuple(widgets),
        tuple((each.name.replace("_", " "), each.kind.value) for each in step.outputs),
        SHEET
        if sheet
        else TILED
        if max(own, default=0) > PHOTOS // 2
        else WIDE
        if text or grows
        else WIDTH,
        text,
        sum(own) - len(own) * WIDGET,
        grows,
    )


def _own_widget(step: Step, declared: Input) -> int:
    """The height of the widget that web/js puts in the place of a usual one; 0 if it puts none."""
    if declared.kind is Kind.CHOICES:
        return TILES
    match step.id, declared.name:
        case (("HeadshotsReadPhotos" | "HeadshotsReadPictures"), "paths"):
            return PHOTOS
        case (("HeadshotsLoadSitter" | "HeadshotsForgetSitter"), "name"):
            return SITTER
        case _:
            return 0


def _taken(kind: Kind) -> str:
    """What may be linked to an input, as the editor writes it."""
    return ",".join(each.value for each in Kind if kind.takes(each))


def _growth(step: Step) -> int:
    """The height that a node gains by its results: text in one box, pictures in another."""
    shown = [output for output in step.outputs if output.shown]
    text = any(output.kind is Kind.STRING for output in shown)
    pictures = any(output.kind is Kind.PICTURES or output.path for output in shown)
    images = any(output.kind is Kind.IMAGE for output in shown)
    pictures |= images and not step.keeps
    sheet = images and step.keeps
    alone = text and not pictures and not sheet and step is not LOAD_SITTER  # it says one line
    return alone * 120 + text * SHOWN_TEXT + pictures * SHOWN_PICTURE + sheet * SHOWN_SHEET


@dataclass
class Placed:
    """A node of the recipe in the graph; x and y are its corner, below the title bar."""

    id: int
    type: str
    title: str
    inputs: Mapping[str, Any]
    shape: Shape
    x: int = 0
    y: int = 0
    collapsed: bool = False
    links: dict[int, list[int]] = field(default_factory=dict)

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that it takes, with space for its results."""
        if self.collapsed:
            return COLLAPSED, 0
        return self.shape.width, self.shape.height + self.shape.grows + FOOT


def graph(name: str, recipe: Mapping[str, Any], layout: Mapping[str, Any]) -> dict[str, Any]:
    """The graph of a recipe in the editor's format 0.4."""
    shapes = stock_nodes() | {each.id: shape_of(each) for each in NODES}
    nodes = {
        id: Placed(
            int(id),
            raw["class_type"],
            raw["_meta"]["title"],
            raw["inputs"],
            shapes[raw["class_type"]],
            collapsed=raw["_meta"]["title"] in layout.get("collapsed", ()),
        )
        for id, raw in recipe.items()
    }
    placed = {node.title: node for node in nodes.values()}
    note = _note(layout, placed, max(node.id for node in nodes.values()) + 1)
    beside, below = note["size"][0] + APART, note["size"][1] + TITLE + APART
    groups = list(_place(layout, placed, beside, below))
    links = list(_links(nodes))
    return {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"headshots/{name}")),
        "revision": 0,
        "last_node_id": note["id"],
        "last_link_id": len(links),
        "nodes": [*(_node(node, order, links) for order, node in enumerate(nodes.values())), note],
        "links": links,
        "groups": groups,
        "config": {},
        "extra": {"ds": _view(groups, note)},
        "version": 0.4,
    }


def _place(
    layout: Mapping[str, Any], nodes: Mapping[str, Placed], beside: int, below: int
) -> Iterator[dict[str, Any]]:
    """Put the nodes where the layout says, each once; the groups around them.

    beside, below: where the note ends; what is left of `beside` begins below it.
    """
    left, waiting, number = 0, set(nodes), 0
    for column in layout["columns"]:
        across = [_widths(group, nodes) for group in column]
        width = _width(column, nodes)
        top = 0 if left >= beside else below
        for group, widths in zip(column, across, strict=True):
            x, bottom = left + PADDING, top
            for titles, wide in zip(group["nodes"], widths, strict=True):
                y = top + HEADING + TITLE
                for title in titles:
                    if isinstance(title, int):
                        y += title
                        continue
                    node = nodes[title]
                    waiting.remove(title)
                    node.x, node.y = x, y
                    y += node.size[1] + BELOW + TITLE
                # What is last may grow beyond the frame.
                bottom = max(bottom, y - BELOW - TITLE - _spare(nodes[titles[-1]]))
                x += wide + BESIDE
            number += 1
            yield {
                "id": number,
                "title": group["title"],
                "bounding": [left, top, width, bottom + PADDING - top],
                "color": GROUP_COLOUR,
                "font_size": 24,
                "flags": {},
            }
            top = bottom + PADDING + APART
        left += width + APART
    if waiting:
        raise SystemExit(f"templates.toml places no {', '.join(sorted(waiting))}")


def _spare(node: Placed) -> int:
    """What is kept free below a node for its results, and not drawn as its own."""
    return 0 if node.collapsed else node.shape.height + node.shape.grows - _drawn(node.shape)


def _widths(group: Mapping[str, Any], nodes: Mapping[str, Placed]) -> list[int]:
    """The width of each column of nodes in a group."""
    return [
        max(nodes[title].size[0] for title in titles if isinstance(title, str))
        for titles in group["nodes"]
    ]


def _width(column: Sequence[Mapping[str, Any]], nodes: Mapping[str, Placed]) -> int:
    """The width of groups that stand above each other."""
    across = [_widths(group, nodes) for group in column]
    return max(sum(widths) + BESIDE * (len(widths) - 1) for widths in across) + 2 * PADDING


def _links(nodes: Mapping[str, Placed]) -> Iterator[list[Any]]:
    """Links as [id, from, output, to, input, type]; each noted at the node that it comes from."""
    number = 0
    for node in nodes.values():
        for slot, (name, _) in enumerate(_slots(node.shape)):
            if isinstance(source := node.inputs.get(name), list):
                number += 1
                giver, output = nodes[source[0]], source[1]
                giver.links.setdefault(output, []).append(number)
                yield [
                    number,
                    giver.id,
                    output,
                    node.id,
                    slot,
                    giver.shape.outputs[output][1],
                ]


def _slots(shape: Shape) -> list[tuple[str, str]]:
    return [*shape.sockets, *((name, kind) for name, kind, _ in shape.widgets if kind)]


def _node(node: Placed, order: int, links: Sequence[list[Any]]) -> dict[str, Any]:
    coming = {link[4]: link[0] for link in links if link[3] == node.id}
    inputs = [
        {
            "name": name,
            "type": kind,
            **({"widget": {"name": name}} if slot >= len(node.shape.sockets) else {}),
            "link": coming.get(slot),
        }
        for slot, (name, kind) in enumerate(_slots(node.shape))
    ]
    outputs = [
        {"name": name, "type": kind, "links": node.links.get(slot) or None}
        for slot, (name, kind) in enumerate(node.shape.outputs)
    ]
    values = [
        default if isinstance(value := node.inputs.get(name, default), list) else unwrapped(value)
        for name, _, default in node.shape.widgets
    ]
    return {
        "id": node.id,
        "type": node.type,
        "pos": [node.x, node.y],
        "size": [node.shape.width, _drawn(node.shape)],
        "flags": {"collapsed": True} if node.collapsed else {},
        "order": order,
        "mode": 0,
        "inputs": inputs,
        "outputs": outputs,
        "title": node.title,
        "properties": {
            "cnr_id": node.shape.pack,
            "Node name for S&R": node.type,
        },
        "widgets_values": values,
    }


def _view(groups: Sequence[Mapping[str, Any]], note: Mapping[str, Any]) -> dict[str, Any]:
    """The initial view: the top left corner, as much as stays readable."""
    right = max(group["bounding"][0] + group["bounding"][2] for group in groups)
    scale = round(min(1, max(LEAST_SCALE, SCREEN / right)), 2)
    top = note["pos"][1] - TITLE
    return {"scale": scale, "offset": [round(MARGIN[0] / scale), round(MARGIN[1] / scale) - top]}


def _drawn(shape: Shape) -> int:
    """The initial height of a node: with space for results, unless a text box would fill that."""
    return shape.height + (0 if shape.text else shape.grows)


def _note(layout: Mapping[str, Any], nodes: Mapping[str, Placed], id: int) -> dict[str, Any]:
    """The node with the note, as wide as the first column or wider, above it."""
    text = layout["note"].strip()
    width = max(NOTE_WIDTH, _width(layout["columns"][0], nodes))
    signs = (width - 40) / NOTE_SIGN
    paragraphs = re.split(r"\n\n|\n(?=\d\.)", text)
    lines = sum(1 + int(len(paragraph) / signs) for paragraph in paragraphs)
    height = (lines + text.count("\n\n")) * NOTE_LINE + 30
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
        "widgets_values": [text],
        "color": NOTE_COLOUR,
        "bgcolor": NOTE_GROUND,
    }


def recipes() -> dict[str, Path]:
    """The recipes by name."""
    return {path.stem: path for folder in RECIPES for path in sorted(folder.glob("*.json"))}


def graphs() -> dict[Path, str]:
    """What to write: the text of each graph by its path."""
    layouts = tomllib.loads(LAYOUTS.read_text("utf-8"))
    if len(recipes()) != len(layouts) or set(recipes()) != set(layouts):
        differing = ", ".join(sorted(set(recipes()) ^ set(layouts)))
        raise SystemExit(f"Recipes and templates.toml differ in {differing}")
    return {
        GRAPHS / f"{name}.json": json.dumps(
            graph(name, json.loads(path.read_text("utf-8")), layouts[name]),
            ensure_ascii=False,
            indent=1,
        )
        + "\n"
        for name, path in recipes().items()
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if files differ")
    check = parser.parse_args().check
    wanted = graphs()
    strangers = [path for path in GRAPHS.glob("*.json") if path not in wanted]
    if check:
        stale = [path for path, text in wanted.items() if not _is(path, text)] + strangers
        sys.stderr.writelines(f"{path.relative_to(ROOT)} is not current\n" for path in stale)
        return bool(stale)
    for path in strangers:
        path.unlink()
    for path, text in wanted.items():
        path.write_text(text, "utf-8")
    return 0


def _is(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
