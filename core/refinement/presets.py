"""Presets of retouching by name: those that come with headshots, then the user's own.

A preset of the user's is a TOML file of its name in the folder `retouch` of what they configure,
with a strength for each part.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from ..errors import InputError, PresetUnreadable, UnknownName
from ..files import make_folder, write_whole
from ..registry import unknown
from ..retouching import PARTS, Retouching, retouching_from
from ..settings import settings

_NAME = r"[a-z0-9]+(-[a-z0-9]+)*"
_LARGEST = 10_000  # bytes; a preset has a few hundred
BUILT_IN: Mapping[str, Retouching] = {
    name: retouching_from(table)
    for name, table in tomllib.loads(
        Path(__file__).with_name("presets.toml").read_text("utf-8")
    ).items()
}
_REMEDY = f"It has a number from 0 to 1 for each of {', '.join(PARTS)}."


def preset_names() -> tuple[str, ...]:
    """The presets' names, the user's own last."""
    own = sorted(each.stem for each in settings().presets.glob("*.toml"))
    return (*BUILT_IN, *(each for each in own if each not in BUILT_IN))


def preset(name: str) -> Retouching:
    """The preset called `name`.

    Raises:
        UnknownName: there is none.
        PresetUnreadable: the user's file has a fault.
    """
    if name in BUILT_IN:
        return BUILT_IN[name]
    path = settings().presets / f"{name}.toml"
    if not is_name(name) or not path.is_file():
        raise unknown("preset", name, preset_names())
    return _read(path)


def presets() -> dict[str, Retouching]:
    """All presets by name; files of the user's with a fault are left out."""
    readable = dict[str, Retouching]()
    for name in preset_names():
        with suppress(PresetUnreadable, UnknownName):
            readable[name] = preset(name)
    return readable


def save_preset(name: str, retouching: Retouching) -> Path:
    """Write the preset `name` of the user's own, in place of one of that name; its file.

    Raises:
        InputError: the name is one of a preset that comes with headshots, or can't be a name.
        StorageError: the file can't be written.
    """
    if not is_name(name):
        raise InputError(
            f"{name!r} can't be a preset's name",
            "Use lower-case letters, digits and single hyphens, such as my-studio.",
        )
    if name in BUILT_IN:
        raise InputError(
            f"{name} is a preset that comes with headshots", "Give yours another name."
        )
    path = settings().presets / f"{name}.toml"
    make_folder(path.parent)
    text = "".join(f"{part} = {share:g}\n" for part, share in asdict(retouching).items())
    write_whole(path, text.encode())
    return path


def is_name(name: str) -> bool:
    """Whether a preset may have that name."""
    return re.fullmatch(_NAME, name) is not None and len(name) <= 60


def _read(path: Path) -> Retouching:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST + 1)
        if len(text) > _LARGEST:
            raise ValueError("too large")
        return retouching_from(tomllib.loads(text.decode()))
    except (OSError, ValueError, RecursionError) as error:
        raise PresetUnreadable(f"{path} is no preset of retouching", _REMEDY) from error
