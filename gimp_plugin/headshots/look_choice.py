"""Looks as pictures to tick, and those of the chosen sitter once they are made."""

import threading

import gi
from core_client import Cancelled, Problem
from look_pictures import TALL, WIDE, looks_of, neutral_look

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk, Pango  # noqa: E402
from widgets import decoded, fitted, pixbuf  # noqa: E402

_ABREAST = 4
_HIGH = 300  # pixels of the list
_PRESSED = b"""
button.look:checked { box-shadow: inset 0 0 0 3px #4a90d9; }
button.look:checked label { font-weight: bold; }
"""


class LookChoice(Gtk.ScrolledWindow):
    """Any number of looks, each a picture that is pressed or not.

    Args:
        server: a `core_client.Server`.
        looks: as in `GET /v1/looks`.
        chosen: names of those that are pressed at first.
    """

    def __init__(self, server, looks, chosen):
        super().__init__(
            hscrollbar_policy=Gtk.PolicyType.NEVER, min_content_height=_HIGH, shadow_type=1
        )
        self._server, self._stop = server, threading.Event()
        flow = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.NONE,
            min_children_per_line=_ABREAST,
            max_children_per_line=_ABREAST,
            homogeneous=True,
            valign=Gtk.Align.START,
        )
        self._buttons, self._pictures, self._own = {}, {}, set()
        style = Gtk.CssProvider()
        style.load_from_data(_PRESSED)
        for look in looks:
            name = look["name"]
            self._pictures[name] = Gtk.Image()
            self._pictures[name].set_size_request(WIDE, TALL)
            self._buttons[name] = _button(look, self._pictures[name], name in chosen)
            context = self._buttons[name].get_style_context()
            context.add_class("look")
            context.add_provider(style, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
            flow.add(self._buttons[name])
            self._buttons[name].get_parent().set_can_focus(False)  # the button has the focus
        self.add(flow)
        self._in_thread(self._fetch_neutral)

    def chosen(self):
        """The names of the chosen looks, in their order."""
        return [name for name, button in self._buttons.items() if button.get_active()]

    def choose(self, names):
        """Press these alone."""
        for name, button in self._buttons.items():
            button.set_active(name in names)

    def show_sitter(self, sitter):
        """Show the looks on this sitter, as soon as they are made; made once for each sitter."""
        self.stop()
        if not sitter:
            return
        stop = self._stop = threading.Event()
        self._in_thread(lambda: self._make_own(sitter, stop))

    def stop(self):
        """Make no more pictures."""
        self._stop.set()

    def _fetch_neutral(self):
        for name in self._buttons:
            data = neutral_look(self._server, name)
            GLib.idle_add(self._show_neutral, name, data)

    def _show_neutral(self, name, data):
        if data and name not in self._own:
            self._pictures[name].set_from_pixbuf(fitted(decoded(data), WIDE, TALL))
        return False

    def _make_own(self, sitter, stop):
        for name, samples, width, height in looks_of(
            self._server, sitter, list(self._buttons), stop
        ):
            GLib.idle_add(self._show_own, name, (samples, width, height), stop)

    def _show_own(self, name, made, stop):
        if not stop.is_set():
            self._own.add(name)
            self._pictures[name].set_from_pixbuf(fitted(pixbuf(*made), WIDE, TALL))
        return False

    def _in_thread(self, work):
        def run():
            try:
                work()
            except (Problem, Cancelled):
                return  # a look can be chosen by its name, too

        threading.Thread(target=run, daemon=True).start()


def _button(look, picture, pressed):
    button = Gtk.ToggleButton(active=pressed, tooltip_text=look["description"])
    button.set_name(look["name"])
    inside = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2)
    inside.pack_start(picture, False, False, 0)
    title = Gtk.Label(label=look["title"], ellipsize=Pango.EllipsizeMode.END, max_width_chars=11)
    inside.pack_start(title, False, False, 0)
    button.add(inside)
    return button
