"""Runs a recipe: each node once, in order; unchanged nodes are answered from the cache."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from ... import __version__
from ..progress import SILENT, Progress
from ..registry import resolve
from .cache import Cache, size_of
from .foreign import ForeignNodes, fitting
from .graph import Link, Node, Recipe
from .step import Within


@dataclass(frozen=True, eq=False)
class Results:
    """The outputs of the nodes of a recipe, by node id; nodes that were not needed have none.

    Of other packs' nodes only the outputs that our steps use are there; the others are None.
    """

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


@dataclass(frozen=True, eq=False)
class Handed:
    """Outputs that a host provides for a node, which then isn't run.

    key: a hash of their content.
    """

    outputs: tuple[Any, ...]
    key: str


_NONE: Mapping[str, Handed] = {}
# A host's preview hands the same small picture over with each move of a slider: bytes of what is
# kept for the next run, and its key in the cache.
_SMALL, _LAST = 2**24, "last handed over"


def run(
    recipe: Recipe,
    *,
    progress: Progress = SILENT,
    cache: Cache | None = None,
    handed: Mapping[str, Handed] = _NONE,
) -> Results:
    """Run the nodes of `recipe` that keep or show something, and their dependencies.

    The order is that of `recipe.nodes`; the same recipe gives the same results. With a `cache`,
    a node whose step, constants and inputs are those of an earlier run is answered from it. Nodes
    in `handed`, by id, are not run, as their outputs are given. Nodes of other packs are run by a
    ComfyUI of the settings when one of our steps needs their outputs.

    Raises:
        Cancelled: stopped through `progress`.
        ComfyuiError: no ComfyUI can run the nodes of other packs.
        HeadshotsError: whatever a step raises; nothing is run after it.
    """
    nodes = recipe.needed()
    whole = sum(node.step.effort for node in nodes)
    abroad = ForeignNodes(recipe, nodes, cache)
    outputs: dict[str, tuple[Any, ...]] = {}
    keys: dict[str, str] = {}
    done = before = 0.0  # effort: of what was run, and then of nodes of other packs up to here
    for node in nodes:
        if node.step.foreign:
            keys[node.id] = _key(node, keys) if cache else ""
            before += node.step.effort
            continue
        ready = done + before
        part = progress.part(ready / whole, (ready + node.step.effort) / whole)
        if node.id in handed:
            outputs[node.id], keys[node.id] = _small(handed[node.id], cache), handed[node.id].key
        else:
            outputs |= abroad.bring(node, outputs, keys, progress.part(done / whole, ready / whole))
            part.update(0, node.title)
            keys[node.id] = _key(node, keys) if cache else ""
            cached = cache.get(keys[node.id]) if cache and not node.step.keeps else None
            values = _values(recipe, node, outputs, part)
            if cached:
                node.step.consented(values)  # they may have withdrawn it since
            outputs[node.id] = cached or node.step.call(values)
            if cache and not node.step.keeps:
                cache.put(keys[node.id], outputs[node.id])
        done, before = ready + node.step.effort, 0.0
    progress.update(1)
    return Results(recipe, outputs)


def _small(handed: Handed, cache: Cache | None) -> tuple[Any, ...]:
    """The outputs handed over; the last run's, with what it measured, where they are the same.

    One small picture alone is kept so: its measurements are many times its size.
    """
    if cache is None or not handed.key or size_of(handed.outputs) > _SMALL:
        return handed.outputs
    last = cache.get(_LAST)
    if last is not None and last[0] == handed.key:
        return last[1]
    cache.put(_LAST, (handed.key, handed.outputs))
    return handed.outputs


def _values(
    recipe: Recipe,
    node: Node,
    outputs: Mapping[str, tuple[Any, ...]],
    progress: Progress,
) -> dict[str, Any]:
    """The arguments for the function of the node's step."""
    values: dict[str, Any] = {"progress": progress}
    if node.step.within:
        values["within"] = Within(recipe.document(), node.id)
    for name, value in node.inputs.items():
        passed = outputs[value.node][value.slot] if isinstance(value, Link) else value
        values[name] = fitting(recipe, node, name, passed)
    return values


def _key(node: Node, keys: Mapping[str, str]) -> str:
    """The cache key: a hash of all that the outputs of `node` depend on."""
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
