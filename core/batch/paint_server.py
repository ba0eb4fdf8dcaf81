"""One process that paints for all workers: the model is loaded once, and batches mix people."""

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
from .worker_process import begin_as_worker, head_has_left


class Paints(Protocol):
    """Paints for workers: a `PaintServer`, or a proxy for one in another process."""

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
    """Paints for several workers: requests that come while others are painted wait, and all waiting
    requests are painted together.

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
            for each in orders:  # one at a time, so that one faulty request fails alone
                self._paint([each])
            return
        for who, each in enumerate(orders):
            each.made = made[who]


class RemotePainter:
    """The generator "diffusion" of a worker: another process paints."""

    name = NAME

    def __init__(self, painter: Paints) -> None:
        self._painter = painter

    def generate(self, request: Request, progress: Progress = SILENT) -> Iterator[Candidate]:
        """See `generation.Generator`.

        Raises:
            WorkerLost: the process that paints died.
        """
        progress.update(0.0, "Painting")
        try:
            yield from self._painter.paint(request)
        except (EOFError, ConnectionError) as error:
            raise WorkerLost(
                "The process that paints died",
                "Memory may have run out: ask for smaller pictures, or a smaller model.",
            ) from error


def use_painter(painter: Paints) -> None:
    """Make this process paint with `painter`."""
    GENERATORS.put(NAME, RemotePainter(painter))


@contextmanager
def paint_server(context: Any, stopping: Any) -> Generator[Paints]:
    """A paint server in a process of its own while the block runs.

    stopping: the end of a pipe; its work stops when the other end is closed.
    """
    manager = _Manager(ctx=context)
    manager.start(_prepare, (stopping,))
    try:
        yield cast(Paints, manager.server())
    finally:
        manager.shutdown()


class _Manager(BaseManager):
    """A process with the paint server, and a thread for each client."""

    def server(self) -> Any: ...


def _instance() -> PaintServer:
    global _server
    if _server is None:
        _server = PaintServer(lambda: _stopping is not None and head_has_left(_stopping))
    return _server


_Manager.register("server", _instance, exposed=["paint"])
_stopping: Any = None
_server: PaintServer | None = None


def _prepare(stopping: Any) -> None:
    global _stopping
    _stopping = stopping
    begin_as_worker(os.cpu_count() or 1)
