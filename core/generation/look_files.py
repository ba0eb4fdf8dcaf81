"""Looks from TOML, each value checked, each fault named with its file and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import MISSING, asdict, fields
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, cast, get_args, get_origin, get_type_hints

from ..errors import LookUnreadable
from .looks import BACKDROP_KEYS, Backdrop, Colour, Finish, Framing, Light, Look, Range
from .patterns import PATTERNS

_PARTS = {"framing": Framing, "light": Light, "backdrop": Backdrop, "finish": Finish}
_TEXTS = ("title", "description")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_HEX = re.compile(r"#[0-9a-fA-F]{6}")
_LARGEST = 1_000_000  # bytes; a file of looks has a few thousand
_REMEDY = "docs/looks.md says what may stand there."

T = TypeVar("T")


def read_looks(path: Path) -> dict[str, Look]:
    """The looks in the TOML file at `path`, by name, in its order.

    Raises:
        LookUnreadable: it can't be opened, is no TOML, or one of its looks has a fault.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise LookUnreadable(f"{path} is too large for a file of looks", "Check the file.")
        text = path.read_text("utf-8")
    except OSError as error:
        raise LookUnreadable(
            f"{path} can't be opened: {error.strerror}", "Check that you may read it, or move it."
        ) from error
    except UnicodeDecodeError as error:
        raise LookUnreadable(f"{path} is not text in UTF-8", "Save it as UTF-8.") from error
    try:
        tables = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        reason = str(error) or "nested too deep"
        raise LookUnreadable(f"{path} is not TOML: {reason}", "Mend that place.") from error
    return {name: read_look(name, table, path) for name, table in tables.items()}


def read_look(name: str, table: object, path: Path | str = "the look's file") -> Look:
    """The look `name` of a TOML `table`; `path` is the file it stands in.

    Raises:
        LookUnreadable: a key is missing, foreign, of another type or out of range.
    """
    where = f"{path}, [{name}]"
    if not _NAME.fullmatch(name):
        raise LookUnreadable(
            f"{path} has a look called {_shown(name)}",
            "Use lower-case letters, digits and single hyphens, such as warm-grey.",
        )
    values = dict(_table(table, where))
    _only(values, {*_TEXTS, *_PARTS}, where)
    for key in _TEXTS:
        if not isinstance(values.get(key), str) or not values[key].strip():
            raise LookUnreadable(f"{where} has no {key}", f'Write {key} = "...".')
    values["light"] = _patterned(values.get("light", {}), f"{where}, light")
    parts: dict[str, Any] = {
        part: _record(kind, values.get(part, {}), f"{where}, {part}")
        for part, kind in _PARTS.items()
    }
    look = Look(name, values["title"], values["description"], **parts)
    _check_backdrop(look.backdrop, values.get("backdrop", {}), where)
    if look.framing.eyes <= 0.5 * look.framing.head:
        raise LookUnreadable(
            f"{where} has eyes = {look.framing.eyes} and head = {look.framing.head}",
            "The eyes lie half-way down the head: give eyes more than half of head.",
        )
    return look


def _patterned(given: object, where: str) -> object:
    """`given` filled up from the light pattern that it names, if it names one."""
    if not isinstance(given, dict) or "pattern" not in given:
        return given
    values = dict(cast(dict[str, object], given))
    pattern = values.pop("pattern")
    if not isinstance(pattern, str) or pattern not in PATTERNS:
        known = ", ".join(f'"{name}"' for name in PATTERNS)
        raise LookUnreadable(f"{where}.pattern is {_shown(pattern)}", f"Give one of {known}.")
    return {**asdict(PATTERNS[pattern]), **values}


def _check_backdrop(backdrop: Backdrop, given: Mapping[str, object], where: str) -> None:
    foreign = set(given) - BACKDROP_KEYS[backdrop.kind] - {"kind"}
    if foreign:
        raise LookUnreadable(
            f"{where}, backdrop says {min(foreign)}, which the kind {backdrop.kind} doesn't have",
            f"It has {_listed(BACKDROP_KEYS[backdrop.kind])}.",
        )
    if backdrop.kind == "picture" and not backdrop.picture:
        raise LookUnreadable(
            f"{where}, backdrop names no picture", 'Write picture = "path of a picture".'
        )


