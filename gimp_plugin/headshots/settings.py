"""The dialog with settings and diagnostics."""

import json
from pathlib import Path

import gi
from entry import Entry
from remedies import choose_program
from widgets import grid, label, row
from words import say

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gimp, Gtk  # noqa: E402


class SettingsEntry(Entry):
    """Shows the state of headshots, and lets the plug-in use another installation."""

    always = True

    def fetch(self):
        return self.dialog.connection.health

    def show(self, health):
        dialog = self.dialog
        lines = {}
        if dialog.server:
            facts = {"url": dialog.server.url, "pid": dialog.server.pid}
            lines[say("Server")] = say("{url}, process {pid}", **facts)
        if health:
            lines |= {
                say("Devices"): ", ".join(health["devices"]),
                say("Generators"): ", ".join(health["generators"]),
                say("Jobs"): say("{running} running, {waiting} waiting", **health),
            }
        lines["GIMP"] = Gimp.version()
        lines[say("Plug-in")] = str(Path(dialog.installation).parent)
        rows = grid()
        for name, text in lines.items():
            row(rows, name, label(text, selectable=True))
        self.add(rows)
        buttons = Gtk.Box(spacing=8)
        stands = f"{dialog.connection.state.value}: {dialog.connection.reason}"
        diagnostics = json.dumps({"State": stands, **lines, "Health": health}, indent=1)
        for text, done in (
            (say("Cop_y diagnostics"), lambda _: self._copy(diagnostics)),
            (say("Use another _installation..."), lambda _: choose_program(self.dialog)),
        ):
            button = Gtk.Button(label=text, use_underline=True)
            button.connect("clicked", done)
            buttons.pack_start(button, False, False, 0)
        self.add(buttons)

    def work(self):
        self.dialog.look_again()

    def _copy(self, text):
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.set_text(text, -1)
        clipboard.store()
        self.dialog.tell(say("Copied. It holds no name, face or token."))
