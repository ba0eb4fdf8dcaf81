"""Folders that a recipe may name: below one that is allowed, whoever wrote the recipe."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path, PureWindowsPath

from ..errors import InputError
from ..photos.writing import DEVICES

_NOT_IN_FOLDERS = re.compile(r'[<>:"|?*\x00-\x1f]')


def resolve_within(base: Path, folder: str, called: str) -> Path:
    """The folder below `base` that `folder` names; a recipe may come from another system.

    Args:
        called: what `base` is, for the error.

    Raises:
        InputError: it leads out (by "..", a drive, a share, a link, or as an absolute path), or is
            what some system takes for a device.
    """
    # It knows both kinds of slashes, drives and shares.
    asked = PureWindowsPath(folder.strip())
    odd = [part for part in asked.parts if _NOT_IN_FOLDERS.search(part) or _device(part)]
    place = base.joinpath(*asked.parts)
    hint = "Give a folder within it, such as 'headshots' or 'team/2026'."
    if asked.anchor or ".." in asked.parts or not (odd or really_below(base, place)):
        raise InputError(f"The folder {folder!r} is outside {called}", hint)
    if odd:
        raise InputError(
            f"{folder!r} can't be the name of a folder on every system ({called})", hint
        )
    return place


def allowed(bases: Iterable[Path], path: str) -> Path:
    """The file or folder at the absolute `path`, which is in one of `bases`.

    Raises:
        InputError: it isn't, or only by "..", or by a link; it lies in a hidden folder there; or it
            is what some system takes for a device.
    """
    text = path.strip()
    asked, parts = Path(text), PureWindowsPath(text).parts
    fit = asked.is_absolute() and ".." not in parts and not any(map(_device, parts))
    if not fit or "\0" in text or not any(_openly_below(base, asked) for base in bases):
        raise InputError(
            f"{path!r} is in none of the folders that this server reads and writes",
            "Give a name within its output folder, hand the pictures over, or set "
            "HEADSHOTS_SERVER_DIRS.",
        )
    return asked


def _openly_below(base: Path, place: Path) -> bool:
    """Whether a place lies in no hidden folder below `base`, wherever links lead."""
    if not really_below(base, place):
        return False
    below_it = place.resolve().relative_to(base.resolve())
    named = place.relative_to(base) if place.is_relative_to(base) else below_it
    return not any(part.startswith(".") for part in (*below_it.parts, *named.parts))


def _device(part: str) -> bool:
    """Whether Windows takes a name for a device, whatever its suffix and trailing spaces."""
    return part.partition(".")[0].rstrip(" ").upper() in DEVICES


def really_below(base: Path, place: Path) -> bool:
    """Whether no link leads out, or in circles."""
    try:
        real = place.resolve()
        # From Python 3.13 on, resolve() gives back a loop of links as it stands.
        looped = any(each.is_symlink() for each in (real, *real.parents))
        return not looped and real.is_relative_to(base.resolve())
    except (OSError, ValueError, RuntimeError):  # a loop of links, half a character
        return False
