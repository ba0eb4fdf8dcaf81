"""A bust in the light that a form asks for."""

import threading

import gi
from core_client import Problem
from look_pictures import LIGHT, light_on_bust

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk  # noqa: E402
from widgets import decoded  # noqa: E402
from words import say  # noqa: E402

_SETTLED_MS = 80  # after the last change of the form


class LightPicture(Gtk.Image):
    """Follows the inputs of the step Relight in a `forms.Form`."""

    def __init__(self, server, form):
        super().__init__(halign=Gtk.Align.CENTER)
        self.set_size_request(LIGHT, LIGHT)
        self.set_tooltip_text(
            say("The chosen light on a bust; from the left where the side is “as lit”")
        )
        self._server, self._form = server, form
        self._timer, self._wanted = 0, None
        form.when_changed(self._changed)
        self._settled()

    def _changed(self, *_):
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(_SETTLED_MS, self._settled)
        return False

    def _settled(self):
        self._timer = 0
        values = self._form.values()
        side = "right" if values["side"] == "right" else "left"
        wanted = values["pattern"], side, values["ratio"]
        if wanted != self._wanted:
            self._wanted = wanted
            threading.Thread(target=self._fetch, args=(wanted,), daemon=True).start()
        return False

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
