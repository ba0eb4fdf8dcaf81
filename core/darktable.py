"""Puts the script into darktable, and takes it out again."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path

from .errors import SetupError, WriteFailed
from .files import make_folder, write_file

SOURCE = Path(__file__).parents[1] / "darktable_plugin" / "headshots.lua"
# darktable's Python may not be ours: -E keeps its settings, -P the current folder, out.
_COMMAND = ("-E", "-P", "-m", "headshots")
_PLACE = 'local COMMAND = { "headshots" }'
_LOADED = 'require "headshots"'


def settings_folder(
    environment: Mapping[str, str] = os.environ, system: str = sys.platform
) -> Path:
    """Where darktable keeps its settings.

    Args:
        system: as `sys.platform`.
    """
    if system == "win32":
        return Path(environment.get("LOCALAPPDATA") or Path.home() / "AppData/Local") / "darktable"
    return Path(environment.get("XDG_CONFIG_HOME") or Path.home() / ".config") / "darktable"


def install(folder: Path) -> Path:
    """Put the script into darktable's settings and have darktable load it; the script's path.

    Raises:
        SetupError: no darktable was started with this folder yet.
        WriteFailed: it can't be written.
    """
    if not folder.is_dir():
        raise SetupError(
            f"darktable has no folder {folder}",
            "Start darktable once, then run this again; or name its folder with --folder.",
        )
    script = folder / "lua" / "headshots.lua"
    # JSON's texts are Lua's, but for letters beyond ASCII, which stay as they are.
    command = ", ".join(
        json.dumps(each, ensure_ascii=False) for each in (sys.executable, *_COMMAND)
    )
    text = SOURCE.read_text("utf-8").replace(_PLACE, f"local COMMAND = {{ {command} }}")
    make_folder(script.parent)
    write_file(script, text.encode())
    lines = _luarc(folder)
    if _LOADED not in lines:
        _write_luarc(folder, [*lines, _LOADED])
    return script


def uninstall(folder: Path) -> bool:
    """Take the script out; False if it wasn't there.

    Raises:
        WriteFailed: the folder can't be written.
    """
    script, lines = folder / "lua" / "headshots.lua", _luarc(folder)
    there = script.exists() or _LOADED in lines
    if _LOADED in lines:
        _write_luarc(folder, [each for each in lines if each != _LOADED])
    try:
        script.unlink(missing_ok=True)
    except OSError as error:
        raise WriteFailed(
            f"{script} can't be removed: {error.strerror}", "Mend the folder's permissions."
        ) from error
    return there


def _luarc(folder: Path) -> list[str]:
    """The lines of the file that darktable runs at its start."""
    file = folder / "luarc"
    return file.read_text("utf-8", "surrogateescape").splitlines() if file.exists() else []


def _write_luarc(folder: Path, lines: list[str]) -> None:
    text = "".join(f"{each}\n" for each in lines)
    write_file(folder / "luarc", text.encode("utf-8", "surrogateescape"))
