"""Installs the node pack into a ComfyUI, by a link to this installation."""

from __future__ import annotations

import sys
from pathlib import Path

from .errors import SetupError
from .installation import ROOT

NAME = "headshots"


def place(comfyui: Path) -> Path:
    """Where the pack belongs in the ComfyUI whose folder is `comfyui`."""
    return comfyui / "custom_nodes" / NAME


def install(comfyui: Path) -> bool:
    """Link this installation into a ComfyUI; False if it was linked already.

    By the link the nodes are always those of the installed package.

    Raises:
        SetupError: it is no ComfyUI's folder, can't be written, or has another pack of this name.
    """
    link = place(comfyui)
    if not link.parent.is_dir():
        raise SetupError(
            f"{comfyui} is not the folder of a ComfyUI: it has no folder custom_nodes",
            "Name the folder that main.py of ComfyUI is in, or its base directory.",
        )
    if link.exists() and link.samefile(ROOT):
        return False
    if link.exists():
        raise SetupError(
            f"Another headshots is there already: {link}",
            "Keep that one, or remove it and run this again.",
        )
    try:
        link.unlink(missing_ok=True)  # a link to an installation that is gone
        _link(link)
    except OSError as error:
        raise SetupError(
            f"{link} can't be written: {error.strerror}", "Change the folder's permissions."
        ) from error
    return True


def _link(link: Path) -> None:
    if sys.platform == "win32":  # where a symbolic link needs an administrator
        import _winapi

        _winapi.CreateJunction(str(ROOT.resolve()), str(link))
    else:
        link.symlink_to(ROOT.resolve(), target_is_directory=True)
