"""Nodes of other packs in a recipe: a ComfyUI runs them where our steps need their outputs."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from ..comfyui import remote_nodes as spreading
from ..comfyui.prompt import Form, Part, Spot
from ..errors import HeadshotsError, RecipeInput
from ..progress import Progress
from .cache import Cache
from .graph import Link, Node, Recipe
from .step import Kind
from .values import parse

_FORMS: Mapping[Kind, Form] = {Kind.IMAGE: "image", Kind.MASK: "mask"}


@contextmanager
def visiting(recipe: Recipe) -> Generator[None]:
    """A context to run `recipe` in; afterwards the ComfyUIs free their memory of it.

    Raises:
        ComfyuiError: no ComfyUI can run its nodes of other packs.
    """
    went = enter(recipe)
    try:
        yield
    finally:
        if went:
            spreading.leave()


def enter(recipe: Recipe) -> bool:
    """Whether `recipe` holds nodes of other packs; if so, call `leave` after running it.

    Raises:
        ComfyuiError: no ComfyUI can run them.
    """
    return _require(recipe, recipe.needed())


def unmet(recipe: Recipe) -> str:
    """Why the ComfyUIs of the settings can't run `recipe` now, in words; empty if they can."""
    try:
        _require(recipe, recipe.nodes.values())
    except HeadshotsError as error:
        return f"{error.what}. {error.remedy}"
    return ""


def _require(recipe: Recipe, among: Iterable[Node]) -> bool:
    """Whether some of the nodes are of other packs; raises as `enter` where none can run those."""
    document = recipe.document()
    nodes = {node.id: document[node.id] for node in among if node.step.foreign}
    if nodes:
        spreading.require(nodes)
    return bool(nodes)


class ForeignNodes:
    """Runs the nodes of other packs in one run of a recipe.

    Args:
        needed: the nodes that are run, in order.
        cache: as in `runner.run`.
    """

    def __init__(self, recipe: Recipe, needed: Sequence[Node], cache: Cache | None) -> None:
        self._recipe, self._needed, self._cache = recipe, needed, cache

    def bring(
        self,
        node: Node,
        outputs: Mapping[str, Sequence[Any]],
        keys: Mapping[str, str],
        progress: Progress,
    ) -> dict[str, tuple[Any, ...]]:
        """Run the foreign nodes that `node`, one of our steps, needs; returns their outputs by id.

        Args:
            outputs: of the nodes that have run, by id.
            keys: the cache keys of the nodes.

        Raises:
            Cancelled, ComfyuiError: as `remote_nodes.run`.
        """
        nodes = self._recipe.nodes
        waiting = {link.node for _, link in node.links() if nodes[link.node].step.foreign}
        if waiting <= outputs.keys():
            return {}
        part = self._part(waiting, outputs)
        ids = dict.fromkeys(id for id, _ in part.wanted)
        cached = {id: self._cache.get(keys[id]) for id in ids} if self._cache else {}
        if cached and all(cached.values()):
            return {id: each for id, each in cached.items() if each}
        results = spreading.run(part, progress)
        brought = {
            id: tuple(results.get((id, slot)) for slot in range(len(nodes[id].step.outputs)))
            for id in ids
        }
        if self._cache:
            for id, values in brought.items():
                self._cache.put(keys[id], values)
        return brought

    def _part(self, waiting: set[str], outputs: Mapping[str, Sequence[Any]]) -> Part:
        """The foreign nodes `waiting` and their dependencies, with their inputs and outputs."""
        nodes, ids = self._recipe.nodes, set(waiting)
        entering: dict[Kind, dict[Spot, Any]] = {Kind.IMAGE: {}, Kind.MASK: {}, Kind.STRING: {}}
        for each in reversed(self._needed):
            for _, link in each.links() if each.id in ids else ():
                if nodes[link.node].step.foreign:
                    ids.add(link.node)
                    continue
                kind = nodes[link.node].step.outputs[link.slot].kind
                sort = kind if kind in _FORMS else Kind.STRING
                entering[sort][link.node, link.slot] = outputs[link.node][link.slot]
        document = self._recipe.document()
        inside = [each for each in self._needed if each.id in ids]
        used = {
            (link.node, link.slot)
            for each in self._needed
            for _, link in each.links()
            if link.node in ids and not each.step.foreign
        }
        wanted: dict[Spot, Form] = {
            (id, slot): _FORMS.get(nodes[id].step.outputs[slot].kind, "text")
            for id, slot in sorted(used)
        }
        return Part(
            {each.id: document[each.id] for each in inside},
            {each.id: each.title for each in inside},
            wanted,
            entering[Kind.IMAGE],
            entering[Kind.MASK],
            entering[Kind.STRING],
        )


def fitting(recipe: Recipe, node: Node, name: str, value: Any) -> Any:
    """`value` converted for an input of `node`: numbers come from ComfyUI as text.

    Raises:
        RecipeInput: it doesn't fit the input.
    """
    link, declared = node.inputs[name], node.step.input(name)
    from_there = isinstance(link, Link) and recipe.nodes[link.node].step.foreign
    if not from_there or not declared.kind.constant:
        return value
    try:
        return parse(declared, value)
    except RecipeInput as error:
        raise RecipeInput(f"{node}: {error.what}", error.remedy) from None
