"""One candidate, large: with its verdict, and beside the source photo at the press of a key."""

import math
import threading

import gi
from core_client import Problem
from visits import source_photo, thumbnail

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402
from widgets import fitted, label, pixbuf  # noqa: E402
from words import say  # noqa: E402

_LONGEST = 1000  # pixels of the picture that is fetched
_LEAST = 260  # pixels of height
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
        self._picture, self._shown, self._fitted = Gtk.Image(), None, None
        # Without bars: the picture takes the room that there is, and asks for none.
        room = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.EXTERNAL,
            vscrollbar_policy=Gtk.PolicyType.EXTERNAL,
            min_content_height=_LEAST,
        )
        room.add(self._picture)
        self._room = room
        room.connect("size-allocate", lambda *_: GLib.idle_add(self._fit))
        self._said = label("")
        self._source = Gtk.ToggleButton(label=say("Source p_hoto"), use_underline=True)
        self._source.set_tooltip_text(
            say("The photo that it is made of; the key \\ while it is held")
        )
        self._source.connect("toggled", lambda _: self._show())
        self._tick = Gtk.CheckButton(label=say("_Keep"), use_underline=True)
        self._tick.set_tooltip_text(say("Bring this one in (K yes, X no)"))
        self._tick.connect("toggled", lambda tick: self._choose(self._item, tick.get_active()))
        buttons = Gtk.Box(spacing=6)
        for text, tip, act in (
            (say("A_ll pictures"), say("Escape"), leave),
            ("‹", say("The one before, ←"), lambda: move(-1)),
            ("›", say("The next one, →"), lambda: move(1)),
        ):
            button = Gtk.Button(label=text, use_underline=True, tooltip_text=tip)
            button.connect("clicked", lambda _, act=act: act())
            buttons.pack_start(button, False, False, 0)
        buttons.pack_start(self._source, False, False, 0)
        buttons.pack_start(self._tick, False, False, 6)
        for part in (room, self._said, buttons):
            self.pack_start(part, part is room, True, 0)

    def show_item(self, item, place, count):
        """Show `item`, number `place` of `count`."""
        self._item, self.place = item, place
        more = "; ".join(item.entry["reasons"][1:])
        where = say("{place} of {count}", place=place + 1, count=count)
        first = f"{where}: {item.title}. {item.verdict}"
        self._said.set_text("\n".join(filter(None, (first, more))))
        self._tick.set_active(item.tick.get_active())
        if self._source.get_active():
            self._source.set_active(False)  # which shows it
        else:
            self._show()

    def _show(self):
        item, source = self._item, self._source.get_active()
        key = id(item), source
        if key in self._cache:
            self._shown = self._cache[key]
            self._fit()
            return
        if not source:
            self._shown = item.picture
            self._fit()
        threading.Thread(target=self._fetch, args=(item, source), daemon=True).start()

    def _fit(self):
        """Show the picture as large as there is room for."""
        if self._shown is None:
            return False
        room = self._room.get_allocation()
        wanted = self._shown, room.width, room.height
        if wanted != self._fitted:
            self._fitted = wanted
            self._picture.set_from_pixbuf(fitted(*wanted, most=math.inf))
        return False

    def _fetch(self, item, source):
        fetch = source_photo if source else thumbnail
        try:
            made = fetch(item.made, item.entry, _LONGEST)
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
