"""Where the nodes of a graph stand in ComfyUI's editor: in groups, in columns from left to right.

`columns` is written as comfy_nodes/words/templates.toml says.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from comfy_graphs import Node
from comfy_shapes import TITLE

Group = Mapping[str, Any]

BESIDE, BELOW = 40, 32  # pixels between nodes
PADDING, HEADING = 16, 58  # of a group around its nodes
APART = 34  # between groups
COLOUR = "#3f789e"


def titles_in(columns: Sequence[Sequence[Group]]) -> list[str]:
    """The titles of the nodes that a layout places, in its order."""
    return [
        title
        for column in columns
        for group in column
        for titles in group["nodes"]
        for title in titles
        if isinstance(title, str)
    ]


def place(
    columns: Sequence[Sequence[Group]], placed: Sequence[Node], beside: int = 0, below: int = 0
) -> list[dict[str, Any]]:
    """Put the nodes where the layout says; the groups around them, as the editor writes them.

    beside, below: where a note at the top left ends; what is left of `beside` begins below it.

    Raises:
        SystemExit: the layout doesn't name every node once.
    """
    nodes = {node.title: node for node in placed}
    if sorted(titles_in(columns)) != sorted(nodes):
        raise SystemExit(f"A layout doesn't place each once: {', '.join(sorted(nodes))}")
    return list(_groups(columns, nodes, beside, below))


def _groups(
    columns: Sequence[Sequence[Group]], nodes: Mapping[str, Node], beside: int, below: int
) -> Iterator[dict[str, Any]]:
    left, number = 0, 0
    for column in columns:
        width = column_width(column, nodes)
        top = 0 if left >= beside else below
        for group in column:
            x, bottom = left + PADDING, top
            for titles, wide in zip(group["nodes"], _widths(group, nodes), strict=True):
                y = top + HEADING + TITLE
                for title in titles:
                    if isinstance(title, int):
                        y += title
                        continue
                    node = nodes[title]
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
                "color": COLOUR,
                "font_size": 24,
                "flags": {},
            }
            top = bottom + PADDING + APART
        left += width + APART


def _spare(node: Node) -> int:
    """What is kept free below a node for its results, and not drawn as its own."""
    return 0 if node.collapsed else node.shape.height + node.shape.grows - node.shape.drawn


def _widths(group: Group, nodes: Mapping[str, Node]) -> list[int]:
    """The width of each column of nodes in a group."""
    return [
        max(nodes[title].size[0] for title in titles if isinstance(title, str))
        for titles in group["nodes"]
    ]


def column_width(column: Sequence[Group], nodes: Mapping[str, Node]) -> int:
    """The width of groups that stand above each other."""
    across = [_widths(group, nodes) for group in column]
    return max(sum(widths) + BESIDE * (len(widths) - 1) for widths in across) + 2 * PADDING
