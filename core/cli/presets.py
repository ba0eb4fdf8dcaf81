"""The command for presets of retouching."""

from __future__ import annotations

import inspect
from dataclasses import asdict
from typing import Annotated

import typer

from ..recipes.steps import RETOUCH
from ..retouching import PARTS, Retouching
from .declared import Json, declared_option, keyword, with_signature
from .output import Output

_NAME = typer.Argument(metavar="[NAME]", help="Of the preset to save; without it all are listed.")


def _preset(name: str, json: bool, **parts: float) -> None:
    from ..refinement.presets import presets, save_preset

    output = Output(json)
    if name:
        path = save_preset(name, Retouching(**parts))
        output.result({"name": name, "path": str(path), "parts": parts})
        output.line(f"{name} is saved in {path}.")
        return
    every = {each: asdict(parts) for each, parts in presets().items()}
    output.result([{"name": each, "parts": parts} for each, parts in every.items()])
    output.table(
        ("Preset", *(part.replace("_", " ") for part in PARTS)),
        [(each, *(f"{share:g}" for share in parts.values())) for each, parts in every.items()],
    )


preset = with_signature(
    _preset,
    "preset",
    "Save strengths of retouching as a preset of your own; without a name, list the presets.",
    [
        inspect.Parameter(
            "name",
            inspect.Parameter.KEYWORD_ONLY,
            default="",
            annotation=Annotated[str, _NAME],
        ),
        *(declared_option(RETOUCH, RETOUCH.input(part)) for part in PARTS),
        keyword("json", Json, False),
    ],
)
