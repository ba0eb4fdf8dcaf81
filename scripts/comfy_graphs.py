"""A recipe's nodes and links, and how ComfyUI's editor writes them in its format 0.4."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfy_shapes import Shape, shapes

from headshots.core.recipes.documents import unwrapped

FOOT = 40  # by which "Nodes 2.0" draws a node taller
COLLAPSED = 150  # width of a node of which only the title is drawn


@dataclass
class Node:
    """A node of the recipe in the graph; x and y are its corner, below the title bar."""

    id: int
    type: str
    title: str
    inputs: Mapping[str, Any]
    shape: Shape
    x: int = 0
    y: int = 0
    collapsed: bool = False

    @property
    def size(self) -> tuple[int, int]:
        """Width and height that it takes, with space for its results."""
        if self.collapsed:
            return COLLAPSED, 0
        return self.shape.width, self.shape.height + self.shape.grows + FOOT

    def value(self, widget: str) -> Any:
        """What a widget holds."""
        (default,) = (default for name, _, default in self.shape.widgets if name == widget)
        said = self.inputs.get(widget, default)
        return default if isinstance(said, list) else unwrapped(said)


@dataclass(frozen=True)
class Link:
    """From an output of one node to an input of another; both counted from 0."""

    giver: int
    output: int
    taker: int
    slot: int
    kind: str


def nodes_of(recipe: Mapping[str, Any], collapsed: Iterable[str] = ()) -> list[Node]:
    """The nodes of a recipe, of which those with the titles `collapsed` show only these."""
    known, small = shapes(), set(collapsed)
    return [
        Node(
            int(id),
            raw["class_type"],
            raw["_meta"]["title"],
            raw["inputs"],
            known[raw["class_type"]],
            collapsed=raw["_meta"]["title"] in small,
        )
        for id, raw in recipe.items()
    ]


def links_of(nodes: Sequence[Node]) -> Iterator[Link]:
    """The links of a recipe."""
    by_id = {node.id: node for node in nodes}
    for node in nodes:
        for slot, (name, _) in enumerate(node.shape.slots):
            if isinstance(source := node.inputs.get(name), list):
                giver, output = by_id[int(source[0])], source[1]
                yield Link(giver.id, output, node.id, slot, giver.shape.outputs[output][1])


def written(node: Node, order: int, links: Mapping[int, Link]) -> dict[str, Any]:
    """A node as the editor writes it; `links` are all of its graph, by number."""
    coming = {link.slot: number for number, link in links.items() if link.taker == node.id}
    going: dict[int, list[int]] = {}
    for number, link in links.items():
        if link.giver == node.id:
            going.setdefault(link.output, []).append(number)
    shape = node.shape
    return {
        "id": node.id,
        "type": node.type,
        "pos": [node.x, node.y],
        "size": [shape.width, shape.drawn],
        "flags": {"collapsed": True} if node.collapsed else {},
        "order": order,
        "mode": 0,
        "inputs": [
            {
                "name": name,
                "type": kind,
                **({"widget": {"name": name}} if slot >= len(shape.sockets) else {}),
                "link": coming.get(slot),
            }
            for slot, (name, kind) in enumerate(shape.slots)
        ],
        "outputs": [
            {"name": name, "type": kind, "links": going.get(slot)}
            for slot, (name, kind) in enumerate(shape.outputs)
        ],
        "title": node.title,
        "properties": {"cnr_id": shape.pack, "Node name for S&R": node.type},
        "widgets_values": [node.value(name) for name, _, _ in shape.widgets],
    }
