"""The commands that put the script into darktable and take it out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .declared import Json
from .output import Output

Folder = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="darktable's own folder of settings, if it is elsewhere."),
]


def install(folder: Folder = None, json: Json = False) -> None:
    """Put headshots into darktable. Run it again after headshots was moved or updated."""
    from .. import darktable

    output = Output(json)
    script = darktable.install(folder or darktable.settings_folder())
    output.result({"script": str(script)})
    output.line(f"The script is now at {script}.")
    output.line("Restart darktable; the module is on the right of the lighttable.")


def uninstall(folder: Folder = None, json: Json = False) -> None:
    """Take headshots out of darktable."""
    from .. import darktable

    output, place = Output(json), folder or darktable.settings_folder()
    removed = darktable.uninstall(place)
    output.result({"folder": str(place), "removed": removed})
    output.line(f"{place}: {'removed' if removed else 'was not there'}.")
