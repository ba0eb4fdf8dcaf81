"""All cores of this machine: processes that take a person at a time."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable, Collection, Generator, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from threading import Thread
from typing import TYPE_CHECKING, Any

from ..settings import settings
from .engine import lost
from .work import Made, Task, work

if TYPE_CHECKING:
    from .painting import Paints

_LOOK_SECONDS = 0.2  # between two looks at whether to stop
_stopping: Any = None  # in a worker: the event that stops it


class Processes:
    """`count` processes, each with its share of the cores; see `Engine`.

    A process that dies takes nobody else with it: those who were being worked on are tried once
    more, each alone, and whoever ends a process twice has failed.

    paints: people need a diffusion model, which a process of its own has for all.
    """

    def __init__(self, count: int, *, paints: bool = False) -> None:
        self.count = count
        self._paints = paints
        self._easel: Paints | None = None
        self._spawning = multiprocessing.get_context("spawn")  # fork and threads don't go together
        self._stop = self._spawning.Event()

    def run(self, tasks: Iterable[Task], check: Callable[[], Collection[str]]) -> Generator[Made]:
        """See `Engine.run`."""
        if self._paints and self._easel is None:
            from .painting import easel

            with easel(self._spawning, self._stop) as self._easel:
                try:
                    yield from self.run(tasks, check)
                finally:
                    self._easel = None
            return
        waiting = iter(tasks)
        pool = self._pool(self.count)
        running: dict[Future[Made], Task] = {}
        try:
            while True:
                # One more than can run: whoever is done finds work at once.
                while len(running) <= self.count and (task := next(waiting, None)):
                    running[pool.submit(_work, task)] = task
                if not running:
                    return
                check()
                suspects: list[Task] = []
                for future in wait(running, _LOOK_SECONDS, FIRST_COMPLETED).done:
                    task = running.pop(future)
                    try:
                        yield future.result()
                    except BrokenProcessPool:
                        suspects.append(task)
                if suspects:
                    suspects += running.values()
                    running.clear()
                    pool.shutdown()
                    for task in suspects:
                        check()
                        yield self._alone(task)
                    pool = self._pool(self.count)
        finally:
            self._stop.set()
            pool.shutdown(cancel_futures=True)

    def _alone(self, task: Task) -> Made:
        with self._pool(1) as pool:
            try:
                return pool.submit(_work, task).result()
            except BrokenProcessPool:
                return lost(task)

    def _pool(self, count: int) -> ProcessPoolExecutor:
        threads = max(1, (os.cpu_count() or 1) // self.count)
        return ProcessPoolExecutor(
            count, self._spawning, initializer=_prepare, initargs=(self._stop, threads, self._easel)
        )


def _prepare(stop: Any, threads: int, easel: Paints | None) -> None:
    global _stopping
    _stopping = stop
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the head says what to do
    os.environ["HEADSHOTS_THREADS"] = str(threads)
    settings.cache_clear()
    if easel is not None:
        from .painting import lend

        lend(easel)
    end_with_the_head()


def end_with_the_head() -> None:
    """Have this process end when the head does: one that was killed tells nobody."""
    Thread(target=_end_with_the_head, daemon=True).start()


def _end_with_the_head() -> None:
    head = multiprocessing.parent_process()
    if head is not None:
        head.join()
        os._exit(1)


def _work(task: Task) -> Made:
    return work(task, _stopping.is_set)
