"""Orders of headshots: each at work in a thread, with its row in the queue."""

import threading

import gi
from core_client import Cancelled, Problem
from visits import candidates, thumbnail

gi.require_version("Gtk", "3.0")
from gi.repository import GLib, Gtk, Pango  # noqa: E402
from words import say  # noqa: E402

THUMBNAIL = 190  # longest side, pixels


def note_of(job):
    """What a job is at, or for how many others it waits."""
    if job["state"] == "queued":
        return say("Waits for {count} before it", count=job["position"])
    return job["note"]


class Order(Gtk.Box):
    """A row that says how far an order is, and stops it.

    Args:
        server: a `core_client.Server`.
        title: of the row.
        request: arguments of `visits.candidates`.
        arrived: called with (order, RGB bytes, width, height) of each picture as it is made.
        ended: called with (order, `visits.Made` or None, thumbnails, a `Problem` or None).
    """

    def __init__(self, server, title, request, arrived, ended):
        super().__init__(spacing=8)
        self.server, self._request = server, request
        self._arrived, self._ended = arrived, ended
        self.stop = threading.Event()
        self._previews = 0
        name = Gtk.Label(label=title, xalign=0, ellipsize=Pango.EllipsizeMode.END)
        self._bar = Gtk.ProgressBar(
            show_text=True, valign=Gtk.Align.CENTER, ellipsize=Pango.EllipsizeMode.END
        )
        self._bar.set_text(say("Waits"))
        halt = Gtk.Button(label=say("S_top"), use_underline=True)
        halt.connect("clicked", lambda _: self._halt())
        self.pack_start(name, True, True, 0)
        self.pack_start(self._bar, True, True, 0)
        self.pack_start(halt, False, False, 0)
        self.show_all()
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        made, pictures, problem = None, [], None
        try:
            made = candidates(self.server, *self._request, self._report, self.stop)
            pictures = [thumbnail(made, entry, THUMBNAIL) for entry in made.sheet]
        except Cancelled:
            pass
        except Problem as caught:
            problem = caught
        GLib.idle_add(self._finish, made, pictures, problem)

    def _finish(self, made, pictures, problem):
        self._ended(self, made, pictures, problem)
        return False

    def _halt(self):
        self._bar.set_text(say("Stopping"))
        self.stop.set()

    def _report(self, job):
        GLib.idle_add(self._show, job)
        if job["previews"] != self._previews:
            self._previews = job["previews"]
            threading.Thread(target=self._fetch_preview, args=(job["id"],), daemon=True).start()

    def _show(self, job):
        if not self.stop.is_set():
            self._bar.set_fraction(job["share"])
            self._bar.set_text(note_of(job))
        return False

    def _fetch_preview(self, job):
        query = {"form": "raw", "longest": THUMBNAIL}
        try:
            data, headers = self.server.call("GET", f"/v1/jobs/{job}/preview", query=query)
        except Problem:
            return  # the job has ended meanwhile
        size = int(headers["X-Width"]), int(headers["X-Height"])
        GLib.idle_add(lambda: self._arrived(self, data, *size) and False)
