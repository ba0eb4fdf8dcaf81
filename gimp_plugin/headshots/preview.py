"""A live preview of an edit, of the head, beside its form."""

import threading

import gi
from core_client import Cancelled, Problem
from faces import area_of, at, in_layer
from head_preview import faces_in, previewed
from layers import read_layer
from visits import LAYER
from widgets import Debounced, fitted, label, pixbuf
from words import say

gi.require_version("Gtk", "3.0")
from gi.repository import Gdk, GLib, Gtk  # noqa: E402

TALL, WIDE = 420, 380  # pixels of the preview
_LOOKED_AT = 1280  # longest side of what faces are looked for in
# How far around the face's box the preview shows, and how far an edit of one of several faces goes.
_AROUND = {"aside": 0.45, "above": 0.5, "below": 0.45}
_BODY = {"aside": 0.9, "above": 0.7, "below": 1.3}
_MARK, _LINE = 0xFFBF1AFF, 2  # colour and width of frames around faces
_BEFORE_KEY = Gdk.KEY_backslash


class Preview(Gtk.Box):
    """The head of a layer before and after an edit.

    Of several faces one is chosen by a click; until then they are all shown.

    Args:
        dialog: the entry's window; `dialog.face` is the area of the chosen one of several faces.
        layer: the layer.
        ask: returns (values, sitter) as the form stands.
        body: whether the edit looks at shoulders, too.
    """

    def __init__(self, dialog, layer, ask, body=False):
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._dialog, self._layer, self._ask = dialog, layer, ask
        self._around = _BODY if body else _AROUND
        self._faces, self._chosen = [], None
        self._sent, self._before, self._after, self._whole = None, None, None, None
        self._working, self._again, self._closed = False, False, False
        self.changed = Debounced(self._settled)  # to be called when the form changes
        self._stop = threading.Event()
        # No drawing of our own: GIMP's Python may lack the bridge to Cairo.
        self._picture = Gtk.Image()
        clicked = Gtk.EventBox()
        clicked.set_size_request(WIDE, TALL)
        clicked.add(self._picture)
        clicked.connect("button-press-event", self._clicked)
        self._note = label(say("Looking for a face"))
        self._toggle = Gtk.ToggleButton(
            label=say("_Before"), use_underline=True, sensitive=False, halign=Gtk.Align.START
        )
        self._toggle.set_tooltip_text(say("Show it as it was; the key \\ does so while it is held"))
        self._toggle.connect("toggled", lambda _: self._show())
        self._back = Gtk.Button(label=say("Another _face"), use_underline=True, no_show_all=True)
        self._back.connect("clicked", lambda _: self._all_faces())
        buttons = Gtk.Box(spacing=6)
        buttons.pack_start(self._toggle, False, False, 0)
        buttons.pack_start(self._back, False, False, 0)
        for part in (clicked, buttons, self._note):
            self.pack_start(part, False, False, 0)
        window = dialog.window
        self._keys = [
            window.connect("key-press-event", self._key, True),
            window.connect("key-release-event", self._key, False),
        ]
        GLib.idle_add(self._begin)

    # Finding the face

    def _begin(self):
        pixels = read_layer(self._layer, None, _LOOKED_AT)
        self._in_thread(lambda: self._look_for_faces(pixels))
        return False

    def _look_for_faces(self, pixels):
        boxes = in_layer(faces_in(self._dialog.server, pixels), pixels)
        GLib.idle_add(self._have_faces, boxes, pixels)

    def _have_faces(self, boxes, pixels):
        if self._closed:
            return False
        self._faces = boxes
        if not boxes:
            self._note.set_text(say("No face was found in the layer."))
        elif len(boxes) == 1:
            self._choose(0)
        else:
            self._whole = fitted(_pixbuf(pixels), WIDE, TALL)
            self._all_faces()
        return False

    def _all_faces(self):
        self._chosen, self._dialog.face = None, None
        self._note.set_text(say("Click the face to work on."))
        self._back.hide()
        self._toggle.set_sensitive(False)
        self._show()

    def _choose(self, place):
        self._chosen = place
        size = self._layer.get_width(), self._layer.get_height()
        face = self._faces[place]
        if len(self._faces) > 1:
            self._dialog.face = area_of(face, self._faces, size, **_BODY)
            self._back.show()
        area = area_of(face, self._faces, size, **self._around)
        pixels = read_layer(self._layer, area, max(TALL, WIDE))
        self._before, self._after = _pixbuf(pixels), None
        self._note.set_text("")
        self._toggle.set_sensitive(True)
        self._show()
        self._in_thread(lambda: self._send(pixels))

    def _send(self, pixels):
        old, self._sent = self._sent, self._dialog.server.send_pixels(LAYER, pixels)
        if old:
            self._dialog.server.forget_picture(old)
        GLib.idle_add(self.changed)

    # Following the form

    def _settled(self):
        """The form has changed and settled: show what comes of it."""
        if self._sent is None or self._chosen is None or self._closed:
            return
        if self._working:
            self._again = True
            return
        self._working, self._again = True, False
        values, sitter = self._ask()
        sent, place = self._sent, self._chosen
        self._in_thread(lambda: self._make(sent, place, values, sitter))

    def _make(self, sent, place, values, sitter):
        made = note = None
        try:
            made = previewed(
                self._dialog.server, self._dialog.action, sent, values, sitter, self._stop
            )
        except Cancelled:
            pass
        except Problem as problem:
            note = str(problem)
        GLib.idle_add(self._have, place, made, note)

    def _have(self, place, made, note):
        self._working = False
        if self._closed:
            return False
        if place == self._chosen:
            self._after = pixbuf(*made) if made else None
            self._note.set_text(note or "")
            self._show()
        if self._again:
            self._settled()
        return False

    # Showing

    def _show(self):
        if self._chosen is None:
            scale = self._whole.get_width() / self._layer.get_width()
            boxes = [tuple(round(scale * each) for each in face) for face in self._faces]
            self._picture.set_from_pixbuf(_marked(self._whole, boxes))
        else:
            before = self._toggle.get_active() or self._after is None
            shown = self._before if before else self._after
            self._picture.set_from_pixbuf(fitted(shown, WIDE, TALL))

    def _clicked(self, box, event):
        if self._chosen is not None or self._whole is None:
            return False
        wide, high = box.get_allocated_width(), box.get_allocated_height()
        # The picture stands in the middle.
        left, top = (wide - self._whole.get_width()) / 2, (high - self._whole.get_height()) / 2
        scale = self._whole.get_width() / self._layer.get_width()
        self._choose(at(((event.x - left) / scale, (event.y - top) / scale), self._faces))
        return True

    def _key(self, window, event, pressed):
        if event.keyval != _BEFORE_KEY or not self._toggle.get_sensitive():
            return False
        if isinstance(window.get_focus(), Gtk.Entry):
            return False
        self._toggle.set_active(pressed)
        return True

    def _in_thread(self, work):
        def run():
            try:
                work()
            except Problem as problem:
                GLib.idle_add(self._say, str(problem))

        threading.Thread(target=run, daemon=True).start()

    def _say(self, text):
        if not self._closed:
            self._note.set_text(text)
        return False

    def close(self):
        """Stop previewing; the server drops what it held for it."""
        self._closed = True
        self._stop.set()
        for each in self._keys:
            if self._dialog.window.handler_is_connected(each):
                self._dialog.window.disconnect(each)
        sent, server = self._sent, self._dialog.server
        if sent and server:
            threading.Thread(target=server.forget_picture, args=(sent,), daemon=True).start()


def _pixbuf(pixels):
    """A pixbuf of `samples.Pixels`."""
    rgb = bytearray(3 * pixels.width * pixels.height)
    step, depth = pixels.channels * pixels.bits // 8, pixels.bits // 8
    for channel in range(3):
        # The upper byte of each sample.
        rgb[channel::3] = pixels.samples[channel * depth + depth - 1 :: step]
    return pixbuf(bytes(rgb), pixels.width, pixels.height)


def _marked(picture, boxes):
    """A copy of `picture` with frames around (x, y, width, height)."""
    marked = picture.copy()
    for x, y, width, height in boxes:
        for bar in (
            (x, y, width, _LINE),
            (x, y + height - _LINE, width, _LINE),
            (x, y, _LINE, height),
            (x + width - _LINE, y, _LINE, height),
        ):
            _filled(marked, *bar)
    return marked


def _filled(picture, x, y, width, height):
    left, top = max(0, x), max(0, y)
    right = min(picture.get_width(), x + width)
    bottom = min(picture.get_height(), y + height)
    if left < right and top < bottom:
        picture.new_subpixbuf(left, top, right - left, bottom - top).fill(_MARK)
