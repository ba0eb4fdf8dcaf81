"""Candidates in their order while the next ones are already in work."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from ...progress import Progress

T = TypeVar("T")

_ASKED_EVERY = 0.1  # seconds between two questions whether to stop


def ordered_prefetch(
    make: Callable[[int, Progress], T], count: int, at_once: int, progress: Progress
) -> Generator[T]:
    """What `make` gives for 0 to `count` - 1, `at_once` of them in work at a time, each in a thread
    of its own.

    `progress` is asked in the caller's thread alone. Once it says stop, or the caller leaves off,
    so does the progress that `make` is given, and nothing is in work any more when this ends.

    Raises:
        Cancelled: stopped through `progress`.
        Exception: what `make` raises, when its turn comes.
    """
    left_off = Event()
    inner = Progress(stopped=left_off.is_set)
    with ThreadPoolExecutor(at_once, "headshots-candidate") as pool:
        work: deque[Future[T]] = deque()
        try:
            for index in range(count):
                for further in range(index + len(work), min(count, index + at_once)):
                    work.append(pool.submit(make, further, inner))
                while not wait((work[0],), _ASKED_EVERY).done:
                    progress.check()
                yield work.popleft().result()
        finally:
            left_off.set()
            for each in work:
                each.cancel()
