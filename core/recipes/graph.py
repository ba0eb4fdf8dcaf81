"""A validated recipe: the graph of its nodes, checked before it runs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from graphlib import CycleError, TopologicalSorter
from typing import Any, cast

from ..errors import (
    BrokenLink,
    NothingToDo,
    RecipeCycle,
    RecipeError,
    RecipeInput,
    UnknownStep,
)
from .documents import RawNode, literal, raw_nodes, unwrapped
from .foreign_steps import MOST_OUTPUTS, foreign_steps
from .step import Constant, Input, Kind, Output, Step
from .steps import STEPS
from .values import accepted, check, parse

# The kinds that can be linked between our steps and other packs' nodes.
_ABROAD = (Kind.IMAGE, Kind.MASK)


@dataclass(frozen=True)
class Link:
    """An input fed by output number `slot` of the node `node`."""

    node: str
    slot: int


@dataclass(frozen=True)
class Node:
    """A step, or another pack's node, in a recipe.

    inputs: every declared input, with defaults for constants and None for unlinked inputs filled
        in. Of another pack's node, which declares nothing here: the inputs in the document.
    """

    id: str
    title: str
    step: Step
    inputs: Mapping[str, Constant | Link | None]

    def __str__(self) -> str:
        return f"node {self.id} ({self.title})"

    def links(self) -> Iterator[tuple[str, Link]]:
        """The linked inputs."""
        for name, value in self.inputs.items():
            if isinstance(value, Link):
                yield name, value


@dataclass(frozen=True)
class Recipe:
    """Nodes in an order in which they can run; all links, kinds and constants are valid.

    wanted: ids of nodes whose outputs a host wants, besides those that keep or show something.
    """

    nodes: Mapping[str, Node]
    wanted: frozenset[str] = frozenset()

    def needed(self) -> tuple[Node, ...]:
        """The nodes that keep or show something or are wanted, and their dependencies, in running
        order.
        """
        wanted = {node.id for node in self.nodes.values() if node.step.ends} | self.wanted
        for node in reversed(list(self.nodes.values())):
            if node.id in wanted:
                wanted.update(link.node for _, link in node.links())
        return tuple(node for node in self.nodes.values() if node.id in wanted)

    def document(self) -> dict[str, Any]:
        """The recipe in the API format, with defaults filled in; `build` reads it."""
        return {
            id: {
                "class_type": node.step.id,
                "inputs": {
                    name: [value.node, value.slot] if isinstance(value, Link) else literal(value)
                    for name, value in node.inputs.items()
                    if value is not None
                },
                "_meta": {"title": node.title},
            }
            for id, node in self.nodes.items()
        }


def build(
    document: Mapping[str, Any],
    steps: Mapping[str, Step] = STEPS,
    wanted: Collection[str] = (),
    foreign: bool = False,
) -> Recipe:
    """Build and validate the recipe in a parsed document. One error names all problems of a kind.

    Args:
        wanted: see `Recipe`.
        foreign: accept nodes of other packs as well. Only their links with our steps are checked;
            ComfyUI checks the rest.

    Raises:
        RecipeUnreadable: not in the API format, or over 1000 nodes.
        UnknownStep: a step that isn't among `steps`.
        BrokenLink: a link to a node or output that doesn't exist or is of another kind.
        RecipeInput: an input that is missing, unknown, of the wrong type or out of range.
        RecipeCycle: nodes that wait for each other.
        NothingToDo: no node keeps or shows anything.
    """
    raw = raw_nodes(document)
    others: dict[str, Step] = {}
    if foreign:
        others = foreign_steps(raw, steps)
    _fail(list(_unknown({id: node for id, node in raw.items() if id not in others}, steps)))
    declared = {id: others.get(id) or steps[node.step] for id, node in raw.items()}
    nodes = {
        id: Node(id, node.title or declared[id].title, declared[id], {}) for id, node in raw.items()
    }
    problems: list[RecipeError] = []
    for id, node in nodes.items():
        take = _foreign_inputs if node.step.foreign else _inputs
        inputs = dict(take(node, raw[id].inputs, nodes, problems))
        nodes[id] = replace(node, inputs=inputs)
    _fail(problems)
    for id in wanted:
        if id not in nodes:
            raise RecipeInput(f"The recipe has no node {id!r}", f"Nodes: {', '.join(nodes)}.")
    recipe = Recipe(_ordered(nodes), frozenset(wanted))
    if not recipe.needed():
        keeping = ", ".join(step.title for step in steps.values() if step.ends)
        raise NothingToDo(
            "Nothing in the recipe keeps or shows a result", f"End it with one of: {keeping}."
        )
    return recipe


def with_inputs(recipe: Recipe, values: Mapping[str, Constant]) -> Recipe:
    """`recipe` with some constants changed.

    A key is the input's name where only one node has an unlinked input of that name, else
    "title.input" or "id.input". Text is parsed for numbers and switches. A constant of another
    pack's node can be changed where it is given; it stays a number, a switch or text.

    Raises:
        RecipeInput: no such input, several of them, or a value that doesn't fit; the text lists
            what there is.
    """
    nodes = dict(recipe.nodes)
    for key, value in values.items():
        node, declared = _addressed(recipe, key)
        try:
            fitting = parse(declared, value) if isinstance(value, str) else check(declared, value)
        except RecipeInput as error:
            raise RecipeInput(f"{node}: {error.what}", error.remedy) from None
        nodes[node.id] = replace(
            nodes[node.id], inputs={**nodes[node.id].inputs, declared.name: fitting}
        )
    return replace(recipe, nodes=nodes)


def _unknown(raw: Mapping[str, RawNode], steps: Mapping[str, Step]) -> Iterator[RecipeError]:
    for id, node in raw.items():
        if node.step not in steps:
            where = f"Node {id} ({node.title})" if node.title else f"Node {id}"
            yield UnknownStep(
                f"{where} is a {node.step!r}, which is no step of headshots",
                "Name a running ComfyUI that has the node with --comfy, or replace the node. "
                f"Steps here: {', '.join(steps)}.",
            )


def _foreign_inputs(
    node: Node, values: Mapping[str, Any], nodes: Mapping[str, Node], problems: list[RecipeError]
) -> Iterator[tuple[str, Any]]:
    for name, value in values.items():
        match value:
            case [str(source), int(slot)] if not isinstance(slot, bool):
                pass
            case _:
                yield name, value
                continue
        where = f"{node}: {name}"
        try:
            output = _output(where, source, slot, nodes)
            if output is not None and not (output.kind in _ABROAD or output.kind.constant):
                raise BrokenLink(
                    f"{where} is linked to {output.name} of {nodes[source]}, {output.kind.words}",
                    "Only images, masks, text and numbers go to nodes of other packs.",
                )
            yield name, Link(source, slot)
        except RecipeError as error:
            problems.append(error)


def _inputs(
    node: Node, values: Mapping[str, Any], nodes: Mapping[str, Node], problems: list[RecipeError]
) -> Iterator[tuple[str, Constant | Link | None]]:
    declared = {each.name: each for each in node.step.inputs}
    for name in values:
        if name not in declared:
            problems.append(
                RecipeInput(
                    f"{node} has no input {name!r}",
                    f"Inputs of {node.step.id}: {', '.join(declared) or 'none'}.",
                )
            )
    for name, each in declared.items():
        try:
            yield name, _input(node, each, values.get(name), nodes)
        except RecipeError as error:
            problems.append(error)


def _input(
    node: Node, declared: Input, value: object, nodes: Mapping[str, Node]
) -> Constant | Link | None:
    where = f"{node}: {declared.name}"
    if isinstance(value, list):
        return _link(where, declared, cast(list[Any], value), nodes)
    value = unwrapped(value)
    if value is None and (declared.optional or declared.default is not None):
        return declared.default
    if value is None or not declared.kind.constant:
        missing = "is missing" if value is None else "is a constant"
        raise RecipeInput(f"{where} {missing}", f"{declared.name} is {accepted(declared)}.")
    try:
        return check(declared, value)
    except RecipeInput as error:
        raise RecipeInput(f"{node}: {error.what}", error.remedy) from None


def _link(where: str, declared: Input, value: list[Any], nodes: Mapping[str, Node]) -> Link:
    match value:
        case [str(source), int(slot)] if not isinstance(slot, bool):
            pass
        case _:
            raise BrokenLink(
                f"{where} is a list but no link",
                'A link is ["node id", output number], and a list of choices {"__value__": [...]}.',
            )
    output = _output(where, source, slot, nodes)
    abroad = declared.kind.constant or any(map(declared.kind.takes, _ABROAD))
    if output is None and not abroad:
        raise BrokenLink(
            f"{where} takes {declared.kind.words} and is linked to {nodes[source]}, a node of "
            "another pack",
            "Only images, masks, text and numbers come from nodes of other packs.",
        )
    if output is not None and not declared.kind.takes(output.kind):
        raise BrokenLink(
            f"{where} is linked to {output.name} of {nodes[source]}, "
            f"which gives {output.kind.words} and not {declared.kind.words}",
            f"Link it to an output that gives {declared.kind.words}.",
        )
    return Link(source, slot)


def _output(where: str, source: str, slot: int, nodes: Mapping[str, Node]) -> Output | None:
    """The output that a link comes from; None if a node of another pack has it."""
    if source not in nodes:
        raise BrokenLink(
            f"{where} is linked to node {source!r}, which isn't there",
            f"Nodes: {', '.join(nodes)}.",
        )
    if nodes[source].step.foreign and 0 <= slot <= MOST_OUTPUTS:
        return None
    outputs = nodes[source].step.outputs
    if not 0 <= slot < len(outputs):
        offered = ", ".join(f"{i} {output.name}" for i, output in enumerate(outputs)) or "none"
        raise BrokenLink(
            f"{where} is linked to output {slot} of {nodes[source]}, which has no such output",
            f"Its outputs: {offered}.",
        )
    return outputs[slot]


def _ordered(nodes: Mapping[str, Node]) -> dict[str, Node]:
    waiting = {id: [link.node for _, link in node.links()] for id, node in nodes.items()}
    try:
        return {id: nodes[id] for id in TopologicalSorter(waiting).static_order()}
    except CycleError as error:
        ring = " -> ".join(str(nodes[id]) for id in reversed(error.args[1]))
        raise RecipeCycle(
            f"Nodes wait for each other: {ring}", "Unlink one of them from the next."
        ) from None


def _fail(problems: list[RecipeError]) -> None:
    """Raise the problems of the first one's class as one error."""
    if not problems:
        return
    alike = [problem for problem in problems if type(problem) is type(problems[0])]
    remedies = dict.fromkeys(problem.remedy for problem in alike)
    raise type(problems[0])("; ".join(problem.what for problem in alike), " ".join(remedies))


