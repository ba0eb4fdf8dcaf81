"""A recipe without what names a person or a file: fit to travel in a picture's metadata."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any, cast

from ..errors import RecipeInput
from .step import Constant, Input, Kind, Step
from .steps import STEPS
from .values import check

# The only text that is kept: no person and no file is called that.
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


def anonymise(
    document: Mapping[str, Any], node: str, steps: Mapping[str, Step] = STEPS
) -> dict[str, Any]:
    """What leads to `node` of a recipe in the API format, as a recipe in the API format.

    Structure, numbers, switches and choices stay, so that the picture can be made again by
    whoever has the photos. Text that was typed in (names, paths, headings) is gone but for
    colours, and so are the nodes' titles and ids: nodes are numbered in the order of the links
    that lead to them, and what wasn't given is filled in, so that the same recipe always reads the
    same. Of other packs' nodes, whose choices can't be told from text, only links, numbers and
    switches stay.
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
    """`node` and all that it needs, each after what it needs itself."""
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
    given = dict(_given(node))
    if step is None:
        return inputs | {name: value for name, value in given.items() if _number(value)}
    for declared in step.inputs:
        if declared.kind.constant and declared.name not in inputs:
            inputs[declared.name] = _public(declared, given.get(declared.name, declared.default))
    return inputs


def _number(value: object) -> bool:
    return isinstance(value, int) or (isinstance(value, float) and math.isfinite(value))


def _public(declared: Input, value: object) -> Constant:
    """`value`, or the declared default where it may name somebody or doesn't fit."""
    named = declared.kind is Kind.STRING and not (
        isinstance(value, str) and _COLOUR.fullmatch(value.strip())
    )
    with suppress(RecipeInput):
        if not named:
            return check(declared, value)  # 5 and 5.0 are one number, whoever wrote it
    return "" if declared.default is None else declared.default


def _given(node: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """The inputs of a node, in the order of their names: documents differ in theirs."""
    inputs = node.get("inputs")
    if isinstance(inputs, Mapping):
        yield from sorted(cast(Mapping[str, Any], inputs).items())


def _links(node: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, int]]]:
    for name, value in _given(node):
        match value:
            case [str(source), int(slot)] if not isinstance(slot, bool):
                yield name, (source, slot)
            case _:
                pass


def _step_of(node: Mapping[str, Any]) -> str:
    return str(node.get("class_type", ""))
