"""Command-line options made from the steps' declarations, so that help is written once."""

from __future__ import annotations

import sys
from typing import Annotated, Any, TypeAlias

import typer

from ..recipes.step import Step
from ..recipes.steps import LOAD_SITTER


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


def from_stdin(name: str | None) -> str | None:
    """`name`, or the first line of standard input where it is "-": `ps` shows command lines."""
    return sys.stdin.readline().rstrip("\r\n") if name == "-" else name


Sitter: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="NAME", callback=from_stdin, help=LOAD_SITTER.input("name").tooltip),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on stdout.")
]
