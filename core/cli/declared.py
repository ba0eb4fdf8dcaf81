"""Command-line options made from the steps' declarations, so that help is written once."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import typer

from ..recipes.step import Step


def option(step: Step, name: str, *flags: str) -> Any:
    """A typer option for the input `name` of `step`; `--name` unless `flags` say otherwise."""
    declared = step.input(name)
    return typer.Option(
        *(flags or (f"--{name.replace('_', '-')}",)),
        help=declared.tooltip,
        min=declared.low,
        max=declared.high,
        metavar="NAME" if declared.choices else None,
    )


def default(step: Step, name: str) -> Any:
    """The declared default of the input `name` of `step`."""
    return step.input(name).default


Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on stdout.")
]
