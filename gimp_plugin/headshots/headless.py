"""Runs an entry without a dialog, for scripts and other plug-ins; they get English."""

import json

from background import in_background
from connection import Installation, State, connect
from core_client import Problem
from gi.repository import Gimp
from job_runs import Run

_WHERE = "Filters > Headshots > Settings and diagnostics says more."


def perform(action, image, drawables, sitter, options, installation):
    """Run `action` with GIMP's own progress bar; returns what was done, in words.

    Args:
        options: the entry's inputs as a JSON object.

    Raises:
        Problem, Cancelled: see `core_client`.
    """
    options = _options(options)
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
            problem = connection.problem()
            if connection.state is not State.STOPPED:
                problem = Problem(problem.code, problem.what, f"{problem.remedy} {_WHERE}")
            raise problem
        run = Run(connection.server, visit, None, action, image, drawables)
        return run.perform(sitter, options)
    finally:
        Gimp.progress_end()


def _options(text):
    try:
        options = json.loads(text or "{}")
    except ValueError as error:
        raise Problem(
            "input.invalid", f"The options are no JSON: {error}", "Give an object."
        ) from None
    if not isinstance(options, dict):
        raise Problem("input.invalid", "The options are no JSON object", "Give names and values.")
    return options
