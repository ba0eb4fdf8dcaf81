"""The command that keeps the sitter in edited pictures."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from ..recipes.builder import add
from ..recipes.steps import DELIVER_PICTURES, KEEP_SITTER, LOAD_SITTER, READ_PICTURES
from ..recipes.values import lines
from .declared import Json, Sitter, default, option
from .output import Output
from .perform import perform, show_files
from .pictures import spare


def keep_sitter(
    name: Sitter,
    edited: Annotated[list[str], typer.Argument(help="The edited pictures, or a folder of them.")],
    original: Annotated[
        str, typer.Option(metavar="FILE", help="The picture of the sitter that was edited.")
    ],
    keep: Annotated[str, option(KEEP_SITTER, "keep")] = default(KEEP_SITTER, "keep"),
    light: Annotated[float, option(KEEP_SITTER, "light")] = default(KEEP_SITTER, "light"),
    on_refusal: Annotated[str, option(KEEP_SITTER, "on_refusal")] = default(
        KEEP_SITTER, "on_refusal"
    ),
    size: Annotated[str, option(DELIVER_PICTURES, "size")] = default(DELIVER_PICTURES, "size"),
    format: Annotated[str, option(DELIVER_PICTURES, "format")] = default(
        DELIVER_PICTURES, "format"
    ),
    folder: Annotated[str, option(DELIVER_PICTURES, "folder", "--out", "-o")] = "kept",
    json: Json = False,
) -> None:
    """Put the sitter's own pixels back into pictures that an edit model changed."""
    spare([*edited, original], folder)
    output = Output(json)
    document: dict[str, Any] = {}
    sitter = add(document, LOAD_SITTER, "Sitter", name=name)
    pictures = add(document, READ_PICTURES, "Edited", paths="\n".join(edited))
    photo = add(document, READ_PICTURES, "Original", paths=original)
    kept = add(
        document,
        KEEP_SITTER,
        "Keep",
        pictures=pictures["pictures"],
        originals=photo["pictures"],
        identity=sitter["identity"],
        keep=keep,
        light=light,
        on_refusal=on_refusal,
    )
    add(
        document,
        DELIVER_PICTURES,
        "Deliver",
        pictures=kept["pictures"],
        size=size,
        format=format,
        folder=folder,
    )
    results = perform(document, {}, output)
    notes = [line for id in ("Keep", "Deliver") for line in lines(results.get(id, "notes"))]
    show_files(output, notes, lines(results.get("Deliver", "paths")))
