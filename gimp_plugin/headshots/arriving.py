"""Thumbnails of pictures while they are made."""

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402

TALL, _ABREAST = 160, 4  # thumbnails of pictures being made: height in pixels, and how many fit


class Arriving(Gtk.Box):
    """Pictures as they are made, the newest last; if there is no room, the oldest is removed."""

    def __init__(self):
        super().__init__(spacing=8, halign=Gtk.Align.CENTER, no_show_all=True)

    def show_next(self, picture):
        """Show one more."""
        there = self.get_children()
        if len(there) == _ABREAST:
            self.remove(there[0])
        image = Gtk.Image.new_from_pixbuf(picture)
        image.show()
        self.pack_start(image, False, False, 0)
        self.show()

    def clear(self):
        """Show none."""
        for child in self.get_children():
            self.remove(child)
        self.hide()
