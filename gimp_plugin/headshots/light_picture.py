"""A bust in the light that a form asks for."""

import threading

import gi
from core_client import Problem
from look_pictures import LIGHT, light_on_bust

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402
from widgets import Debounced, decoded  # noqa: E402
from words import say  # noqa: E402


class LightPicture(Gtk.Image):
    """Follows the inputs of the step Relight in a `forms.Form`."""

    def __init__(self, server, form):
        super().__init__(halign=Gtk.Align.CENTER)
        self.set_size_request(LIGHT, LIGHT)
        self.set_tooltip_text(
            say("The chosen light on a bust; from the left where the side is “as lit”")
        )
        self._server, self._form = server, form
        self._wanted = None
        form.when_changed(Debounced(self._settled))
        self._settled()

    def _settled(self):
        values = self._form.values()
        side = "right" if values["side"] == "right" else "left"
        wanted = values["pattern"], side, values["ratio"]
        if wanted != self._wanted:
            self._wanted = wanted
            threading.Thread(target=self._fetch, args=(wanted,), daemon=True).start()

    def _fetch(self, wanted):
        try:
            data = light_on_bust(self._server, *wanted)
        except Problem:
            return  # the preview says what is wrong
        GLib.idle_add(self._show, wanted, data)

    def _show(self, wanted, data):
        if wanted == self._wanted:
            self.set_from_pixbuf(decoded(data))
        return False
