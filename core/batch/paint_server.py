"""One process that paints for all others: its diffusion model is loaded once, and its batches mix
people.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.managers import BaseManager
from threading import Lock
from typing import Any, Protocol, cast

from ..errors import Cancelled, WorkerLost
from ..generation import GENERATORS, Candidate, Request
from ..generation.diffusion.generator import NAME, Diffusion
from ..progress import SILENT, Progress
from .worker_process import begin_as_worker, left


class Paints(Protocol):
    """What workers ask for pictures; an `PaintServer`, or one in another process."""

    def paint(self, request: Request) -> list[Candidate]:
        """The request's candidates; raises as the generator does."""
        ...


@dataclass(eq=False)
class _Order:
    request: Request
    made: list[Candidate] | None = None
    error: Exception | None = None

    @property
    def done(self) -> bool:
        return self.made is not None or self.error is not None


class PaintServer:
    """Paints for several at once: whoever comes while others are painted waits, and all who wait
    are painted together.

    together: `Diffusion.generate_together`.
    """

    def __init__(
        self,
        stopped: Callable[[], bool] = lambda: False,
        together: Callable[..., Iterator[tuple[int, Candidate]]] | None = None,
    ) -> None:
        self._progress = Progress(stopped=stopped)
        self._together = together or Diffusion().generate_together
        self._orders: list[_Order] = []
        self._list, self._turn = Lock(), Lock()

    def paint(self, request: Request) -> list[Candidate]:
        """See `Paints`."""
        mine = _Order(request)
        with self._list:
            self._orders.append(mine)
        with self._turn:
            if not mine.done:
                with self._list:
                    orders, self._orders = self._orders, []
                self._paint(orders)
        if mine.error is not None:
            raise mine.error
        return mine.made or []

    def _paint(self, orders: list[_Order]) -> None:
        made: dict[int, list[Candidate]] = defaultdict(list)
        try:
            for who, candidate in self._together([each.request for each in orders], self._progress):
                made[who].append(candidate)
        except Exception as error:
            if len(orders) == 1 or isinstance(error, Cancelled):
                for each in orders:
                    each.error = error
                return
            for each in orders:  # what is amiss with one is none of the others' business
                self._paint([each])
            return
        for who, each in enumerate(orders):
            each.made = made[who]


class RemotePainter:
    """The generator "diffusion" of a worker: another process paints."""

    name = NAME

    def __init__(self, easel: Paints) -> None:
        self._easel = easel

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `generation.Generator`.

        Raises:
            WorkerLost: the process that paints died.
        """
        progress.update(0.0, "Painting")
        try:
            yield from self._easel.paint(request)
        except (EOFError, ConnectionError) as error:
            raise WorkerLost(
                "The process that paints died",
                "Memory may have run out: ask for smaller pictures, or a smaller model.",
            ) from error


def lend(easel: Paints) -> None:
    """Have this process paint by `easel`."""
    GENERATORS.put(NAME, RemotePainter(easel))


@contextmanager
def easel(context: Any, stopping: Any) -> Generator[Paints]:
    """An easel in a process of its own while the block runs.

    stopping: the end of a pipe; its work stops when the other end is closed.
    """
    manager = _Manager(ctx=context)
    manager.start(_prepare, (stopping,))
    try:
        yield cast(Paints, manager.easel())
    finally:
        manager.shutdown()


class _Manager(BaseManager):
    """A process that holds the easel, and a thread for each that asks."""

    def easel(self) -> Any: ...


def _held() -> PaintServer:
    global _easel
    if _easel is None:
        _easel = PaintServer(lambda: _stopping is not None and left(_stopping))
    return _easel


_Manager.register("easel", _held, exposed=["paint"])
_stopping: Any = None
_easel: PaintServer | None = None


def _prepare(stopping: Any) -> None:
    global _stopping
    _stopping = stopping
    begin_as_worker(os.cpu_count() or 1)
