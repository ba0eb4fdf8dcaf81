"""The window that makes headshots and stays open: sitter, looks, queue, and all that was made."""

import gi
from core_client import Problem
from entry import Entry
from forms import Form
from history import History
from inputs import SETTLED
from last_values import last_values, remember_values
from look_choice import LookChoice
from orders import Order
from recipes import STUDIO
from visits import again
from widgets import choice, grid, label, pixbuf, row, why_not
from words import say

gi.require_version("Gtk", "3.0")
from gi.repository import Gimp, Gtk  # noqa: E402

_FIRST_LOOKS = ["studio-grey"]
_LEFT, _WIDE, _HIGH = 420, 1120, 680  # pixels: it fits a screen of 1366 x 768
_QUEUE = 90  # most pixels that the queue takes
_NEW, _INTO = "a new image", "this image"
_MOST = 500  # pictures in one order


class MakeEntry(Entry):
    """Asks for sitter and looks, shows the candidates of all orders, brings in the chosen ones."""

    lasting = True

    def __init__(self, dialog):
        super().__init__(dialog)
        self.history = None
        self._orders, self._looks = [], None

    def fetch(self):
        server = self.dialog.server
        names = "looks", "generators"
        return {**super().fetch(), **{name: server.json("GET", f"/v1/{name}") for name in names}}

    def add(self, widget, grow=False):
        self._left.pack_start(widget, grow, True, 0)

    def show(self, fetched):
        sitter = self.sitter() if self.history else None  # the form is made anew
        self._left = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self._left.set_size_request(_LEFT, -1)
        (text, widget, tip), self.sitter = self.ask_sitter(fetched["sitters"], sitter)
        last = last_values(self.action.name)
        self._count = Gtk.SpinButton(
            adjustment=Gtk.Adjustment(
                value=last.get("count", 4), lower=1, upper=100, step_increment=1
            )
        )
        rows = grid()
        row(rows, text, widget, tip)
        tooltip = say("How many are made in each chosen look")
        row(rows, say("_Pictures of each look"), self._count, tooltip)
        self.add(rows)
        self._show_looks(fetched["looks"], widget)
        self._show_settings(fetched, last)
        both = Gtk.Box(spacing=18)
        both.pack_start(self._left, False, True, 0)
        both.pack_start(self._made_here(), True, True, 0)
        self.dialog.body.pack_start(both, True, True, 0)

    def _show_looks(self, looks, sitters):
        chosen = self._looks.chosen() if self._looks else _FIRST_LOOKS
        if self._looks:
            self._looks.stop()
        self._titles = {look["name"]: look["title"] for look in looks}
        self._looks = LookChoice(self.dialog.server, looks, chosen)
        self.add(self._looks, grow=True)
        sitters.connect("changed", lambda _: self._looks.show_sitter(self.sitter()))
        self._looks.show_sitter(self.sitter())

    def _show_settings(self, fetched, last):
        self.inputs = fetched["steps"][STUDIO]["inputs"]
        missing = {name: why for name, why in fetched["generators"].items() if why}
        unable = {"generator": missing}
        self.form = Form(self.inputs, (*SETTLED, "count"), last, unable=unable)
        settings = Gtk.Expander(label=say("More settings"))
        settings.add(self.form)
        self.add(settings)
        if missing:
            self.add(why_not(missing, say("Why some generators can't be chosen")))

    def _made_here(self):
        """The queue above all candidates, and below them how they come in."""
        if self.history is None:
            self.dialog.window.resize(_WIDE, _HIGH)
            self.history = History(self.dialog.window, self._chosen)
            self._queue = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=4)
            self._bring = Gtk.Button(
                label=say("_Bring chosen in"), use_underline=True, sensitive=False
            )
            self._bring.connect("clicked", lambda _: self._bring_in())
            self._hint = label(say("Candidates appear here. Click one to see it large."))
            self._right = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
            self._scroll = Gtk.ScrolledWindow(
                propagate_natural_height=True,
                max_content_height=_QUEUE,
                hscrollbar_policy=Gtk.PolicyType.NEVER,
                no_show_all=True,
            )
            self._scroll.add(self._queue)
            for part in (self._hint, self._scroll, self.history, self._bringing()):
                self._right.pack_start(part, part is self.history, True, 0)
        elif self._right.get_parent():
            self._right.get_parent().remove(self._right)
        return self._right

    def _bringing(self):
        image = self.dialog.image
        into = image is not None and image.get_base_type() == Gimp.ImageBaseType.RGB
        widget, self._where = choice([say(_NEW), say(_INTO)] if into else [say(_NEW)])
        name = Gtk.Label(label=say("_as"), use_underline=True)
        name.set_mnemonic_widget(widget)
        line = Gtk.Box(spacing=8, halign=Gtk.Align.END)
        for part in (self._bring, name, widget):
            line.pack_start(part, False, False, 0)
        return line

    # Making

    def work(self):
        looks, sitter, values = self._looks.chosen(), self.sitter(), self.form.values()
        count = self._count.get_value_as_int()
        if not looks:
            raise Problem(
                "input.invalid", say("No look is chosen"), say("Press one or more of them.")
            )
        values["count"] = min(count * len(looks), _MOST)
        request = sitter, looks, values, values["count"]
        self._looks.stop()  # they would be made first
        titles = ", ".join(self._titles[look] for look in looks)
        order = Order(self.dialog.server, titles, request, self._arrived, self._ended)
        self._orders.append(order)
        self._queue.pack_start(order, False, False, 0)
        self._queue.show()
        self._scroll.show()
        self._hint.hide()
        self.history.begin(order, values["count"])
        other = (values["seed"] + 1) % 2**32  # the next order makes other pictures
        self.form.set_numbers({"seed": other})
        remembered = {**values, "count": count, "seed": other}
        remember_values(self.action.name, remembered, self.inputs)

    def _arrived(self, order, samples, width, height):
        self.history.arrive(order, pixbuf(samples, width, height))

    def _ended(self, order, made, pictures, problem):
        self._orders.remove(order)
        self._queue.remove(order)
        self._scroll.set_visible(bool(self._orders))
        self.history.finish(order, made, pictures)
        if problem:
            self.dialog.trouble(problem)
        elif made:
            counts = {"good": len(made.kept), "count": len(made.sheet)}
            self.dialog.tell(say("{good} of {count} are good, and chosen.", **counts))
        if not self._orders:
            self._looks.show_sitter(self.sitter())

    # Bringing in

    def _chosen(self):
        count = len(self.history.chosen())
        self._bring.set_sensitive(bool(count))
        some = say("_Bring {count} in", count=count)
        self._bring.set_label(some if count else say("_Bring chosen in"))

    def _bring_in(self):
        self.dialog.doing(self._bring_chosen)

    def _bring_chosen(self):
        if not self.dialog.connected():
            return
        items, run = self.history.chosen(), self.dialog.work_at()
        fresh = self._where() == say(_NEW)
        reports = []
        for made in self.history.made():
            chosen = [item for item in items if item.made is made]
            if chosen:
                self._hold(made)
                entries = [item.entry for item in chosen]
                reports.append(run.bring_in(made, entries, fresh))
                self.history.untick(chosen)
        self.dialog.done("\n".join(reports))

    def _hold(self, made):
        """Make what the server holds no longer again; the same order makes the same pictures."""
        server, stop = self.dialog.server, self.dialog.stop
        self.dialog.visit(lambda report: again(server, made, report, stop))

    def left(self):
        for order in self._orders:
            order.stop.set()
        if self._looks:
            self._looks.stop()
        if self.history:
            self.history.close()
            for made in self.history.made():
                made.server.forget_job(made.job)
