"""The command that runs any recipe."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ..errors import InputError
from ..recipes.documents import (
    built_in_names,
    named_or_file,
    native_names,
    shipped_names,
)
from ..recipes.runner import Results
from ..recipes.step import Kind
from ..recipes.values import lines
from .comfyui import AllowRemote, Comfy, name_comfyuis
from .declared import Json
from .output import Output
from .perform import perform, require_keepers


def run(
    recipe: Annotated[
        str,
        typer.Argument(
            metavar="RECIPE",
            help="A JSON file in ComfyUI's API format, or the name of one that comes with "
            "headshots: "
            + ", ".join(built_in_names())
            + "; with --comfy also "
            + ", ".join(native_names())
            + ".",
        ),
    ],
    set: Annotated[
        list[str] | None,
        typer.Option(
            "--set",
            metavar="INPUT=VALUE",
            help="Change an input: by its name, or as TITLE.INPUT or ID.INPUT where several nodes "
            "have one of that name.",
        ),
    ] = None,
    comfy: Comfy = None,
    allow_remote: AllowRemote = False,
    json: Json = False,
) -> None:
    """Run a recipe: the same file gives the same pictures here and in ComfyUI."""
    name_comfyuis(comfy, allow_remote)
    output = Output(json)
    results = perform(named_or_file(recipe, shipped_names()), assignments(set), output)
    shown = list(_shown(results))
    output.result(shown)
    for node in shown:
        for value in node["outputs"].values():
            for line in lines(value) if isinstance(value, str) else ():
                output.line(line)
    require_keepers(results)


def assignments(set: Sequence[str] | None) -> dict[str, str]:
    """The inputs and values in an option's texts INPUT=VALUE."""
    return dict(_assignment(text) for text in set or ())


def _assignment(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"--set {text!r} has no '='", "Write --set input=value.")
    return name, value


def _shown(results: Results) -> list[dict[str, Any]]:
    """The text and picture outputs of the nodes that keep or show something."""
    nodes = [node for node in results.recipe.nodes.values() if node.step.keeps]
    return [
        {
            "id": node.id,
            "title": node.title,
            "step": node.step.id,
            "outputs": {
                output.name: results.get(node.id, output.name)
                for output in node.step.outputs
                if output.kind in (Kind.STRING, Kind.PICTURES)
            },
        }
        for node in nodes
    ]
