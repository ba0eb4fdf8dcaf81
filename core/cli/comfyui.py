"""The command that installs our nodes into a ComfyUI, and the options that name running ones."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from .declared import Json
from .output import Output

Comfy: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--comfy",
        metavar="URL",
        help="A running ComfyUI, such as http://127.0.0.1:8188, that runs the recipe's nodes of "
        "other packs; give several to spread the work.",
    ),
]
AllowRemote: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--allow-remote",
        help="Let pictures of sitters leave this machine, to a ComfyUI elsewhere, over https.",
    ),
]


def install(
    folder: Annotated[Path, typer.Argument(help="ComfyUI's folder, in which custom_nodes is.")],
    json: Json = False,
) -> None:
    """Link the nodes of an installed headshots into a ComfyUI; run it by ComfyUI's Python."""
    from ..node_pack import install as put
    from ..node_pack import place

    changed, output = put(folder), Output(json)
    output.result({"folder": str(place(folder)), "changed": changed})
    text = "The nodes are now in" if changed else "The nodes are already in"
    output.line(f"{text} {place(folder)}. Restart ComfyUI.")


def name_comfyuis(urls: Sequence[str] | None, allow_remote: bool) -> None:
    """Make this process, and those that it starts, use these ComfyUIs; say where pictures go.

    Raises:
        InputError, ComfyuiRemote: as `addresses.addresses`.
    """
    from ..settings import settings

    variables = {
        "COMFY": " ".join(urls or ()),
        "COMFY_ALLOW_REMOTE": "true" if allow_remote else "",
    }
    os.environ.update({f"HEADSHOTS_{name}": value for name, value in variables.items() if value})
    settings.cache_clear()
    if settings().comfy:
        from ..comfyui.addresses import addresses

        addresses()
        warn_of_comfyuis()


def warn_of_comfyuis() -> None:
    """Warn on stderr if pictures of sitters leave this machine."""
    from ..comfyui.addresses import warnings

    for warning in warnings():
        sys.stderr.write(f"{warning}\n")
