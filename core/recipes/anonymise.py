"""Removes names of people and files from a recipe, for a picture's metadata."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from ..errors import RecipeInput
from .documents import literal, unwrapped
from .step import Constant, Input, Kind, Step
from .steps import STEPS
from .values import check

# The only text that is kept: no person or file has such a name.
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def anonymise(
    document: Mapping[str, Any], node: str, steps: Mapping[str, Step] = STEPS
) -> dict[str, Any]:
    """The part of a recipe that leads to `node`, anonymised; both in the API format.

    Structure, numbers, switches and choices stay, so that the picture can be made again by
    whoever has the photos. Typed text (names, paths, headings) is removed, except colours, and so
    are titles and ids. Nodes are numbered in the order of the links that lead to them, and defaults
    are filled in, so that the same recipe always gives the same text. Of other packs' nodes, whose
    choices look like any text, only links, numbers and switches stay.
    """
    ids = {id: str(number) for number, id in enumerate(_leading_to(document, node), 1)}
    return {
        number: {"class_type": _step_of(document[id]), "inputs": _inputs(document[id], ids, steps)}
        for id, number in ids.items()
    }


def written(document: Mapping[str, Any]) -> str:
    """A document as one line of JSON."""
    return json.dumps(document, ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _leading_to(document: Mapping[str, Any], node: str) -> list[str]:
    """`node` and all nodes that it depends on, each after its own dependencies."""
    ordered: dict[str, None] = {}
    waiting = [(node, False)]
    begun: set[str] = set()
    while waiting:
        id, ready = waiting.pop()
        if ready:
            ordered[id] = None
        elif id not in begun and id in document:
            begun.add(id)
            waiting.append((id, True))
            needed = [link[0] for _, link in _links(document[id])]
            waiting += [(each, False) for each in reversed(needed)]
    return list(ordered)


def _inputs(
    node: Mapping[str, Any], ids: Mapping[str, str], steps: Mapping[str, Step]
) -> dict[str, Any]:
    inputs: dict[str, Any] = {
        name: [ids[link[0]], link[1]] for name, link in _links(node) if link[0] in ids
    }
    step = steps.get(_step_of(node))
    values = dict(_input_values(node))
    if step is None:
        return inputs | {name: value for name, value in values.items() if _number(value)}
    for declared in step.inputs:
        if declared.kind.constant and declared.name not in inputs:
            value = unwrapped(values.get(declared.name, declared.default))
            inputs[declared.name] = literal(_public(declared, value))
    return inputs


def _number(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _public(declared: Input, value: object) -> Constant:
    """`value`, or the declared default if `value` may be a name or is invalid."""
    named = declared.kind is Kind.STRING and not (
        isinstance(value, str) and _COLOUR.fullmatch(value.strip())
    )
    with suppress(RecipeInput):
        if not named:
            return check(declared, value)  # 5 and 5.0 are one number, whoever wrote it
    return "" if declared.default is None else declared.default


def _input_values(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The inputs of a node, sorted by name, as documents order them differently."""
    inputs = node.get("inputs")
    if isinstance(inputs, Mapping):
        yield from sorted(cast(Mapping[str, Any], inputs).items())


def _links(node: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, int]]]:
    for name, value in _input_values(node):
        match value:
            case [str(source), int(slot)] if not isinstance(slot, bool):
                yield name, (source, slot)
            case _:
                pass


def _step_of(node: Mapping[str, Any]) -> str:
    return str(node.get("class_type", ""))
