"""All cores of this machine: processes that take a person at a time.

They speak over pipes, and share no lock that the system knows by name: such a one would be left in
memory where all of them are killed at once.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import ExitStack, suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from ..errors import Cancelled
from .engine import lost
from .work import Made, Task, work
from .worker_process import begin_as_worker, left

if TYPE_CHECKING:
    from .paint_server import Paints

_LOOK_SECONDS = 0.2  # between two looks at whether to stop


class Processes:
    """`count` processes, each with its share of the cores; see `Engine`.

    A process that dies takes nobody else with it: whoever it worked on is tried once more, alone,
    when all others are through, and whoever ends a process twice has failed.

    paints: people need a diffusion model, which a process of its own has for all.
    """

    def __init__(self, count: int, *, paints: bool = False) -> None:
        self.count = count
        self._paints = paints
        self._spawning = multiprocessing.get_context("spawn")  # fork and threads don't go together

    def run(self, tasks: Iterable[Task], check: Callable[[], Collection[str]]) -> Generator[Made]:
        """See `Engine.run`."""
        waiting, again = iter(tasks), list[Task]()
        with ExitStack() as leaving:
            paints: Paints | None = None
            hearing, telling = self._spawning.Pipe(duplex=False)
            if self._paints:
                from .paint_server import easel

                paints = leaving.enter_context(easel(self._spawning, hearing))
            hearing.close()
            threads = max(1, (os.cpu_count() or 1) // self.count)
            workers = [_Worker(self._spawning, threads, paints) for _ in range(self.count)]
            for each in workers:
                leaving.callback(each.join)
            leaving.callback(telling.close)  # who waits for a picture does not hear that they end
            for each in workers:
                leaving.callback(each.leave)
            while True:
                for each in workers:
                    if each.task is None and (task := next(waiting, None)):
                        each.send(task)
                if not any(each.task for each in workers):
                    break
                for each in _answering(workers, check):
                    task, made = each.answer()
                    if made is None:
                        again.append(task)
                        continue
                    if following := next(waiting, None):
                        each.send(following)  # before what was made is delivered, which takes time
                    yield made
            for task in again:
                workers[0].send(task)
                while not (done := _answering(workers, check)):
                    pass
                yield done[0].answer()[1] or lost(task)


class _Worker:
    """A process, begun when there is somebody to work on, and again after it died.

    task: who is worked on; None while it waits.
    """

    def __init__(self, context: Any, threads: int, paints: Paints | None) -> None:
        self._context, self._given = context, (threads, paints)
        self._process: Any = None
        self.pipe: Any = None
        self.task: Task | None = None

    def send(self, task: Task) -> None:
        """Have it work on somebody."""
        if self._process is None:
            self.pipe, other = self._context.Pipe()
            self._process = self._context.Process(target=_serve, args=(other, *self._given))
            self._process.start()
            other.close()
        self.task = task
        with suppress(OSError):  # it died, which its answer tells
            self.pipe.send(task)

    def answer(self) -> tuple[Task, Made | None]:
        """Whom it worked on, and what came of it; None if it died.

        Raises what it raised.
        """
        task, self.task = self.task, None
        assert task is not None
        try:
            made = self.pipe.recv()
        except (EOFError, OSError):
            self.leave()
            self.join()
            self._process = None
            return task, None
        if isinstance(made, Exception):
            raise made
        return task, made

    def leave(self) -> None:
        """Have it end; it drops whom it works on."""
        if self.pipe is not None:
            self.pipe.close()

    def join(self) -> None:
        """Wait until it has ended."""
        if self._process is not None:
            self._process.join()


def _answering(workers: Iterable[_Worker], check: Callable[[], Collection[str]]) -> list[_Worker]:
    """Those who have an answer, after a while at most."""
    check()
    busy = [each for each in workers if each.task is not None]
    ready = wait([each.pipe for each in busy], _LOOK_SECONDS)
    return [each for each in busy if each.pipe in ready]


def _serve(pipe: Any, threads: int, paints: Paints | None) -> None:
    """In the worker: one person after the other, until the head closes its end of the pipe."""
    begin_as_worker(threads)
    if paints is not None:
        from .paint_server import lend

        lend(paints)
    while True:
        try:
            made: Made | Exception = work(pipe.recv(), lambda: left(pipe))
        except (EOFError, Cancelled):
            return
        except Exception as error:
            made = error
        try:
            pipe.send(made)
        except OSError:  # the head has gone meanwhile
            return
