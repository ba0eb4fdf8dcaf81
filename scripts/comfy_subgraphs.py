"""Several nodes of a graph made into one that opens up: what ComfyUI calls a subgraph."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from comfy_graphs import Link, Node, written
from comfy_layout import place, titles_in
from comfy_shapes import OURS, SLOT, Shape

Source = tuple[int, int]  # a node and the number of its output

INPUTS, OUTPUTS = -10, -20  # as the editor numbers the two ends of a subgraph
WIDTH = 300  # of the node
END, APART = 120, 160  # width of an end; between it and the nodes


@dataclass(frozen=True)
class Subgraph:
    """Nodes in a node.

    node: that node. definition: the nodes within, as the editor writes them.
    links: those of the graph that is left, in which `node` stands for the nodes within.
    """

    node: Node
    definition: Mapping[str, Any]
    links: tuple[Link, ...]


def folded(
    name: str, layout: Mapping[str, Any], nodes: Sequence[Node], links: Sequence[Link], id: int
) -> Subgraph:
    """The subgraph of the nodes that `layout` names; their positions are changed.

    name: unique among all subgraphs. id: of the node that takes their place.
    layout: title, columns, and widgets that are shown on it, each [title of a node, widget] or
        [title of a node, widget, what it is called].

    What comes from one output outside is one input; what goes to several nodes outside, one output.
    """
    by_id = {node.id: node for node in nodes}
    titles = set(titles_in(layout["columns"]))
    within = {node.id: node for node in nodes if node.title in titles}
    groups = place(layout["columns"], list(within.values()))
    inner, taken, given = _cut(links, set(within))

    sockets = [_socket(by_id, inner, slot, source) for slot, source in enumerate(taken)]
    widgets: list[tuple[str, str, Any]] = []
    text = 0
    for title, widget, *called in layout["widgets"]:
        (node,) = (node for node in within.values() if node.title == title)
        at = [each for each, _ in node.shape.slots].index(widget)
        kind = node.shape.slots[at][1]
        inner.append(Link(INPUTS, len(sockets) + len(widgets), node.id, at, kind))
        widgets.append((called[0] if called else widget, kind, node.value(widget)))
        text += kind == "STRING" and bool(node.shape.text)
    outputs = tuple(within[giver].shape.outputs[output] for giver, output in given)
    shape = Shape(tuple(sockets), tuple(widgets), outputs, WIDTH, text)
    for ends in (shape.slots, outputs):
        if len(dict(ends)) < len(ends):
            raise SystemExit(f"{name}: two of a name in {', '.join(each for each, _ in ends)}")
    host = Node(id, unique(name), layout["title"], {}, shape)
    return Subgraph(
        host,
        _definition(name, host, list(within.values()), inner, groups),
        tuple(_around(links, set(within), taken, given, id)),
    )


def _cut(
    links: Sequence[Link], within: set[int]
) -> tuple[list[Link], dict[Source, int], dict[Source, int]]:
    """The links within; the number of each input by what it comes from, and of each output."""
    inner: list[Link] = []
    taken: dict[Source, int] = {}
    given: dict[Source, int] = {}
    for link in links:
        source = link.giver, link.output
        if link.giver in within and link.taker in within:
            inner.append(link)
        elif link.taker in within:
            slot = taken.setdefault(source, len(taken))
            inner.append(Link(INPUTS, slot, link.taker, link.slot, link.kind))
        elif link.giver in within and source not in given:
            given[source] = len(given)
            inner.append(Link(*source, OUTPUTS, given[source], link.kind))
    return inner, taken, given


def _around(
    links: Sequence[Link],
    within: set[int],
    taken: Mapping[Source, int],
    given: Mapping[Source, int],
    id: int,
) -> Iterator[Link]:
    """The links of the graph that is left, in which the node `id` stands for those within."""
    done: set[Source] = set()
    for link in links:
        source = link.giver, link.output
        if link.taker not in within:
            yield (
                Link(id, given[source], link.taker, link.slot, link.kind)
                if (source in given)
                else link
            )
        elif link.giver not in within and source not in done:
            done.add(source)
            yield Link(*source, id, taken[source], link.kind)


def _socket(
    by_id: Mapping[int, Node], inner: Sequence[Link], slot: int, source: Source
) -> tuple[str, str]:
    """Name and type of an input, called as one of our nodes at either end calls it."""
    first = next(link for link in inner if (link.giver, link.output) == (INPUTS, slot))
    near = by_id[first.taker].shape
    name, kind = near.slots[first.slot]
    return (name if near.pack == OURS else by_id[source[0]].shape.outputs[source[1]][0]), kind


def _definition(
    name: str,
    host: Node,
    nodes: Sequence[Node],
    links: Sequence[Link],
    groups: Sequence[Mapping[str, Any]],
) -> dict[str, Any]:
    numbered = dict(enumerate(links, 1))
    right = max(node.x + node.shape.width for node in nodes)
    taken = {(link.output, number) for number, link in numbered.items() if link.giver == INPUTS}
    given = {(link.slot, number) for number, link in numbered.items() if link.taker == OUTPUTS}
    return {
        "id": host.type,
        "version": 1,
        "state": {
            "lastGroupId": len(groups),
            "lastNodeId": max(node.id for node in nodes),
            "lastLinkId": len(links),
            "lastRerouteId": 0,
        },
        "revision": 0,
        "config": {},
        "name": host.title,
        "inputNode": _end(INPUTS, -APART - END, host.shape.slots),
        "outputNode": _end(OUTPUTS, right + APART, host.shape.outputs),
        "inputs": _slots(name, "in", host.shape.slots, taken),
        "outputs": _slots(name, "out", host.shape.outputs, given),
        "widgets": [],
        "nodes": [written(node, order, numbered) for order, node in enumerate(nodes)],
        "groups": list(groups),
        "links": [
            {
                "id": number,
                "origin_id": link.giver,
                "origin_slot": link.output,
                "target_id": link.taker,
                "target_slot": link.slot,
                "type": link.kind,
            }
            for number, link in numbered.items()
        ],
        "extra": {},
    }


def _slots(
    name: str, end: str, slots: Sequence[tuple[str, str]], links: set[tuple[int, int]]
) -> list[dict[str, Any]]:
    return [
        {
            "id": unique(f"{name} {end} {called}"),
            "name": called,
            "type": kind,
            "linkIds": sorted(number for slot, number in links if slot == at),
        }
        for at, (called, kind) in enumerate(slots)
    ]


def _end(id: int, x: int, slots: Sequence[object]) -> dict[str, Any]:
    return {"id": id, "bounding": [x, 0, END, 40 + SLOT * len(slots)]}


def unique(text: str) -> str:
    """An id, always the same for a text."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"headshots/subgraphs/{text}"))
