"""Writes a look as the text of a file that `look_files` reads."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, cast

from .looks import BACKDROP_KEYS, Look


def look_text(look: Look) -> str:
    """The TOML table of a look; read again it is the same look."""
    backdrop = asdict(look.backdrop)
    keys = BACKDROP_KEYS[look.backdrop.kind] | {"kind"}
    parts = {
        "title": look.title,
        "description": look.description,
        "framing": asdict(look.framing),
        "light": asdict(look.light),
        "backdrop": {key: value for key, value in backdrop.items() if key in keys},
        "finish": asdict(look.finish),
    }
    lines = [f"{name} = {_value(value)}" for name, value in parts.items()]
    return "\n".join([f"[{look.name}]", *lines, ""])


def _value(value: object) -> str:
    """A TOML value; what is None is left out of tables."""
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        entries = cast(Mapping[str, Any], value).items()
        inside = ", ".join(f"{key} = {_value(each)}" for key, each in entries if each is not None)
        return f"{{ {inside} }}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, cast(list[Any], value)))}]"
    return str(value).lower() if isinstance(value, bool) else repr(value)
