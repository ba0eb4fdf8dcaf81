"""Runs an entry without a dialog, for scripts and other plug-ins."""

from background import in_background
from connection import Installation, State, connect
from gi.repository import Gimp
from job_runs import Run


def perform(action, image, drawables, sitter, options, installation):
    """Run `action` with GIMP's own progress bar; returns what was done, in words.

    Raises:
        Problem, Cancelled: see `core_client`.
    """
    Gimp.progress_init("headshots")
    shown = {"share": 0.0, "note": "headshots"}

    def report(job):
        shown["share"], shown["note"] = job["share"], job["note"] or shown["note"]

    def tick():
        Gimp.progress_update(shown["share"])
        Gimp.progress_set_text(shown["note"])

    def visit(work):
        return in_background(lambda: work(report), tick)

    try:
        connection = visit(lambda report: connect(Installation.read(installation)))
        if connection.state is not State.READY:
            raise connection.problem()
        run = Run(connection.server, visit, None, action, image, drawables)
        return run.perform(sitter, options)
    finally:
        Gimp.progress_end()
