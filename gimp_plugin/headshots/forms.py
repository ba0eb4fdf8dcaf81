"""Forms made from the steps' declarations, as in every other host."""

from pathlib import Path

import gi

gi.require_version("Gtk", "3.0")
from gi.repository import GObject, Gtk  # noqa: E402
from inputs import number_range, step_inputs  # noqa: E402
from widgets import choice, choice_of_able, row  # noqa: E402
from words import capital  # noqa: E402


class Form(Gtk.Grid):
    """Rows for the constants of a step.

    Args:
        inputs, besides, defaults: see `inputs.step_inputs`.
        unable: by an input's name the choices that can't be taken.
        first: (text, widget, tooltip) of rows above these, which are not in `values`.
    """

    def __init__(self, inputs=(), besides=(), defaults=None, first=(), unable=None):
        super().__init__(row_spacing=6, column_spacing=12)
        self._unable = unable or {}
        self._readers, self._widgets = {}, {}
        for each in first:
            row(self, *each)
        for declared, default in step_inputs(inputs, besides, defaults):
            self.add_input(declared["name"], declared, default)

    def add_input(self, name, declared, default, text=""):
        """Add a row for the input `declared`, whose value is `name` in `values`."""
        unable = self._unable.get(declared["name"])
        if unable:
            made = choice_of_able(declared["choices"], unable, default, declared["labels"])
        else:
            made = _WIDGETS[declared["kind"]](declared, default)
        self.add_row(name, capital(text or declared["label"]), made, declared["tooltip"])

    def add_row(self, name, text, made, tooltip):
        """Add a row.

        Args:
            made: (widget, function that returns the value for `name` in `values`).
        """
        widget, self._readers[name] = made
        self._widgets[name] = widget
        row(self, text.replace("_", "__"), widget, tooltip)

    def when_changed(self, call):
        """Call `call` after each change of a value."""
        for widget in self._widgets.values():
            for signal in ("value-changed", "toggled", "changed", "file-set"):
                if GObject.signal_lookup(signal, widget):
                    widget.connect(signal, call)
                    break

    def set_numbers(self, values):
        """Set sliders and numbers, by name."""
        for name, value in values.items():
            self._widgets[name].set_value(value)

    def values(self):
        """The values of the form, by name."""
        return {name: ask() for name, ask in self._readers.items()}


def _number(declared, default):
    whole = declared["kind"] == "INT"
    low, high, step, slider = number_range(declared)
    adjustment = Gtk.Adjustment(
        value=default or 0, lower=low, upper=high, step_increment=step, page_increment=10 * step
    )
    if slider:
        widget = Gtk.Scale(adjustment=adjustment, digits=2, value_pos=Gtk.PositionType.RIGHT)
        return widget, lambda: round(widget.get_value(), 4)
    widget = Gtk.SpinButton(adjustment=adjustment, digits=0 if whole else 2)
    return widget, lambda: widget.get_value_as_int() if whole else widget.get_value()


def _switch(declared, default):
    widget = Gtk.CheckButton(active=bool(default))
    return widget, widget.get_active


def _text(declared, default):
    if declared["path"] == "file":
        widget = Gtk.FileChooserButton(title=declared["tooltip"])
        if default:
            widget.set_filename(default)
        return widget, lambda: widget.get_filename() or ""
    if declared["path"] == "folder":
        return _folder(declared, default)
    widget = Gtk.Entry(text=default or "", activates_default=True)
    return widget, widget.get_text


def _folder(declared, default):
    """A chooser; until somebody chooses, the folder is `default` within the server's own."""
    action = Gtk.FileChooserAction.SELECT_FOLDER
    widget = Gtk.FileChooserButton(title=declared["tooltip"], action=action)
    if default and Path(default).is_absolute():
        widget.set_filename(default)
    return widget, lambda: widget.get_filename() or default or ""


def _choices(declared, default):
    """A list of check boxes; if none is left, `default` counts."""
    pairs = zip(declared["choices"], declared["labels"], strict=True)
    boxes = {each: Gtk.CheckButton(label=text, active=each in default) for each, text in pairs}
    column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
    for box in boxes.values():
        column.add(box)
    widget = Gtk.ScrolledWindow(min_content_height=120)
    widget.add(column)
    return widget, lambda: [each for each, box in boxes.items() if box.get_active()] or default


_WIDGETS = {
    "INT": _number,
    "FLOAT": _number,
    "BOOLEAN": _switch,
    "STRING": _text,
    "COMBO": lambda declared, default: choice(declared["choices"], default, declared["labels"]),
    "CHOICES": _choices,
}