def _settable(node: Node) -> Iterator[Input]:
    """The inputs of a node that are or can be constants."""
    for declared in node.step.inputs:
        if declared.kind.constant and not isinstance(node.inputs[declared.name], Link):
            yield declared
    if node.step.foreign:  # only its pack knows its inputs; these are the ones in the document
        for name, value in node.inputs.items():
            match value:
                case bool():
                    yield Input(name, Kind.BOOLEAN, "")
                case int() | float():
                    whole = isinstance(value, int)  # a seed has more digits than a float
                    yield Input(name, Kind.INT if whole else Kind.FLOAT, "")
                case str():
                    yield Input(name, Kind.STRING, "")
                case _:
                    pass


def _addressed(recipe: Recipe, key: str) -> tuple[Node, Input]:
    settable = [(node, declared) for node in recipe.nodes.values() for declared in _settable(node)]
    matches = [
        (node, declared)
        for node, declared in settable
        if key in (declared.name, f"{node.title}.{declared.name}", f"{node.id}.{declared.name}")
    ]
    if len(matches) == 1:
        return matches[0]
    if matches:
        addresses = ", ".join(f"{node.id}.{declared.name}" for node, declared in matches)
        raise RecipeInput(f"The recipe has several inputs {key!r}", f"Say which: {addresses}.")
    addresses = ", ".join(f"{node.title}.{declared.name}" for node, declared in settable)
    raise RecipeInput(f"The recipe has no input {key!r} to set", f"There are: {addresses}.")
