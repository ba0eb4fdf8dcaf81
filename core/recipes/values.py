"""Checks constants against the declarations of inputs: types, ranges and choices."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import cast

from ..errors import RecipeInput
from ..parameters import in_range
from ..registry import nearest
from .step import Constant, Input, Kind

_YES = ("true", "yes", "on", "1")
_NO = ("false", "no", "off", "0")


def check(declared: Input, value: object) -> Constant:
    """`value` as a constant for the input `declared`.

    Whole floats are accepted for INT and integers for FLOAT, as JSON writers mix them; CHOICES
    are a list of names.

    Raises:
        RecipeInput: another type, out of range, not among the choices, or text with a NUL.
    """
    match declared.kind:
        case Kind.STRING if isinstance(value, str):
            return _text(declared, value)
        case Kind.CHOICE if isinstance(value, str):
            return _choice(declared, value)
        case Kind.CHOICES if isinstance(value, list | tuple) and value:
            return _choices(declared, cast(Sequence[object], value))
        case Kind.BOOLEAN if isinstance(value, bool):
            return value
        case Kind.INT if _whole(value):
            return int(_in_range(declared, value))  # type: ignore[arg-type]
        case Kind.FLOAT if isinstance(value, int | float) and not isinstance(value, bool):
            return float(_in_range(declared, value))
        case _:
            raise _unfit(declared, value)


def parse(declared: Input, text: str) -> Constant:
    """`text`, as typed on a command line, as a constant for the input `declared`.

    Commas separate CHOICES.

    Raises:
        RecipeInput: as `check`.
    """
    plain = text.strip()
    try:
        match declared.kind:
            case Kind.INT:
                return check(declared, int(plain))
            case Kind.FLOAT:
                return check(declared, float(plain))
            case Kind.BOOLEAN if plain.lower() in _YES + _NO:
                return plain.lower() in _YES
            case Kind.CHOICES:
                return check(declared, [each.strip() for each in plain.split(",") if each.strip()])
            case _:
                return check(declared, text)
    except ValueError:
        raise _unfit(declared, text) from None


def lines(text: str) -> list[str]:
    """The items of a multiline STRING: its non-blank lines, stripped.

    Only line feeds separate them: a file's name may hold other line-end characters.
    """
    return [line.strip() for line in text.split("\n") if line.strip()]


def accepted(declared: Input) -> str:
    """The accepted values of `declared`, in words."""
    low, high = declared.low, declared.high
    between = "" if low is None or high is None else f" from {low:g} to {high:g}"
    match declared.kind:
        case Kind.INT:
            return f"a whole number{between}"
        case Kind.FLOAT:
            return f"a number{between}"
        case Kind.BOOLEAN:
            return "true or false"
        case Kind.CHOICE:
            return "one of " + ", ".join(declared.options())
        case Kind.CHOICES:
            return "one or more of " + ", ".join(declared.options())
        case Kind.STRING:
            return "text, one item a line" if declared.multiline else "text"
        case _:
            return f"a link to an output that gives {declared.kind.words}"


def _whole(value: object) -> bool:
    if isinstance(value, float):
        return math.isfinite(value) and value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


def _in_range(declared: Input, value: int | float) -> int | float:
    if not in_range(value, declared.low, declared.high):
        raise _unfit(declared, value)
    return value


def _text(declared: Input, value: str) -> str:
    if "\0" in value:
        raise _unfit(declared, value)
    return value


def _choice(declared: Input, value: str) -> str:
    options = declared.options()
    if value in options:
        return value
    raise RecipeInput(
        f"{declared.name} is {_short(value)}",
        f"{nearest(value, options)}{declared.name} is {accepted(declared)}.",
    )


def _choices(declared: Input, values: Sequence[object]) -> tuple[str, ...]:
    """The choices, each once."""
    for value in values:
        if not isinstance(value, str):
            raise _unfit(declared, value)
    return tuple(dict.fromkeys(_choice(declared, str(value)) for value in values))


def _unfit(declared: Input, value: object) -> RecipeInput:
    return RecipeInput(
        f"{declared.name} is {_short(value)}", f"{declared.name} is {accepted(declared)}."
    )


def _short(value: object) -> str:
    if isinstance(value, int) and value.bit_length() > 200:
        return "a very long number"  # Python refuses to write these out
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
