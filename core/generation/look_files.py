"""Reads looks from TOML files; errors name file and key."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any, Literal, cast, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from ..errors import LookUnreadable
from ..framing import Framing
from ..registry import nearest
from .looks import BACKDROP_KEYS, Backdrop, Finish, Light, Look
from .patterns import PATTERNS

_PARTS = {"framing": Framing, "light": Light, "backdrop": Backdrop, "finish": Finish}
_TEXTS = ("title", "description")
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LARGEST = 1_000_000  # bytes; a file of looks has a few thousand
_REMEDY = "docs/looks.md says what may stand there."
# Pydantic's error types for an unknown key, in a model and in a dataclass.
_FOREIGN = ("extra_forbidden", "unexpected_keyword_argument")


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
        raise LookUnreadable(f"{path} is not TOML: {reason}", "Correct that line.") from error
    return {name: read_look(name, table, path) for name, table in tables.items()}


def read_look(name: str, table: object, path: Path | str = "the look's file") -> Look:
    """The look `name` of a TOML `table`.

    path: of its file, for messages.

    Raises:
        LookUnreadable: a key is missing or unknown, or its value of another type or out of range.
    """
    where = f"{path}, [{name}]"
    check_name(name, path)
    if not isinstance(table, dict):
        raise LookUnreadable(f"{where} is {_shown(table)}, not a table", _REMEDY)
    values = dict(cast(dict[str, Any], table))
    for part in _PARTS:
        values.setdefault(part, {})
    values["light"] = _patterned(values["light"], f"{where}, light")
    try:
        read = _Table.model_validate(values)
    except ValidationError as error:
        raise _fault(error, values, where) from None
    parts = {part: getattr(read, part) for part in _PARTS}
    look = Look(name, read.title, read.description, **parts)
    _check_backdrop(look.backdrop, values["backdrop"], where)
    if look.framing.eyes <= 0.5 * look.framing.head:
        raise LookUnreadable(
            f"{where} has eyes = {look.framing.eyes} and head = {look.framing.head}",
            "The eyes lie half-way down the head: give eyes more than half of head.",
        )
    return look


def check_name(name: str, path: Path | str = "the look's file") -> None:
    """Raise LookUnreadable unless a look may be called `name`."""
    if not _NAME.fullmatch(name):
        raise LookUnreadable(
            f"{path} has a look called {_shown(name)}",
            "Use lower-case letters, digits and single hyphens, such as warm-grey.",
        )


class _Table(BaseModel):
    """A look as its file has it."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False)

    title: Annotated[str, Field(pattern=r"\S")]
    description: Annotated[str, Field(pattern=r"\S")]
    framing: Framing
    light: Light
    backdrop: Backdrop
    finish: Finish


def _patterned(value: object, where: str) -> object:
    """`value` with defaults from the light pattern that it names, if any."""
    if not isinstance(value, dict) or "pattern" not in value:
        return value
    values = dict(cast(dict[str, object], value))
    pattern = values.pop("pattern")
    if not isinstance(pattern, str) or pattern not in PATTERNS:
        names = ", ".join(f'"{name}"' for name in PATTERNS)
        raise LookUnreadable(
            f"{where}.pattern is {_shown(pattern)}",
            f"{nearest(str(pattern), PATTERNS)}Give one of {names}.",
        )
    return {**asdict(PATTERNS[pattern]), **values}


def _check_backdrop(backdrop: Backdrop, table: Mapping[str, object], where: str) -> None:
    foreign = set(table) - BACKDROP_KEYS[backdrop.kind] - {"kind"}
    if foreign:
        raise LookUnreadable(
            f"{where}, backdrop says {min(foreign)}, which the kind {backdrop.kind} doesn't have",
            f"It has {_listed(BACKDROP_KEYS[backdrop.kind])}.",
        )
    if backdrop.kind == "picture" and not backdrop.picture:
        raise LookUnreadable(
            f"{where}, backdrop names no picture", 'Write picture = "path of a picture".'
        )


def _fault(error: ValidationError, values: Mapping[str, Any], where: str) -> LookUnreadable:
    """The first fault of a look in words; an unknown key comes first, as it may explain others."""
    faults = error.errors(include_url=False)
    fault = next((each for each in faults if each["type"] in _FOREIGN), faults[0])
    part, key = (*map(str, fault["loc"]), "")[:2]
    if part in _TEXTS:
        return LookUnreadable(f"{where} has no {part}", f'Write {part} = "...".')
    kind = _PARTS.get(part, _Table)
    if fault["type"] in _FOREIGN:
        place, strange = (f"{where}, {part}", key) if key else (where, part)
        known = _keys(kind)
        return LookUnreadable(
            f"{place} has a key {_shown(strange)}",
            f"{nearest(strange, known)}Its keys are {_listed(known)}.",
        )
    if not key:
        return LookUnreadable(f"{where}, {part} is {_shown(fault['input'])}, not a table", _REMEDY)
    hint = get_type_hints(kind, include_extras=True)[key]
    wanted = _wanted(hint)
    if fault["type"] == "missing" and len(fault["loc"]) == 2:
        return LookUnreadable(f"{where}, {part} has no {key}", f"Write {key} = {wanted}.")
    choices = get_args(hint) if get_origin(hint) is Literal else ()
    # The fault of a colour is in one of three numbers, but the message shows all of it.
    value = values[part][key]
    return LookUnreadable(
        f"{where}, {part}.{key} is {_shown(value)}",
        f"{nearest(str(value), choices)}Give {wanted}.",
    )


def _keys(kind: type) -> tuple[str, ...]:
    """The keys that a look's table, or a part of it, may have."""
    if kind is _Table:
        return tuple(_Table.model_fields)
    return (*(("pattern",) if kind is Light else ()), *get_type_hints(kind))


def _wanted(hint: Any) -> str:
    """The values that a field accepts, in words."""
    schema = TypeAdapter[Any](hint).json_schema()
    if "description" in schema:
        return schema["description"]
    if "enum" in schema:
        return "one of " + ", ".join(f'"{choice}"' for choice in schema["enum"])
    if "minimum" in schema:
        return f"a number from {schema['minimum']:g} to {schema['maximum']:g}"
    return "a text"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))


def _shown(value: object) -> str:
    """`value` for a message: on one line, and short."""
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "..."
