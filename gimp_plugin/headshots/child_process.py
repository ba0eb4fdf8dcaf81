"""Runs another program and follows what it prints; standard library alone."""

import subprocess

from connection import environment, quiet
from core_client import Cancelled


def follow(command, stop, report=lambda line: None):
    """Run `command` to its end; (its exit status, the last line that it printed).

    Args:
        stop: a threading.Event; once set, the program is ended at its next line.
        report: called with each line that isn't empty.

    Raises:
        Cancelled: it was stopped.
        OSError: it can't be started.
    """
    process = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=environment(),
        text=True,
        errors="replace",
        **quiet(),
    )
    last = ""
    for line in process.stdout:
        if stop.is_set():
            process.terminate()
            process.wait(10)
            raise Cancelled
        if line.strip():
            last = line.strip()
            report(last)
    return process.wait(), last
