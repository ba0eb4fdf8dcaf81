"""Results in order, while the next ones are already computed in other threads."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from threading import Event
from typing import TypeVar

from ...progress import Progress

T = TypeVar("T")

_CHECK_INTERVAL = 0.1  # seconds between two checks for a stop


def ordered_prefetch(
    make: Callable[[int, Progress], T], count: int, at_once: int, progress: Progress
) -> Generator[T]:
    """The results of `make` for 0 to `count` - 1, in order, `at_once` computed at a time.

    make: runs in threads, with a progress that stops once `progress` says so or the caller closes
        the generator. When the generator ends, no thread is working any more.
    progress: is used in the caller's thread only.

    Raises:
        Cancelled: stopped through `progress`.
        Exception: what `make` raises, when its turn comes.
    """
    stopped = Event()
    inner = Progress(stopped=stopped.is_set)
    with ThreadPoolExecutor(at_once, "headshots-candidate") as pool:
        work: deque[Future[T]] = deque()
        try:
            for index in range(count):
                for further in range(index + len(work), min(count, index + at_once)):
                    work.append(pool.submit(make, further, inner))
                while not wait((work[0],), _CHECK_INTERVAL).done:
                    progress.check()
                yield work.popleft().result()
        finally:
            stopped.set()
            for each in work:
                each.cancel()