def _record(kind: type[T], given: object, where: str) -> T:
    """`given` as a `kind`, one of the parts of a look."""
    values = _table(given, where)
    hints = get_type_hints(kind, include_extras=True)
    _only(values, set(hints), where)
    read: dict[str, Any] = {}
    for each in fields(cast(Any, kind)):
        if each.name in values:
            read[each.name] = _value(values[each.name], hints[each.name], f"{where}.{each.name}")
        elif each.default is MISSING and each.default_factory is MISSING:
            raise LookUnreadable(
                f"{where} has no {each.name}", f"Write {each.name} = {_wanted(hints[each.name])}."
            )
    return kind(**read)


def _value(value: object, hint: Any, where: str) -> Any:
    """`value` as what a field is annotated with."""
    if hint == Colour:
        return _colour(value, where)
    bounds: Range | None = None
    if get_origin(hint) is Annotated:
        hint, bounds = get_args(hint)[:2]
    allowed = get_args(hint) if isinstance(hint, UnionType) else (hint,)
    for each in allowed:
        if get_origin(each) is Literal and value in get_args(each):
            return value
        if each is float and _number(value) and _within(cast(float, value), bounds):
            return float(cast(float, value))
        if each in (str, bool) and isinstance(value, each):
            return value
        if each is int and isinstance(value, int) and not isinstance(value, bool):
            return value
    annotated = hint if bounds is None else Annotated[hint, bounds]
    raise LookUnreadable(f"{where} is {_shown(value)}", f"Give {_wanted(annotated)}.")


def _number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _within(value: float, bounds: Range | None) -> bool:
    if isinstance(value, int) and abs(value) > 2**53:
        return False
    return isfinite(value) and (bounds is None or bounds.low <= value <= bounds.high)


def _colour(value: object, where: str) -> Colour:
    if isinstance(value, str) and _HEX.fullmatch(value):
        red, green, blue = (int(value[i : i + 2], 16) / 255 for i in (1, 3, 5))
        return red, green, blue
    if isinstance(value, list):
        parts = cast(list[object], value)
        if len(parts) == 3 and all(_number(p) and _within(cast(float, p), _UNIT) for p in parts):
            red, green, blue = (float(cast(float, part)) for part in parts)
            return red, green, blue
    raise LookUnreadable(f"{where} is {_shown(value)}", f"Give {_wanted(Colour)}.")


_UNIT = Range(0, 1)


def _wanted(hint: Any) -> str:
    """What a field takes, in words."""
    if hint == Colour:
        return 'a colour: "#rrggbb", or [red, green, blue] from 0 to 1'
    if get_origin(hint) is Annotated:
        kind, bounds = get_args(hint)[:2]
        return f"{_wanted(kind)} from {bounds.low:g} to {bounds.high:g}"
    if get_origin(hint) is Literal:
        return "one of " + ", ".join(f'"{choice}"' for choice in get_args(hint))
    words = {float: "a number", int: "a whole number", bool: "true or false", str: "a text"}
    return words.get(hint, "another value")


def _table(value: object, where: str) -> dict[str, Any]:
    if isinstance(value, dict):
        return cast(dict[str, Any], value)
    raise LookUnreadable(f"{where} is {_shown(value)}, not a table", _REMEDY)


def _only(values: Mapping[str, object], known: set[str], where: str) -> None:
    foreign = set(values) - known
    if foreign:
        raise LookUnreadable(
            f"{where} has a key {_shown(min(foreign))}", f"Its keys are {_listed(known)}."
        )


def _listed(names: set[str] | frozenset[str]) -> str:
    return ", ".join(sorted(names))


def _shown(value: object) -> str:
    """`value` for a message: on one line, and short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
