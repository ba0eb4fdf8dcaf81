"""The Typer application with all commands."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from ... import __version__
from ..errors import Cancelled
from ..notices import NOTICES
from ..passphrase import PASSPHRASE
from . import (
    batch,
    comfyui,
    darktable,
    documents,
    edits,
    gimp,
    machine,
    models,
    pictures,
    presets,
    recipes,
    server,
    shoot,
    sitters,
)
from . import inspect_command as inspecting
from . import retention as keeping
from .edit_command import edit
from .exit_codes import USAGE_CODE
from .finish import match_finish
from .gallery import gallery
from .keep_sitter import keep_sitter
from .news import tell_news
from .text import shown

# Since 0.16 Typer has its own copy of click; before, it used click itself. Both have this class.
_CommandLineError: type[Exception] = typer.BadParameter.__mro__[2]  # ClickException

app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Headshots that are truly the sitter, made on this machine.",
    epilog="Exit codes and examples: docs/cli.md.",
)

for command in (
    machine.setup,
    machine.doctor,
    pictures.demo,
    machine.looks,
    shoot.slate,
    shoot.cull,
    shoot.sort,
    shoot.watch,
    sitters.coach,
    sitters.enroll,
    sitters.identities,
    sitters.tune,
    pictures.generate,
    batch.batch,
    pictures.score,
    pictures.refine,
    edits.retouch,
    presets.preset,
    edits.relight,
    edits.backdrop,
    edits.upscale,
    edits.crop,
    edit,
    keep_sitter,
    pictures.deliver,
    pictures.card,
    gallery,
    pictures.spread,
    inspecting.inspect,
    recipes.run,
    keeping.retention,
    keeping.export,
    keeping.forget,
    keeping.key,
    keeping.audit,
    server.serve,
):
    app.command()(command)
app.command("comfyui-install")(comfyui.install)
app.command("id-formats")(documents.formats)
app.command("id-photo")(documents.photo)
app.command("match-finish")(match_finish)
app.command("darktable-install")(darktable.install)
app.command("darktable-uninstall")(darktable.uninstall)
app.command("gimp-install")(gimp.install)
app.command("gimp-uninstall")(gimp.uninstall)
app.add_typer(models.app, name="models")
app.add_typer(keeping.receipts, name="receipt")


def _version(wanted: bool) -> None:
    if wanted:
        sys.stdout.write(f"headshots {__version__}\n")
        raise typer.Exit


@app.callback()
def _options(  # pyright: ignore[reportUnusedFunction]
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None: ...


def execute(arguments: list[str]) -> int:
    """Run one command line; returns the exit code.

    Raises:
        HeadshotsError: what a command raised.
    """
    if sys.stdin.isatty() and sys.stderr.isatty():
        PASSPHRASE.ask_with(_passphrase)
    NOTICES.show_with(_notice)
    command = typer.main.get_command(app)
    try:
        return _executed(command, arguments)
    finally:
        tell_news()


def _executed(command: Any, arguments: list[str]) -> int:
    try:  # not `command.main`, which swallows interrupts and broken pipes
        with command.make_context("headshots", arguments or ["--help"]) as context:
            command.invoke(context)
    except typer.Exit as end:
        return end.exit_code
    except typer.Abort:
        raise Cancelled("The work was stopped on request", "Start it again to go on.") from None
    except _CommandLineError as error:
        message = error.format_message()  # type: ignore[attr-defined]
        sys.stderr.write(f"input.usage: {shown(message)} `headshots COMMAND --help` shows how.\n")
        return USAGE_CODE
    return 0


def _notice(text: str) -> None:
    sys.stderr.write(shown(text) + "\n")
    sys.stderr.flush()


def _passphrase(new: bool) -> str:
    """Prompt for the passphrase without echo; a new one is asked for twice."""
    text = "A new passphrase for the vault" if new else "The vault's passphrase"
    return typer.prompt(text, hide_input=True, confirmation_prompt=new, err=True)
