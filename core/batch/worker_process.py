"""What every process of a batch does: it begins the same way, and ends with the head."""

from __future__ import annotations

import multiprocessing
import os
import signal
from threading import Thread
from typing import Any

from ..isolation import read_apart
from ..memory import keep_private
from ..photos import DECODING
from ..scratch import discard_own
from ..settings import settings


def left(pipe: Any) -> bool:
    """Whether the head has closed its end of the pipe, and has sent nothing that is unread."""
    try:
        return pipe.poll()
    except OSError:  # as Windows says it
        return True


def begin_as_worker(threads: int) -> None:
    """What a process of a batch does first."""
    keep_private()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the head says what to do
    os.environ["HEADSHOTS_THREADS"] = str(threads)
    settings.cache_clear()
    read_apart([DECODING])
    Thread(target=_end_with_the_head, daemon=True).start()


def _end_with_the_head() -> None:
    """A head that was killed tells nobody."""
    head = multiprocessing.parent_process()
    if head is not None:
        head.join()
        discard_own()
        os._exit(1)
