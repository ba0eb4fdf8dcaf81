"""Widgets that the dialogs share."""

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GdkPixbuf, GLib, Gtk  # noqa: E402
from words import say  # noqa: E402

_SETTLED_MS = 80  # after the last change of a form


def label(text, selectable=False):
    """A label that wraps its text."""
    return Gtk.Label(label=text, xalign=0, wrap=True, selectable=selectable, max_width_chars=72)


def choice(options, chosen=None, labels=None):
    """A drop-down of options, and a function that returns the choice.

    Args:
        labels: what is shown for each option; default: the options.
    """
    widget = Gtk.ComboBoxText()
    for each, text in zip(options, labels or options, strict=True):
        widget.append(each, text)
    if options:
        widget.set_active(options.index(chosen) if chosen in options else 0)
    return widget, lambda: widget.get_active_id() or ""


def choice_of_able(options, unable, first=None, labels=None):
    """A drop-down as `choice`'s in which the options of `unable` are grey and can't be chosen."""
    rows = Gtk.ListStore(str, bool, str)
    for each, text in zip(options, labels or options, strict=True):
        rows.append([text, each not in unable, each])
    widget = Gtk.ComboBox(model=rows)
    cell = Gtk.CellRendererText()
    widget.pack_start(cell, True)
    widget.add_attribute(cell, "text", 0)
    widget.add_attribute(cell, "sensitive", 1)
    able = [each for each in options if each not in unable]
    if able:
        widget.set_active(options.index(first if first in able else able[0]))

    def chosen():
        at = widget.get_active_iter()
        return rows[at][2] if at is not None else ""

    return widget, chosen


def row(grid, text, widget, tooltip=""):
    """Add a labelled widget as the next row of a Gtk.Grid; the mnemonic in `text` activates it."""
    at = len(grid.get_children()) // 2
    name = Gtk.Label(label=text, use_underline=True, xalign=0, tooltip_text=tooltip or None)
    name.set_mnemonic_widget(widget)
    widget.set_tooltip_text(tooltip or None)
    widget.set_hexpand(True)
    grid.attach(name, 0, at, 1, 1)
    grid.attach(widget, 1, at, 1, 1)


def grid():
    """A Gtk.Grid for `row`s."""
    return Gtk.Grid(row_spacing=6, column_spacing=12)


def files_button(parent, title, on_change):
    """(A button for choosing photos, a function that returns the chosen ones).

    Args:
        parent: window.
        on_change: called when the choice has changed.
    """
    button, chosen = Gtk.Button(label=say("Choose photos...")), []

    def ask(_):
        chooser = Gtk.FileChooserDialog(
            title=title, transient_for=parent, action=Gtk.FileChooserAction.OPEN
        )
        chooser.set_select_multiple(True)
        chooser.add_buttons(
            say("_Cancel"), Gtk.ResponseType.CANCEL, say("_Open"), Gtk.ResponseType.OK
        )
        if chooser.run() == Gtk.ResponseType.OK:
            chosen[:] = chooser.get_filenames()
            count = len(chosen)
            button.set_label(say("1 photo") if count == 1 else say("{count} photos", count=count))
            on_change()
        chooser.destroy()

    button.connect("clicked", ask)
    return button, lambda: list(chosen)


def ask_text(parent, title, hint):
    """A short text that a person types in; "" if they don't."""
    dialog = Gtk.Dialog(title=title, transient_for=parent, modal=True)
    dialog.add_buttons(say("_Cancel"), Gtk.ResponseType.CANCEL, say("_Save"), Gtk.ResponseType.OK)
    dialog.set_default_response(Gtk.ResponseType.OK)
    entry = Gtk.Entry(placeholder_text=hint, activates_default=True, width_chars=30)
    area = dialog.get_content_area()
    area.set_border_width(12)
    area.add(entry)
    dialog.show_all()
    text = entry.get_text().strip() if dialog.run() == Gtk.ResponseType.OK else ""
    dialog.destroy()
    return text


def pixbuf(data, width, height):
    """A pixbuf of RGB samples."""
    return GdkPixbuf.Pixbuf.new_from_bytes(
        GLib.Bytes.new(data), GdkPixbuf.Colorspace.RGB, False, 8, width, height, 3 * width
    )


def fitted(picture, wide, high, most=1.0):
    """The pixbuf `picture` scaled to fit into a place, enlarged no more than `most` times."""
    scale = min(wide / picture.get_width(), high / picture.get_height(), most)
    size = (max(1, int(scale * each)) for each in (picture.get_width(), picture.get_height()))
    return picture.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)


class Debounced:
    """Calls `call` once, when it has not been called itself for a moment."""

    def __init__(self, call):
        self._call, self._timer = call, 0

    def __call__(self, *_):
        if self._timer:
            GLib.source_remove(self._timer)
        self._timer = GLib.timeout_add(_SETTLED_MS, self._settled)
        return False

    def _settled(self):
        self._timer = 0
        self._call()
        return False


def decoded(data):
    """A pixbuf of a picture's file, bytes."""
    loader = GdkPixbuf.PixbufLoader()
    loader.write(data)
    loader.close()
    return loader.get_pixbuf()


def why_not(reasons, title):
    """What the grey choices lack, folded up; those that lack the same stand together."""
    together = {}
    for name, reason in reasons.items():
        together.setdefault(reason, []).append(name)
    lines = [f"{', '.join(names)}: {reason}" for reason, names in together.items()]
    expander = Gtk.Expander(label=title)
    said = label("\n\n".join(lines))
    said.set_selectable(True)
    inside = Gtk.ScrolledWindow(min_content_height=120, hscrollbar_policy=Gtk.PolicyType.NEVER)
    inside.add(said)
    expander.add(inside)
    return expander
