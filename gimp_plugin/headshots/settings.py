"""The dialog with settings and diagnostics."""

import json
from pathlib import Path

import gi
from connection import repoint
from entry import Entry
from widgets import grid, label, row

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
            lines["Server"] = f"{dialog.server.url}, process {dialog.server.pid}"
        if health:
            lines |= {
                "Devices": ", ".join(health["devices"]),
                "Generators": ", ".join(health["generators"]),
                "Jobs": f"{health['running']} running, {health['waiting']} waiting",
            }
        lines["GIMP"] = Gimp.version()
        lines["Plug-in"] = str(Path(dialog.installation).parent)
        rows = grid()
        for name, text in lines.items():
            row(rows, name, label(text, selectable=True))
        self.add(rows)
        buttons = Gtk.Box(spacing=8)
        stands = f"{dialog.connection.state.value}: {dialog.connection.reason}"
        diagnostics = json.dumps({"State": stands, **lines, "Health": health}, indent=1)
        for text, done in (
            ("Cop_y diagnostics", lambda _: self._copy(diagnostics)),
            ("Use another _installation...", lambda _: self._choose()),
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
        self.dialog.tell("Copied. It holds no name, face or token.")

    def _choose(self):
        chooser = Gtk.FileChooserDialog(
            title="The program headshots",
            transient_for=self.dialog.window,
            action=Gtk.FileChooserAction.OPEN,
        )
        chooser.add_buttons("_Cancel", Gtk.ResponseType.CANCEL, "_Use", Gtk.ResponseType.OK)
        chosen = chooser.get_filename() if chooser.run() == Gtk.ResponseType.OK else None
        chooser.destroy()
        if chosen:
            self.dialog.doing(lambda: self._use(chosen))

    def _use(self, program):
        self.dialog.beside(lambda: repoint(program, Gimp.directory()))
        self.dialog.look_again()
        self.dialog.tell("The plug-in is now that installation's. Restart GIMP.")
