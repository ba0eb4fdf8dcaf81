"""The commands that install and uninstall the plug-in for GIMP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .declared import Json
from .output import Output

Folder = Annotated[
    Path | None,
    typer.Option(
        metavar="FOLDER", help="One GIMP's own folder, such as ~/.config/GIMP/3.0; default: all."
    ),
]
# What a sandboxed GIMP needs before it can reach headshots.
_SANDBOXES = {
    "Flatpak": "GIMP from Flatpak can't start headshots: run `flatpak override --user "
    "--filesystem=xdg-run/headshots:ro org.gimp.GIMP` once, and `headshots serve` before use.",
    "Snap": "GIMP from Snap can't start headshots, nor read its folder: see docs/gimp.md.",
}


def install(folder: Folder = None, json: Json = False) -> None:
    """Install the plug-in into your GIMP 3. Run it again after headshots was moved or updated."""
    from ..gimp import chosen
    from ..gimp import install as put

    gimps = chosen(folder)
    results = [(gimp, put(gimp)) for gimp in gimps]
    output = Output(json)
    output.result(
        [
            {"folder": str(gimp.plug_in), "version": gimp.version, "changed": changed}
            for gimp, changed in results
        ]
    )
    for gimp, changed in results:
        text = "The plug-in is now in" if changed else "The plug-in is already in"
        output.line(f"{text} {gimp.plug_in}.")
    for sandbox in dict.fromkeys(gimp.sandbox for gimp in gimps if gimp.sandbox):
        output.line(_SANDBOXES[sandbox])
    output.line("Restart GIMP; the plug-in is in Filters > Headshots.")


def uninstall(folder: Folder = None, json: Json = False) -> None:
    """Remove the plug-in from your GIMP 3."""
    from ..gimp import chosen
    from ..gimp import uninstall as take

    results = [(gimp, take(gimp)) for gimp in chosen(folder)]
    output = Output(json)
    output.result(
        [{"folder": str(gimp.plug_in), "removed": removed} for gimp, removed in results],
    )
    for gimp, removed in results:
        text = "removed" if removed else "was not there"
        output.line(f"{gimp.plug_in}: {text}.")
