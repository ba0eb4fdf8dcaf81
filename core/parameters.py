"""Typed parameters of a step: each field with its range, default and description.

Plain dataclasses, as the command line's help must not wait for a library of models.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import isfinite
from typing import Any, get_args, get_type_hints

from .errors import InputError


@dataclass(frozen=True)
class Parameter:
    """One parameter.

    name: of the field.
    type: str, bool, int or float.
    default: its default.
    description: for people.
    low, high: range of a number, inclusive; None where open.
    choices: what may be chosen; empty where that is not fixed.
    """

    name: str
    type: type[Any]
    default: Any
    description: str
    low: float | None
    high: float | None
    choices: tuple[str, ...]


def parameter(
    default: Any, description: str, *, low: float | None = None, high: float | None = None
) -> Any:
    """A field of a dataclass of parameters; see `Parameter`."""
    return field(default=default, metadata={"description": description, "low": low, "high": high})


def parameters_of(model: type[Any]) -> tuple[Parameter, ...]:
    """The parameters that the fields of `model` declare, in order."""
    types: Mapping[str, Any] = get_type_hints(model)
    return tuple(
        Parameter(
            each.name,
            str if get_args(types[each.name]) else types[each.name],
            each.default,
            each.metadata["description"],
            each.metadata["low"],
            each.metadata["high"],
            get_args(types[each.name]),
        )
        for each in fields(model)
    )


def in_range(value: float, low: float | None, high: float | None) -> bool:
    """Whether `value` is finite and from `low` to `high`, inclusive; None is open."""
    # Only floats are tested: a long integer doesn't fit a float.
    if isinstance(value, float) and not isfinite(value):
        return False
    return (low is None or low <= value) and (high is None or value <= high)


def check_parameters(values: Any) -> None:
    """Raise InputError if a field of the dataclass `values` is out of its range or no choice."""
    for each in parameters_of(type(values)):
        value = getattr(values, each.name)
        if each.choices and value not in each.choices:
            raise InputError(
                f"The {each.name} {value!r} was asked for", f"Give {' or '.join(each.choices)}."
            )
        if each.low is not None and not in_range(value, each.low, each.high):
            raise InputError(
                f"A {each.name} of {value} was asked for", f"Give {each.low:g} to {each.high:g}."
            )
