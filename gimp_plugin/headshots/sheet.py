"""Thumbnails of candidates: while they are made, and then with score and verdict."""

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402
from widgets import pixbuf  # noqa: E402

_TALL = 270
TALL, _ABREAST = 160, 4  # thumbnails of pictures being made: height in pixels, and how many fit


class Sheet(Gtk.Box):
    """Thumbnails; any number of them can be chosen.

    Args:
        bring_in: called with the chosen entries of the sheet.
    """

    def __init__(self, bring_in):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self._entries = []
        self._flow = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.MULTIPLE,
            activate_on_single_click=False,
            min_children_per_line=2,
            max_children_per_line=4,
            homogeneous=True,
            valign=Gtk.Align.START,
        )
        scroll = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER, min_content_height=_TALL
        )
        scroll.add(self._flow)
        self._button = Gtk.Button(
            label="_Bring chosen in", use_underline=True, halign=Gtk.Align.END
        )
        self._button.connect("clicked", lambda _: bring_in(self._chosen()))
        self._flow.connect("selected-children-changed", lambda _: self._changed())
        self.pack_start(scroll, True, True, 0)
        self.pack_start(self._button, False, False, 0)

    def fill(self, entries, pictures):
        """Show candidates; those worth keeping are chosen initially.

        Args:
            entries: as in a job's sheet.
            pictures: (RGB bytes, width, height) of each.
        """
        for child in self._flow.get_children():
            self._flow.remove(child)
        self._entries = entries
        for entry, picture in zip(entries, pictures, strict=True):
            self._flow.add(_cell(entry, pixbuf(*picture)))
        self.set_no_show_all(False)
        self.show_all()
        for child, entry in zip(self._flow.get_children(), entries, strict=True):
            if entry["verdict"] == "keep":
                self._flow.select_child(child)
        self._changed()

    def _chosen(self):
        rows = sorted(child.get_index() for child in self._flow.get_selected_children())
        return [self._entries[row] for row in rows]

    def _changed(self):
        self._button.set_sensitive(bool(self._flow.get_selected_children()))


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


def _cell(entry, picture):
    cell = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=4, margin=4)
    cell.set_tooltip_text("\n".join(entry["reasons"]))
    cell.pack_start(Gtk.Image.new_from_pixbuf(picture), False, False, 0)
    likeness = "" if entry["likeness"] is None else f", likeness {entry['likeness']:.2f}"
    cell.pack_start(
        Gtk.Label(label=f"{entry['picture']}: {entry['verdict']}{likeness}"), False, False, 0
    )
    return cell
