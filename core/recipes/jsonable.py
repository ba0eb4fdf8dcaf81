"""Converts results to JSON values, for the command line and the server."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import fields, is_dataclass
from typing import Any, cast


def to_jsonable(value: Any) -> Any:
    """`value` as JSON values: records as objects, NumPy scalars as numbers, NaN as null."""
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, str | int):
        return value
    if hasattr(value, "to_json"):  # what is not imported here, as help must stay fast
        return to_jsonable(value.to_json())
    if is_dataclass(value):
        return {part.name: to_jsonable(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Mapping):
        items = cast(Mapping[object, object], value).items()
        return {str(name): to_jsonable(item) for name, item in items}
    if isinstance(value, Sequence):
        return [to_jsonable(item) for item in cast(Sequence[object], value)]
    return str(value)
