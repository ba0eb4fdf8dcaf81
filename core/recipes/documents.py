"""Recipe documents: JSON in ComfyUI's API format; limits and form are checked here.

The format is `{id: {"class_type": step, "inputs": {name: constant or ["id", slot]},
"_meta": {"title": text}}}`; a list that is not a link is written `{"__value__": [...]}`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, NoReturn, cast

from ...workflows import api
from ...workflows.api import native
from ..errors import RecipeUnreadable
from ..registry import unknown
from .step import Constant

MOST_BYTES = 1_000_000
MOST_NODES = 1_000

_EXPORT = "In ComfyUI, use Workflow > Export (API), or take a file from workflows/api."


@dataclass(frozen=True)
class RawNode:
    """A node as it is in a document; title may be empty."""

    step: str
    title: str
    inputs: Mapping[str, Any] = field(default_factory=dict)


def document(text: str | bytes) -> dict[str, Any]:
    """The JSON object in `text`.

    Raises:
        RecipeUnreadable: not a JSON object, or over 1 MB.
    """
    if len(text) > MOST_BYTES:
        raise RecipeUnreadable(
            "The recipe is over 1 MB", f"A recipe is a few kB of JSON. {_EXPORT}"
        )
    try:
        value = json.loads(text, object_pairs_hook=_object, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        detail = "nested too deeply" if isinstance(error, RecursionError) else error
        raise RecipeUnreadable(f"The recipe is not JSON: {detail}", _EXPORT) from None
    if not isinstance(value, dict):
        raise RecipeUnreadable(f"The recipe is a JSON {type(value).__name__}", _EXPORT)
    return cast(dict[str, Any], value)


def named_or_file(recipe: str, names: Sequence[str]) -> dict[str, Any]:
    """The built-in recipe of that name among `names`, unless a file is called so; else the file.

    Raises:
        RecipeUnreadable: see `document_file`.
    """
    if recipe in names and not Path(recipe).exists():
        return built_in(recipe)
    return document_file(Path(recipe))


def document_file(path: Path) -> dict[str, Any]:
    """The JSON object in the file at `path`; raises as `document`."""
    try:
        with path.open("rb") as file:
            text = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise RecipeUnreadable(
            f"The recipe {path} can't be read: {reason}", "Give the path of a JSON file."
        ) from None
    return document(text)


def built_in(name: str) -> dict[str, Any]:
    """The document of a recipe that comes with the package, such as "quick_headshot".

    Raises:
        UnknownName: there is none of that name.
    """
    if name in native_names():
        return document(files(native).joinpath(f"{name}.json").read_bytes())
    if name not in built_in_names():
        raise unknown("recipe", name, shipped_names())
    return document(files(api).joinpath(f"{name}.json").read_bytes())


def built_in_names() -> tuple[str, ...]:
    """The recipes that come with the package and need no other program, sorted."""
    return _names(files(api))


def native_names() -> tuple[str, ...]:
    """The recipes that come with the package and need a running ComfyUI, sorted."""
    return _names(files(native))


def shipped_names() -> tuple[str, ...]:
    """All recipes that come with the package."""
    return (*built_in_names(), *native_names())


def _names(folder: Traversable) -> tuple[str, ...]:
    names = (entry.name for entry in folder.iterdir())
    return tuple(sorted(name.removesuffix(".json") for name in names if name.endswith(".json")))


def literal(value: Constant) -> object:
    """A constant as a document writes it: a list would be taken for a link."""
    return {"__value__": [*value]} if isinstance(value, tuple) else value


def unwrapped(value: object) -> object:
    """What a literal of a document stands for; not yet checked."""
    if isinstance(value, dict) and "__value__" in value:
        return cast(dict[str, object], value)["__value__"]
    return value


def raw_nodes(document: Mapping[str, Any]) -> dict[str, RawNode]:
    """The nodes by id.

    Raises:
        RecipeUnreadable: not in the API format, over 1000 nodes, or not JSON values.
    """
    if "nodes" in document and "links" in document:
        raise RecipeUnreadable("The recipe is in the format of ComfyUI's editor", _EXPORT)
    if len(document) > MOST_NODES:
        raise RecipeUnreadable(
            f"The recipe has {len(document)} nodes", f"At most {MOST_NODES} are run."
        )
    try:  # also finds half a surrogate pair, which can be neither shown nor stored
        json.dumps(document, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, TypeError, RecursionError) as error:
        raise RecipeUnreadable(f"The recipe is not sound JSON: {error}", _EXPORT) from None
    return {id: _raw_node(id, node) for id, node in document.items()}


def _raw_node(id: str, node: object) -> RawNode:
    match node:
        case {
            "class_type": str(step),
            **rest,
        }:
            inputs, meta = rest.get("inputs", {}), rest.get("_meta", {})
            if isinstance(inputs, dict) and isinstance(meta, dict):
                title = cast(dict[str, Any], meta).get("title", "")
                named = title if isinstance(title, str) else ""
                return RawNode(step, named, cast(dict[str, Any], inputs))
        case _:
            pass
    raise RecipeUnreadable(f"Node {id} of the recipe is not a node of the API format", _EXPORT)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ValueError("one name stands twice in an object")
    return members


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not a number")
