"""The dialog of every entry: connection state, form, progress and result."""

import os
import threading

import gi
from background import in_background
from connection import Connection, Installation, State, connect, find
from core_client import Cancelled, Problem

gi.require_version("Gtk", "3.0")
gi.require_version("GimpUi", "3.0")
from arriving import TALL, Arriving  # noqa: E402
from entries import entry_of  # noqa: E402
from gi.repository import Gimp, GimpUi, GLib, Gtk, Pango  # noqa: E402
from job_runs import Run  # noqa: E402
from orders import note_of  # noqa: E402
from remedies import mended, offered  # noqa: E402
from widgets import label, pixbuf  # noqa: E402
from words import capital, say  # noqa: E402

_WIDE = 560
_GO = Gtk.ResponseType.APPLY
_MARKS = {State.READY: "●", State.STARTING: "◌"}


def ask(action, image, drawables, installation):
    """Show the dialog of `action` until it is done or closed; returns a report of what was done.

    Raises:
        Cancelled: it was closed and nothing was done.
    """
    GimpUi.init("headshots")
    dialog = Dialog(action, image, drawables, installation)
    dialog.run()
    if dialog.report is None:
        raise Cancelled
    return dialog.report


class Dialog:
    """One entry's window. The server is called from a thread, GIMP from the main loop.

    connection: its state.
    report: what was done; None until then.
    stop: an event that stops the work.
    wide: the window's width in pixels.
    """

    def __init__(self, action, image, drawables, installation):
        self.action, self.image, self.drawables = action, image, drawables
        self.installation = installation
        self.connection = Connection(State.STARTING, say("Looking for headshots"))
        self.stop = threading.Event()
        self.report = None
        self.face = None  # area of the chosen one of several faces
        self._loop = GLib.MainLoop()
        self.wide = _WIDE
        self._busy = False
        self._lay_out()
        self.entry = entry_of(action)(self)

    def _lay_out(self):
        self.window = GimpUi.Dialog(title=self.action.title, role="headshots", use_header_bar=False)
        self.window.set_default_size(_WIDE, -1)
        self.window.add_button(say("_Close"), Gtk.ResponseType.CLOSE)
        self.go = self.window.add_button(say(self.action.go), _GO)
        self.window.set_default_response(_GO)
        self.window.connect("response", self._responded)
        self.window.connect("delete-event", lambda *_: self._left())
        box = self.window.get_content_area()
        box.set_border_width(12)
        box.set_spacing(12)
        self._state = label("")
        self._help = label(say(self.action.help))
        self.body = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        self._bar = Gtk.ProgressBar(
            show_text=True, valign=Gtk.Align.CENTER, ellipsize=Pango.EllipsizeMode.END
        )
        halt = Gtk.Button(label=say("S_top"), use_underline=True)
        halt.connect("clicked", lambda _: self._halted())
        self._working = Gtk.Box(spacing=8, no_show_all=True)
        self._working.pack_start(self._bar, True, True, 0)
        self._working.pack_start(halt, False, False, 0)
        self._arriving = Arriving()
        self._message = label("", selectable=True)
        self._remedies = Gtk.Box(spacing=8)
        for part in (
            self._help,
            self.body,
            self._arriving,
            self._working,
            self._state,
            self._message,
            self._remedies,
        ):
            box.pack_start(part, part is self.body, True, 0)

    def run(self):
        """Run the dialog until it is closed."""
        self.go.set_sensitive(False)
        self._show_state()
        self.window.show_all()
        GimpUi.window_set_transient(self.window)  # or a click on the image hides it
        self._message.hide()
        if self.entry.lasting:
            self._help.hide()  # its room is needed
        GLib.idle_add(self._begin)
        GLib.timeout_add(500, _end_with, os.getppid())
        self._loop.run()
        self.window.destroy()
        self.entry.left()

    def done(self, report):
        """Keep and show a report of what was done."""
        self.report = report
        self.tell(report)

    # Connection

    def _begin(self):
        def report(connection):
            GLib.idle_add(self._connected, connection)

        self.doing(lambda: self._connect(report))
        return False

    def _connect(self, report):
        self._connected(self.beside(lambda: connect(Installation.read(self.installation), report)))
        # A form that stands there already keeps what was filled in.
        if self.entry.always or not self.body.get_children():
            self.fill_again()

    def fill_again(self):
        """Make the form anew, from what the server knows now."""
        for child in self.body.get_children():
            self.body.remove(child)
        if self.connection.state is State.READY or self.entry.always:
            self.entry.able = True
            self.entry.show(self.beside(self.entry.fetch))
            self.body.show_all()

    def _connected(self, connection):
        self.connection = connection
        self._show_state()
        return False

    def _show_state(self):
        connection = self.connection
        mark = _MARKS.get(connection.state, "▲")
        state = capital(say(connection.state.value))
        self._state.set_text(f"{mark} {state}: {connection.reason}")
        self.tell(*offered(self))
        ready = connection.state is State.READY
        self.go.set_label(say(self.action.go) if ready else say("_Try again"))

    def look_again(self):
        """Connect again."""
        self._connect(self._connected)

    # Work

    def _responded(self, window, response):
        if response != _GO:
            self._left()
        elif not self._busy:
            ready = self.connection.state is State.READY
            self.doing(self._work if ready else self.look_again)

    def _left(self):
        self.stop.set()
        self._loop.quit()
        return True

    def _work(self):
        self.tell("")
        if self.connected():
            report = self.entry.work()
            if report is not None:
                self.done(report)

    def connected(self):
        """Whether a server answers; one that has died is started again."""
        if not self.beside(self._answers):
            self.look_again()
        return self.connection.state is State.READY

    def _answers(self):
        """Whether the server that the dialog knows still runs."""
        server = find(Installation.read(self.installation).runtime)
        return server is not None and (server.url, server.pid) == (self.server.url, self.server.pid)

    def doing(self, work):
        """Do `work` with a Stop button; errors are shown."""
        self.stop.clear()
        self._busy = True
        self.go.set_sensitive(False)
        try:
            work()
        except Cancelled:
            self.tell(say("Stopped. Nothing was changed."))
        except Problem as problem:
            self.trouble(problem)
        finally:
            self._busy = False
            self._working.hide()
            self._arriving.clear()
            self.body.set_sensitive(True)
            if not self.entry.lasting:
                self.window.resize(self.wide, 1)  # the height adapts to the content
            self.go.set_sensitive(self.connection.state is not State.READY or self.entry.able)
            self.go.grab_focus()

    def trouble(self, problem):
        """Say what went wrong."""
        if problem.code == "server.stopped":
            self._connected(Connection(State.STOPPED, problem.what, problem.remedy))
        else:
            self.tell(*mended(self, problem))

    def _halted(self):
        self._bar.set_text(say("Stopping"))
        self.stop.set()

    def beside(self, work):
        """Run `work` in a thread and return its result; closing the window doesn't wait for it."""
        return in_background(work, stop=self.stop)

    def visit(self, work):
        """Run `work(report)` in a thread, showing its progress and obeying Stop."""
        latest, shown = {}, {"previews": 0}

        def tick():
            job = latest.get("job")
            if job is None:
                self._bar.pulse()
                return
            if self.stop.is_set():
                return
            self._bar.set_fraction(job["share"])
            self._bar.set_text(note_of(job))
            if job["previews"] != shown["previews"]:
                shown["previews"] = job["previews"]
                threading.Thread(target=self._fetch_preview, args=(job["id"],), daemon=True).start()

        self._bar.set_text(say("Sending"))
        self._bar.set_fraction(0)
        self._working.set_no_show_all(False)
        self._working.show_all()
        self.body.set_sensitive(False)
        return in_background(lambda: work(lambda job: latest.update(job=job)), tick, self.stop)

    def _fetch_preview(self, job):
        try:
            query = {"form": "raw", "longest": TALL}
            data, headers = self.server.call("GET", f"/v1/jobs/{job}/preview", query=query)
        except Problem:
            return  # the job has ended meanwhile
        GLib.idle_add(self._show_preview, data, int(headers["X-Width"]), int(headers["X-Height"]))

    def _show_preview(self, data, width, height):
        if self._busy:
            self._arriving.show_next(pixbuf(data, width, height))
        return False

    def tell(self, text, remedies=()):
        """Show a message below the form, and a button for each remedy: (text, what it does)."""
        self._message.set_text(text)
        self._message.set_visible(bool(text))
        for child in self._remedies.get_children():
            self._remedies.remove(child)
        for caption, act in remedies:
            button = Gtk.Button(label=caption, use_underline=True)
            button.connect("clicked", lambda _, act=act: self._busy or act())
            self._remedies.pack_start(button, False, False, 0)
        self._remedies.show_all()

    @property
    def server(self):
        """The server, if one answers."""
        return self.connection.server

    def work_at(self, drawables=None):
        """The entry's work, as a script would run it."""
        run = Run(
            self.server,
            self.visit,
            self.stop,
            self.action,
            self.image,
            self.drawables if drawables is None else drawables,
        )
        run.shown, run.face = Gimp.Display.new, self.face
        return run


def _end_with(gimp):
    """End this process when GIMP ends: its window would be useless, but keep its job running."""
    if os.name == "posix" and os.getppid() != gimp:
        os._exit(1)
    return True
