"""The command that starts the local server."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ..passphrase import PASSPHRASE
from .comfyui import warn_of_comfyuis


def serve(
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="Port to listen on; 0 takes a free one.")
    ] = 0,
    idle_exit: Annotated[
        float | None,
        typer.Option(
            "--idle-exit",
            min=1,
            metavar="SECONDS",
            help="End after so long without requests or work.",
        ),
    ] = None,
    browser: Annotated[
        bool, typer.Option("--open", help="Open the built-in page in the browser.")
    ] = False,
) -> None:
    """Serve recipes to programs on this machine, until stopped; prints the page's address.

    The token is shown only in a terminal: others may read a log.
    """
    from ..server.lifecycle import serve as run

    if PASSPHRASE.asks:  # now, as nobody can be prompted while it serves
        from ..vault import ask_early

        ask_early(storing=True)
    warn_of_comfyuis()
    run(port=port, idle_exit=idle_exit, started=_open if browser else _tell)


def _tell(page: str, file: Path) -> None:
    import sys

    if not sys.stdout.isatty():
        page = page.partition("#")[0]
        sys.stderr.write(
            "The page's token is not shown, as this is not a terminal: --open opens the page with "
            f"it, and so does {file}.\n"
        )
    sys.stdout.write(f"{page}\n")
    sys.stdout.flush()


def _open(page: str, file: Path) -> None:
    import webbrowser

    _tell(page, file)
    webbrowser.open(file.as_uri())  # not `page`: every user of the machine may read arguments
