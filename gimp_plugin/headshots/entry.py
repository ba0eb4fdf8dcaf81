"""The base of the entries' forms, and the form of every entry for one step."""

import gi
from forms import Form
from inputs import SETTLED
from remedies import enrol_button
from widgets import choice, label

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp  # noqa: E402

_ANYBODY = "Anybody"


class Entry:
    """One entry's part of a `dialog.Dialog`.

    always: it shows something even if headshots isn't ready.
    """

    always = False

    def __init__(self, dialog):
        self.dialog, self.action = dialog, dialog.action
        self.able = True

    def fetch(self):
        """The data that the form is made from; called in a thread."""
        server = self.dialog.server
        sitters = server.json("GET", "/v1/identities")
        self.clocks = {each["name"]: each["until"] for each in sitters}
        return {
            "steps": {each["id"]: each for each in server.json("GET", "/v1/steps")},
            "sitters": list(self.clocks),
        }

    def show(self, fetched):
        """Put the form into the dialog's body."""

    def work(self):
        """Do the work; returns a report of what was done, or None."""

    def left(self):
        """Called when the window is closed."""

    def add(self, widget, grow=False):
        """Add `widget` at the end of the body."""
        self.dialog.body.pack_start(widget, grow, True, 0)

    def ask_sitter(self, names, chosen=None):
        """(The row for choosing one of `names`, a function that returns the choice)."""
        widget, chosen_sitter = choice(names, chosen)
        clock = label("")

        def show_clock(_):
            until = self.clocks.get(chosen_sitter())
            clock.set_text(f"{chosen_sitter()} is kept until {until}." if until else "")

        widget.connect("changed", show_clock)
        show_clock(widget)
        self.add(clock)
        if not names:
            self.able = False
            self.dialog.tell("Nobody is enrolled yet.", [enrol_button(self.dialog)])
        return ("Sitte_r", widget, "Who is in the picture; Enrol sitter adds one"), chosen_sitter


class StepEntry(Entry):
    """Asks for the inputs of the entry's step, and for a sitter if it needs one."""

    def show(self, fetched):
        self.sitter, first = lambda: "", []
        if self.action.sitter:
            optional = self.action.sitter == "optional"
            asking, self.sitter = self.ask_sitter([_ANYBODY] * optional + fetched["sitters"])
            first.append(asking)
        inputs = fetched["steps"][self.action.step]["inputs"]
        self.form = Form(inputs, SETTLED, first=first)
        self.add(self.form)
        if self.dialog.image and not Gimp.Selection.is_empty(self.dialog.image):
            said = "looked at and changed" if self.action.within else "changed"
            self.add(label(f"Only what is selected is {said}."))

    def work(self):
        sitter = self.sitter()
        sitter = "" if sitter == _ANYBODY else sitter
        return self.dialog.work_at().perform(sitter, self.form.values())
