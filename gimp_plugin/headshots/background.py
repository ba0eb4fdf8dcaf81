"""Runs work in a thread: only the main thread may call GIMP, and it must never wait."""

import threading
import time

from core_client import Cancelled
from gi.repository import GLib

_TICK_MS = 50
_STOPPING_SECONDS = 0.5


def in_background(work, tick=lambda: None, stop=None):
    """Run `work` in a thread while the main loop runs; returns or raises what it does.

    Args:
        tick: called on the main thread, 20 times a second.
        stop: a threading.Event; once set, the work is waited for half a second more.

    Raises:
        Cancelled: it was stopped.
    """
    ended = {}

    def run():
        try:
            ended["result"] = work()
        except BaseException as error:
            ended["error"] = error

    thread = threading.Thread(target=run, daemon=True)
    loop = GLib.MainLoop()
    stopping = []

    def turn():
        tick()
        if stop is not None and stop.is_set() and not stopping:
            stopping.append(time.monotonic() + _STOPPING_SECONDS)
        if thread.is_alive() and not (stopping and time.monotonic() > stopping[0]):
            return True
        loop.quit()
        return False

    thread.start()
    GLib.timeout_add(_TICK_MS, turn)
    loop.run()
    if "error" in ended:
        raise ended["error"]
    if "result" not in ended:
        raise Cancelled
    return ended["result"]
