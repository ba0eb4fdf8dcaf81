"""Restricts the paths in recipes, which may be untrusted, to allowed folders."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from ..errors import InputError
from ..photos.writing import DEVICES

_NOT_IN_FOLDERS = re.compile(r'[<>:"|?*\x00-\x1f]')


def resolve_within(base: Path, folder: str, called: str) -> Path:
    """The folder below `base` that `folder` names; the recipe may come from another system.

    Args:
        called: name of `base` in the error.

    Raises:
        InputError: it leads out of `base` (by "..", a drive, a share, a link or an absolute path),
            or some system reserves the name for a device.
    """
    # PureWindowsPath knows both kinds of slashes, drives and shares.
    wanted = PureWindowsPath(folder.strip())
    odd = [part for part in wanted.parts if _NOT_IN_FOLDERS.search(part) or _device(part)]
    place = base.joinpath(*wanted.parts)
    hint = "Give a folder within it, such as 'headshots' or 'team/2026'."
    if wanted.anchor or ".." in wanted.parts or not (odd or really_below(base, place)):
        raise InputError(f"The folder {folder!r} is outside {called}", hint)
    if odd:
        raise InputError(
            f"{folder!r} can't be the name of a folder on every system ({called})", hint
        )
    return place


def allowed(bases: Iterable[Path], text: str) -> Path:
    """The file or folder at the absolute path `text`, which must be in one of `bases`.

    Raises:
        InputError: it isn't, or only by ".." or a link; or it is in a hidden folder; or some system
            reserves the name for a device.
    """
    stripped = text.strip()
    path, parts = Path(stripped), PureWindowsPath(stripped).parts
    fit = path.is_absolute() and ".." not in parts and not any(map(_device, parts))
    if not fit or "\0" in stripped or not any(_openly_below(base, path) for base in bases):
        raise InputError(
            f"{text!r} is in none of the folders that this server reads and writes",
            "Give a name within its output folder, hand the pictures over, or set "
            "HEADSHOTS_SERVER_DIRS.",
        )
    return path


def _openly_below(base: Path, place: Path) -> bool:
    """Whether `place` is below `base` and in no hidden folder, with links resolved."""
    if not really_below(base, place):
        return False
    below_it = place.resolve().relative_to(base.resolve())
    named = place.relative_to(base) if place.is_relative_to(base) else below_it
    return not any(part.startswith(".") for part in (*below_it.parts, *named.parts))


def _device(part: str) -> bool:
    """Whether Windows reserves the name for a device, ignoring suffix and trailing spaces."""
    return part.partition(".")[0].rstrip(" ").upper() in DEVICES


def really_below(base: Path, place: Path) -> bool:
    """Whether `place` is below `base` with links resolved; False for loops of links."""
    try:
        real = place.resolve()
        # From Python 3.13 on, resolve() returns a loop of links unresolved.
        looped = any(each.is_symlink() for each in (real, *real.parents))
        return not looped and real.is_relative_to(base.resolve())
    except (OSError, ValueError, RuntimeError):  # a loop of links, half a character
        return False
