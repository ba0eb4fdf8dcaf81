"""Command-line options made from the steps' declarations, so that each help text exists once."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Sequence
from typing import Annotated, Any, TypeAlias

import typer

from ..recipes.step import Constant, Input, Kind, Step
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


_TYPES = {Kind.STRING: str, Kind.CHOICE: str, Kind.INT: int, Kind.FLOAT: float, Kind.BOOLEAN: bool}


def keyword(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    """A keyword parameter for a command whose signature is built in code."""
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation
    )


def declared_option(
    step: Step, declared: Input, *flags: str, default: Constant | None = None
) -> inspect.Parameter:
    """The option for an input of `step`, with the input's type, range, default and help.

    flags: of the option; by default `--name`, or `--name/--no-name` for a switch.
    default: instead of the input's own.
    """
    if declared.kind is Kind.BOOLEAN:
        dashed = declared.name.replace("_", "-")
        flags = flags or (f"--{dashed}/--no-{dashed}",)
    kind = Annotated[_TYPES[declared.kind], option(step, declared.name, *flags)]
    return keyword(declared.name, kind, declared.default if default is None else default)


def with_signature(
    command: Callable[..., None], name: str, help: str, parameters: Sequence[inspect.Parameter]
) -> Callable[..., None]:
    """`command`, which takes keywords, with the name, help and parameters that typer reads."""
    command.__name__, command.__doc__ = name, help
    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {each.name: each.annotation for each in parameters}
    return command


def from_stdin(name: str | None) -> str | None:
    """`name`, or if it is "-" the first line of standard input, which `ps` doesn't show."""
    return sys.stdin.readline().rstrip("\r\n") if name == "-" else name


Sitter: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="NAME", callback=from_stdin, help=LOAD_SITTER.input("name").tooltip),
]
Json: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Print the result as JSON, and nothing else, on stdout.")
]
