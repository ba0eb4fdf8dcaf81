"""Runs a recipe: each node once, in order, from the cache where nothing has changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ... import __version__
from ..progress import SILENT, Progress
from .cache import Cache
from .graph import Link, Node, Recipe
from .step import resolve


@dataclass(frozen=True, eq=False)
class Results:
    """What the nodes of a recipe gave, by node id; nodes that nothing needed have none."""

    recipe: Recipe
    outputs: Mapping[str, tuple[Any, ...]]

    def get(self, node: str, name: str) -> Any:
        """The output called `name` of the node with that id; KeyError if there is none."""
        for output, value in zip(
            self.recipe.nodes[node].step.outputs, self.outputs[node], strict=True
        ):
            if output.name == name:
                return value
        raise KeyError(name)

    def of(self, step: str) -> Iterator[str]:
        """Ids of the nodes of that step that were run, in order."""
        return (id for id in self.outputs if self.recipe.nodes[id].step.id == step)


def run(recipe: Recipe, *, progress: Progress = SILENT, cache: Cache | None = None) -> Results:
    """Run the nodes of `recipe` that keep or show something, and what those need.

    The order is that of `recipe.nodes`; the same recipe gives the same results. With a `cache`,
    a node whose step, constants and inputs are those of an earlier run is answered from it.

    Raises:
        Cancelled: stopped through `progress`.
        HeadshotsError: whatever a step raises; nothing is run after it.
    """
    nodes = recipe.needed()
    whole = sum(node.step.effort for node in nodes)
    outputs: dict[str, tuple[Any, ...]] = {}
    keys: dict[str, str] = {}
    done = 0.0
    for node in nodes:
        part = progress.part(done / whole, (done + node.step.effort) / whole)
        part.update(0, node.title)
        keys[node.id] = _key(node, keys) if cache else ""
        kept = cache.get(keys[node.id]) if cache and not node.step.keeps else None
        outputs[node.id] = kept or _call(node, outputs, part)
        if cache and not node.step.keeps:
            cache.put(keys[node.id], outputs[node.id])
        done += node.step.effort
    progress.update(1)
    return Results(recipe, outputs)


def _call(
    node: Node, outputs: Mapping[str, tuple[Any, ...]], progress: Progress
) -> tuple[Any, ...]:
    values: dict[str, Any] = {"progress": progress}
    for name, value in node.inputs.items():
        values[name] = outputs[value.node][value.slot] if isinstance(value, Link) else value
    return node.step.call(values)


def _key(node: Node, keys: Mapping[str, str]) -> str:
    """A hash of all that the outputs of `node` depend on."""
    inputs = {
        name: [keys[value.node], value.slot] if isinstance(value, Link) else value
        for name, value in node.inputs.items()
    }
    parts = [__version__, node.step.id, inputs, _fingerprint(node)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _fingerprint(node: Node) -> str:
    if not node.step.fingerprint:
        return ""
    constants = {
        name: value for name, value in node.inputs.items() if not isinstance(value, Link | None)
    }
    return resolve(node.step.fingerprint)(**constants)
