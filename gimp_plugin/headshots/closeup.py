"""One candidate, large: with its verdict, and beside the source photo at the press of a key."""

import threading

import gi
from core_client import Problem
from visits import source_photo, thumbnail

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk  # noqa: E402
from widgets import label, pixbuf  # noqa: E402

TALL = 420  # pixels of the picture
_SOURCE_KEY = Gdk.KEY_backslash


class CloseUp(Gtk.Box):
    """A picture as large as there is room for.

    Args:
        move: called with -1 or 1, to show the one before or after.
        choose: called with (item, whether it is to be brought in).
        leave: called to go back to all pictures.
    """

    def __init__(self, move, choose, leave):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self.place, self._item, self._choose = 0, None, choose
        self._cache = {}  # (id of the item, whether its source): pixbuf
        self._move, self._leave = move, leave
        self._picture = Gtk.Image(vexpand=True)
        self._picture.set_size_request(-1, TALL)
        self._said = label("")
        self._source = Gtk.ToggleButton(label="Source _photo", use_underline=True)
        self._source.set_tooltip_text("The photo that it is made of; the key \\ while it is held")
        self._source.connect("toggled", lambda _: self._show())
        self._tick = Gtk.CheckButton(label="_Keep", use_underline=True)
        self._tick.set_tooltip_text("Bring this one in (K yes, X no)")
        self._tick.connect("toggled", lambda tick: self._choose(self._item, tick.get_active()))
        buttons = Gtk.Box(spacing=6)
        for text, tip, act in (
            ("_All pictures", "Escape", leave),
            ("‹", "The one before, ←", lambda: move(-1)),
            ("›", "The next one, →", lambda: move(1)),
        ):
            button = Gtk.Button(label=text, use_underline=True, tooltip_text=tip)
            button.connect("clicked", lambda _, act=act: act())
            buttons.pack_start(button, False, False, 0)
        buttons.pack_start(self._source, False, False, 0)
        buttons.pack_start(self._tick, False, False, 6)
        for part in (self._picture, self._said, buttons):
            self.pack_start(part, part is self._picture, True, 0)

    def show_item(self, item, place, count):
        """Show `item`, number `place` of `count`."""
        self._item, self.place = item, place
        why = "; ".join(item.entry["reasons"])
        self._said.set_text(
            "\n".join(filter(None, (f"{item.title} ({place + 1} of {count}). {item.verdict}", why)))
        )
        self._tick.set_active(item.tick.get_active())
        self._source.set_active(False)
        self._show()

    def _show(self):
        item, source = self._item, self._source.get_active()
        key = id(item), source
        if key in self._cache:
            self._picture.set_from_pixbuf(self._cache[key])
            return
        if not source:
            wide, high = item.picture.get_width(), item.picture.get_height()
            scale = TALL / high
            size = max(1, round(scale * wide)), TALL
            enlarged = item.picture.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)
            self._picture.set_from_pixbuf(enlarged)
        threading.Thread(target=self._fetch, args=(item, source), daemon=True).start()

    def _fetch(self, item, source):
        fetch = source_photo if source else thumbnail
        try:
            made = fetch(item.made, item.entry, TALL)
        except Problem as problem:
            GLib.idle_add(self._failed, item, str(problem))
            return
        GLib.idle_add(self._have, item, source, made)

    def _have(self, item, source, made):
        self._cache[id(item), source] = pixbuf(*made)
        if item is self._item and source == self._source.get_active():
            self._show()
        return False

    def _failed(self, item, text):
        if item is self._item:
            self._said.set_text(text)
        return False

    def key_pressed(self, key):
        """Do what a key does here; whether it does something."""
        if key == _SOURCE_KEY:
            self._source.set_active(True)
        elif key in (Gdk.KEY_Left, Gdk.KEY_Right):
            self._move(-1 if key == Gdk.KEY_Left else 1)
        elif key in (Gdk.KEY_k, Gdk.KEY_K, Gdk.KEY_x, Gdk.KEY_X):
            self._tick.set_active(key in (Gdk.KEY_k, Gdk.KEY_K))
        elif key == Gdk.KEY_Escape:
            self._leave()
        else:
            return False
        return True

    def key_released(self, key):
        """See `key_pressed`."""
        if key != _SOURCE_KEY or not self._source.get_active():
            return False
        self._source.set_active(False)
        return True
