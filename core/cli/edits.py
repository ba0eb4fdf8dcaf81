"""Commands that read pictures, run one step on them and write them, made from declarations."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Annotated, Any

import typer

from ..recipes.builder import add
from ..recipes.step import Constant, Kind, Step
from ..recipes.steps import (
    CROP,
    DELIVER_PICTURES,
    LOAD_SITTER,
    READ_PICTURES,
    RELIGHT,
    REPLACE_BACKDROP,
    RETOUCH,
    UPSCALE,
)
from ..recipes.values import lines
from .declared import Json, declared_option, from_stdin, keyword, with_signature
from .output import Output
from .perform import perform, show_files
from .pictures import Pictures, spare

_WRITTEN = ("size", "format", "carry", "folder")  # inputs of the delivery step that are options


def _command(step: Step, name: str, folder: str) -> Callable[..., None]:
    """The command `name`, which runs `step` and writes the results into `folder` by default."""
    constants = [each for each in step.inputs if each.kind.constant]
    delivered = [
        DELIVER_PICTURES.input(each)
        for each in _WRITTEN
        if each not in (declared.name for declared in constants)
    ]
    asks_sitter = any(each.kind is Kind.IDENTITY for each in step.inputs)

    def command(pictures: list[str], json: bool, sitter: str = "", **values: Constant) -> None:
        spare(pictures, str(values["folder"]))
        output = Output(json)
        document = _document(
            step,
            pictures,
            sitter,
            {each.name: values[each.name] for each in constants},
            {each.name: values[each.name] for each in delivered},
        )
        results = perform(document, {}, output)
        notes = [line for id in ("Edit", "Deliver") for line in lines(results.get(id, "notes"))]
        show_files(output, notes, lines(results.get("Deliver", "paths")))

    parameters = [keyword("pictures", Pictures, inspect.Parameter.empty)]
    if asks_sitter:
        help = LOAD_SITTER.input("name").tooltip
        sitter_option = typer.Option("--sitter", metavar="NAME", callback=from_stdin, help=help)
        parameters.append(keyword("sitter", Annotated[str, sitter_option], ""))
    parameters += [declared_option(step, each) for each in constants]
    for each in delivered:
        start = folder if each.name == "folder" else each.default
        flags = ("--out", "-o") if each.name == "folder" else ()
        parameters.append(declared_option(DELIVER_PICTURES, each, *flags, default=start))
    parameters.append(keyword("json", Json, False))
    return with_signature(command, name, step.summary, parameters)


def _document(
    step: Step,
    pictures: list[str],
    sitter: str,
    constants: dict[str, Constant],
    delivery: dict[str, Constant],
) -> dict[str, Any]:
    """The recipe: read, `step`, deliver."""
    document: dict[str, Any] = {}
    read = add(document, READ_PICTURES, "Pictures", paths="\n".join(pictures))
    inputs: dict[str, Any] = {"pictures": read["pictures"], **constants}
    if sitter:
        inputs["identity"] = add(document, LOAD_SITTER, "Sitter", name=sitter)["identity"]
    edited = add(document, step, "Edit", **inputs)
    add(document, DELIVER_PICTURES, "Deliver", pictures=edited["pictures"], **delivery)
    return document


retouch = _command(RETOUCH, "retouch", "retouched")
relight = _command(RELIGHT, "relight", "relit")
backdrop = _command(REPLACE_BACKDROP, "backdrop", "backdrop")
upscale = _command(UPSCALE, "upscale", "upscaled")
crop = _command(CROP, "crop", "cropped")
