"""The base of the entries' forms, and the form of every entry for one step."""

import gi
from forms import Form
from inputs import SETTLED
from last_values import last_values, remember_values
from layers import chosen_layers
from preview import WIDE, Preview
from remedies import enrol_button
from widgets import choice, label
from words import language, say

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402

_ANYBODY = "Anybody"
_FORM = 460  # pixels of a form beside a preview


class Entry:
    """One entry's part of a `dialog.Dialog`.

    always: it shows something even if headshots isn't ready.
    lasting: its window stays open over several works, in the size that it was given.
    """

    always = lasting = False

    def __init__(self, dialog):
        self.dialog, self.action = dialog, dialog.action
        self.able, self.preview = True, None

    def fetch(self):
        """The data that the form is made from; called in a thread."""
        server = self.dialog.server
        sitters = server.json("GET", "/v1/identities")
        self.clocks = {each["name"]: each["until"] for each in sitters}
        steps = server.json("GET", "/v1/steps", query={"language": language()})
        return {
            "steps": {each["id"]: each for each in steps},
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
            kept = say("{sitter} is kept until {day}.", sitter=chosen_sitter(), day=until)
            clock.set_text(kept if until else "")

        widget.connect("changed", show_clock)
        show_clock(widget)
        self.add(clock)
        if not names:
            self.able = False
            self.dialog.tell(say("Nobody is enrolled yet."), [enrol_button(self.dialog)])
        tooltip = say("Who is in the picture; Enrol sitter adds one")
        return (say("Sitte_r"), widget, tooltip), chosen_sitter


class StepEntry(Entry):
    """Asks for the inputs of the entry's step, and for a sitter if it needs one.

    The form begins with the values that it was last used with. Entries that can show what comes of
    it do so beside the form.
    """

    settled = SETTLED  # inputs that the form doesn't ask for

    def show(self, fetched):
        self.sitter, first = lambda: "", []
        if self.action.sitter:
            optional = self.action.sitter == "optional"
            asking, self.sitter = self.ask_sitter([say(_ANYBODY)] * optional + fetched["sitters"])
            first.append(asking)
        self.inputs = fetched["steps"][self.action.step]["inputs"]
        self.form = Form(self.inputs, self.settled, last_values(self.action.name), first)
        self.beside_form(self.form)
        if self.dialog.image and not Gimp.Selection.is_empty(self.dialog.image):
            within = say("Only what is selected is looked at and changed.")
            self.add(
                label(within if self.action.within else say("Only what is selected is changed."))
            )

    def beside_form(self, form):
        """Add the form, with a preview beside it where there is a layer to preview."""
        layers = chosen_layers(self.dialog.drawables) if self.action.previewed else []
        if len(layers) != 1:
            self.add(form)
            return
        self.left()
        self.preview = Preview(self.dialog, layers[0], self.asked, self.action.body)
        self.form.when_changed(self.preview.changed)
        both = Gtk.Box(spacing=18)
        form.set_size_request(_FORM, -1)
        both.pack_start(form, True, True, 0)
        both.pack_start(self.preview, False, False, 0)
        self.add(both)
        self.dialog.wide = _FORM + WIDE + 60

    def asked(self):
        """(The values of the step, the sitter's name or "") as the form stands."""
        sitter = self.sitter()
        return self.form.values(), "" if sitter == say(_ANYBODY) else sitter

    def work(self):
        values, sitter = self.asked()
        report = self.dialog.work_at().perform(sitter, values)
        remember_values(self.action.name, values, self.inputs)
        return report

    def left(self):
        if self.preview is not None:
            self.preview.close()
            self.preview = None
