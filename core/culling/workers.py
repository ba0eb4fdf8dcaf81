"""Measures frames in processes, one a core, whose memory doesn't grow with the frames.

They talk by pipes and share no named lock, which would outlive them if all were killed at once.
What a frame's face is known by goes through these pipes, and nowhere else.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from ..batch.worker_process import begin_as_worker, serve
from ..progress import Progress
from .measures import Measures, measure

_LOOK_SECONDS = 0.2  # between two looks at whether to stop
_MOST_WORKERS = 16
_TOLD = 50  # times that the number of frames is told: a line each in a log


def measured(paths: Sequence[Path], progress: Progress, workers: int = 0) -> list[Measures]:
    """What is measured of each photo, in the order of `paths`.

    A photo over which its process dies has a fault, and the others are measured by a new one.

    workers: processes; 0 for one a core.

    Raises:
        SetupError: weights are missing.
        Cancelled: stopped through `progress`.
    """
    count = min(workers or os.cpu_count() or 1, _MOST_WORKERS, len(paths))
    results: dict[int, Measures] = {}
    step = max(1, len(paths) // _TOLD)
    for index, result in _run(paths, count, progress):
        results[index] = result
        done = len(results) // step * step
        progress.update(len(results) / len(paths), f"{done} of {len(paths)} frames")
    return [results[index] for index in range(len(paths))]


def _run(paths: Sequence[Path], count: int, progress: Progress) -> Iterator[tuple[int, Measures]]:
    waiting = iter(enumerate(paths))
    workers = [_Worker() for _ in range(count)]
    try:
        for each in workers:
            each.take(next(waiting, None))
        while busy := [each for each in workers if each.index is not None]:
            progress.check()
            for pipe in wait([each.pipe for each in busy], _LOOK_SECONDS):
                worker = next(each for each in busy if each.pipe is pipe)
                index, result = worker.answer()
                worker.take(next(waiting, None))
                if isinstance(result, Exception):
                    raise result
                yield index, result
    finally:
        for each in workers:
            each.leave()


class _Worker:
    """A process, started with its first photo.

    index: of the photo it works on; None while it waits.
    """

    def __init__(self) -> None:
        self._process: Any = None
        self._name = ""
        self.pipe: Any = None
        self.index: int | None = None

    def take(self, photo: tuple[int, Path] | None) -> None:
        """Start work on a photo; None for nothing more to do."""
        self.index = None
        if photo is None:
            return
        if self._process is None:
            context = multiprocessing.get_context("spawn")  # fork and threads don't go together
            self.pipe, other = context.Pipe()
            self._process = context.Process(target=_serve, args=(other,))
            self._process.start()
            other.close()
        self.index, path = photo
        self._name = path.name
        with suppress(OSError):  # it died; `answer` says so
            self.pipe.send(path)

    def answer(self) -> tuple[int, Measures | Exception]:
        """The photo's index, and what was measured or raised."""
        assert self.index is not None
        try:
            return self.index, self.pipe.recv()
        except (EOFError, OSError):
            self.leave()
            self._process = None
            name = self._name.encode(errors="replace").decode()
            fault = f"{name} ends the process that reads it. Copy it again from the camera."
            return self.index, Measures(fault=fault)

    def leave(self) -> None:
        """End the process; it holds nothing that must be written."""
        if self._process is not None:
            self.pipe.close()
            self._process.terminate()
            self._process.join()


def _serve(pipe: Any) -> None:
    """The process's loop: one photo after the other, until the head closes its end of the pipe."""
    begin_as_worker(1)
    import cv2

    cv2.setNumThreads(1)  # each process has one core
    serve(pipe, measure)
