"""How every process of a batch starts, and ends together with the head process."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from threading import Thread
from typing import Any

from ..errors import Cancelled
from ..isolation import read_apart
from ..memory import keep_private
from ..photos import DECODING
from ..scratch import discard_own
from ..settings import settings


def head_has_left(pipe: Any) -> bool:
    """Whether the head has closed its end of the pipe, and has sent nothing that is unread."""
    try:
        return pipe.poll()
    except OSError:  # on Windows
        return True


def begin_as_worker(threads: int) -> None:
    """Set up a worker process: privacy, signals, threads, isolated reading."""
    keep_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all processes; the head decides
    os.environ["HEADSHOTS_THREADS"] = str(threads)
    settings.cache_clear()
    read_apart([DECODING])
    Thread(target=_end_with_the_head, daemon=True).start()


def serve(pipe: Any, work: Callable[[Any], Any]) -> None:
    """Answer each task of a pipe by `work`, or by what it raised, until the head closes its end."""
    while True:
        try:
            result: Any = work(pipe.recv())
        except (EOFError, Cancelled):
            return
        except Exception as error:
            result = error
        try:
            pipe.send(result)
        except OSError:  # the head has gone meanwhile
            return


def _end_with_the_head() -> None:
    """End this process when the head has ended, as a killed head can't tell us."""
    head = multiprocessing.parent_process()
    if head is not None:
        head.join()
        discard_own()
        os._exit(1)
