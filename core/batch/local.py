"""The engine for this machine: processes that work on one person at a time.

They communicate over pipes and share no named lock: such a lock would stay in memory if all of them
were killed at once.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Collection, Generator, Iterable
from contextlib import ExitStack, suppress
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any

from .engine import lost
from .work import Task, WorkResult, work
from .worker_process import begin_as_worker, head_has_left, serve

if TYPE_CHECKING:
    from .paint_server import Paints

_LOOK_SECONDS = 0.2  # between two looks at whether to stop


class Processes:
    """`count` processes, each with its share of the cores; see `Engine`.

    If a process dies, only its person is affected: they are tried once more, alone, after all
    others. A person over whom a process dies twice has failed.

    paints: the recipe needs a diffusion model, which a separate process runs for all.
    """

    def __init__(self, count: int, *, paints: bool = False) -> None:
        self.count = count
        self._paints = paints
        self._spawning = multiprocessing.get_context("spawn")  # fork and threads don't go together

    def run(
        self, tasks: Iterable[Task], check: Callable[[], Collection[str]]
    ) -> Generator[WorkResult]:
        """See `Engine.run`."""
        waiting, again = iter(tasks), list[Task]()
        with ExitStack() as leaving:
            paints: Paints | None = None
            hearing, telling = self._spawning.Pipe(duplex=False)
            if self._paints:
                from .paint_server import paint_server

                paints = leaving.enter_context(paint_server(self._spawning, hearing))
            hearing.close()
            threads = max(1, (os.cpu_count() or 1) // self.count)
            workers = [_Worker(self._spawning, threads, paints) for _ in range(self.count)]
            for each in workers:
                leaving.callback(each.join)
            leaving.callback(telling.close)  # workers that wait for a picture can't notice the end
            for each in workers:
                leaving.callback(each.leave)
            while True:
                for each in workers:
                    if each.task is None and (task := next(waiting, None)):
                        each.send(task)
                if not any(each.task for each in workers):
                    break
                for each in _answering(workers, check):
                    task, result = each.answer()
                    if result is None:
                        again.append(task)
                        continue
                    if following := next(waiting, None):
                        each.send(following)  # before the delivery of the result, which takes time
                    yield result
            for task in again:
                workers[0].send(task)
                while not (ready := _answering(workers, check)):
                    pass
                yield ready[0].answer()[1] or lost(task)


class _Worker:
    """A process, started for its first person, and again after it died.

    task: the person it works on; None while it waits.
    """

    def __init__(self, context: Any, threads: int, paints: Paints | None) -> None:
        self._context, self._options = context, (threads, paints)
        self._process: Any = None
        self.pipe: Any = None
        self.task: Task | None = None

    def send(self, task: Task) -> None:
        """Start work on a person."""
        if self._process is None:
            self.pipe, other = self._context.Pipe()
            self._process = self._context.Process(target=_serve, args=(other, *self._options))
            self._process.start()
            other.close()
        self.task = task
        with suppress(OSError):  # it died; `answer` reports that
            self.pipe.send(task)

    def answer(self) -> tuple[Task, WorkResult | None]:
        """Its task and the result; None if it died. Raises what the work raised."""
        task, self.task = self.task, None
        assert task is not None
        try:
            result = self.pipe.recv()
        except (EOFError, OSError):
            self.leave()
            self.join()
            self._process = None
            return task, None
        if isinstance(result, Exception):
            raise result
        return task, result

    def leave(self) -> None:
        """Tell it to end; the person it works on is dropped."""
        if self.pipe is not None:
            self.pipe.close()

    def join(self) -> None:
        """Wait until it has ended."""
        if self._process is not None:
            self._process.join()


def _answering(workers: Iterable[_Worker], check: Callable[[], Collection[str]]) -> list[_Worker]:
    """The workers that have an answer; waits for a moment at most."""
    check()
    busy = [each for each in workers if each.task is not None]
    ready = wait([each.pipe for each in busy], _LOOK_SECONDS)
    return [each for each in busy if each.pipe in ready]


def _serve(pipe: Any, threads: int, paints: Paints | None) -> None:
    """The worker's loop: one person after the other, until the head closes its end of the pipe."""
    begin_as_worker(threads)
    if paints is not None:
        from .paint_server import use_painter

        use_painter(paints)
    serve(pipe, lambda task: work(task, lambda: head_has_left(pipe)))
