"""All candidates of a session: a grid to choose from, and each of them large."""

from dataclasses import dataclass

import gi
from closeup import CloseUp
from orders import THUMBNAIL

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, Gtk, Pango  # noqa: E402
from widgets import pixbuf  # noqa: E402
from words import say  # noqa: E402

_HIGH, _WIDE = 300, 640  # pixels


@dataclass(eq=False)
class Item:
    """One candidate.

    made: the `visits.Made` that it is of; entry: of its sheet; picture: its thumbnail.
    title: its number and look.
    """

    made: object
    entry: dict
    picture: object
    title: str
    tick: Gtk.CheckButton = None

    @property
    def verdict(self):
        """One line: whether to deliver it, and why or how like the sitter."""
        good, reasons = self.entry["verdict"] == "keep", self.entry["reasons"]
        if reasons and not good:
            spare = self.entry["verdict"] == "spare"
            return f"{say('Good, but') if spare else say('Not good:')} {reasons[0]}"
        judged = say("Good") if good else say("Not good")
        return f"{judged}, {self.entry['likeness_words']}"


class History(Gtk.Stack):
    """The candidates of all orders, the newest first.

    Args:
        window: whose keys it listens to.
        changed: called when others are chosen.
    """

    def __init__(self, window, changed):
        super().__init__(transition_type=Gtk.StackTransitionType.NONE)
        self._changed, self._items, self._waiting = changed, [], {}
        self._flow = Gtk.FlowBox(
            selection_mode=Gtk.SelectionMode.BROWSE,
            activate_on_single_click=False,
            min_children_per_line=2,
            max_children_per_line=8,
            homogeneous=True,
            valign=Gtk.Align.START,
        )
        self._flow.connect("child-activated", lambda _, child: self._enlarge(child.get_index()))
        scroll = Gtk.ScrolledWindow(
            hscrollbar_policy=Gtk.PolicyType.NEVER,
            min_content_height=_HIGH,
            min_content_width=_WIDE,
            shadow_type=Gtk.ShadowType.IN,
        )
        scroll.add(self._flow)
        self._closeup = CloseUp(self._moved, self._choose, self._shrink)
        self.add_named(scroll, "grid")
        self.add_named(self._closeup, "large")
        self._window = window
        self._keys = [
            window.connect("key-press-event", self._key_pressed),
            window.connect("key-release-event", self._key_released),
        ]
        self.show_all()

    def close(self):
        """Listen no more."""
        for each in self._keys:
            if self._window.handler_is_connected(each):
                self._window.disconnect(each)

    def chosen(self):
        """The ticked `Item`s, in their order."""
        return [item for item in self._items if item.tick.get_active()]

    def untick(self, items):
        """Take the ticks of these off: they are in GIMP now."""
        for item in items:
            item.tick.set_active(False)

    def made(self):
        """The orders' `visits.Made`, each once."""
        return list({id(item.made): item.made for item in self._items}.values())

    # Orders

    def begin(self, order, count):
        """Hold places for the pictures of an order."""
        self._waiting[order] = cells = [_Place() for _ in range(count)]
        for cell in reversed(cells):
            self._flow.insert(cell, 0)

    def arrive(self, order, picture):
        """Show one more picture of an order that is at work."""
        free = [cell for cell in self._waiting.get(order, ()) if not cell.shown]
        if free:
            free[0].show_picture(picture)

    def finish(self, order, made, pictures):
        """Put the judged candidates of an order in its places; those worth keeping are ticked.

        Args:
            made: None where it was stopped.
            pictures: (RGB bytes, width, height) of each.
        """
        for cell in self._waiting.pop(order, ()):
            self._flow.remove(cell)
        if made is None:
            return
        items = [
            Item(made, entry, pixbuf(*picture), _title(entry))
            for entry, picture in zip(made.sheet, pictures, strict=True)
        ]
        self._items[:0] = items
        for item in reversed(items):
            self._flow.insert(self._cell(item), 0)
        # Places of other orders stay before them.
        for cells in self._waiting.values():
            for cell in cells:
                self._flow.remove(cell)
                self._flow.insert(cell, 0)
        if items and self.get_visible_child_name() == "grid":
            self._flow.select_child(self._flow.get_child_at_index(self._before()))
        self._changed()

    def _cell(self, item):
        cell = Gtk.FlowBoxChild()
        inside = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=2, margin=4)
        picture = Gtk.EventBox()
        picture.add(Gtk.Image.new_from_pixbuf(item.picture))
        picture.connect("button-release-event", lambda *_: self._enlarge(cell.get_index()))
        item.tick = Gtk.CheckButton(label=item.title, halign=Gtk.Align.CENTER)
        item.tick.set_active(item.entry["verdict"] == "keep")
        item.tick.set_tooltip_text(say("Bring this one in (K yes, X no)"))
        item.tick.set_can_focus(False)  # the cell has the focus, and K and X choose
        item.tick.connect("toggled", lambda _: self._changed())
        said = Gtk.Label(label=item.verdict, ellipsize=Pango.EllipsizeMode.END, max_width_chars=20)
        cell.set_tooltip_text("\n".join((item.verdict, *item.entry["reasons"])))
        for part in (picture, item.tick, said):
            inside.pack_start(part, False, False, 0)
        cell.add(inside)
        cell.show_all()
        return cell

    def _before(self):
        """How many places are held before the first candidate."""
        return sum(map(len, self._waiting.values()))

    # Large

    def _enlarge(self, index):
        place = index - self._before()
        if 0 <= place < len(self._items):
            self._closeup.show_item(self._items[place], place, len(self._items))
            self.set_visible_child_name("large")
        return True

    def _shrink(self):
        self.set_visible_child_name("grid")
        child = self._flow.get_child_at_index(self._closeup.place + self._before())
        if child:
            self._flow.select_child(child)
            child.grab_focus()

    def _moved(self, by):
        self._enlarge(min(max(self._closeup.place + by, 0), len(self._items) - 1) + self._before())

    def _choose(self, item, chosen):
        item.tick.set_active(chosen)

    # Keys

    def _key_pressed(self, window, event):
        writing = isinstance(window.get_focus(), Gtk.Entry)
        if writing or event.state & (Gdk.ModifierType.CONTROL_MASK | Gdk.ModifierType.MOD1_MASK):
            return False
        if self.get_visible_child_name() == "large":
            return self._closeup.key_pressed(event.keyval)
        keep = {Gdk.KEY_k: True, Gdk.KEY_x: False}.get(Gdk.keyval_to_lower(event.keyval))
        selected = self._flow.get_selected_children()
        place = selected[0].get_index() - self._before() if selected else -1
        if keep is None or not 0 <= place < len(self._items):
            return False
        self._choose(self._items[place], keep)
        return True

    def _key_released(self, window, event):
        return self._closeup.key_released(event.keyval)


class _Place(Gtk.FlowBoxChild):
    """Holds the place of a picture that is being made."""

    def __init__(self):
        super().__init__()
        self.shown = False
        self._picture = Gtk.Image(icon_name="image-loading-symbolic", margin=8)
        self._picture.set_size_request(round(0.8 * THUMBNAIL), THUMBNAIL)
        self.add(self._picture)
        self.show_all()

    def show_picture(self, picture):
        self.shown = True
        self._picture.set_from_pixbuf(picture)


def _title(entry):
    return f"{entry['picture']} {entry['look_words']}"
