"""The worker thread: runs one job after the other on its device."""

from __future__ import annotations

import logging
from contextlib import suppress
from threading import Event, Thread

from ..comfyui.remote_nodes import leave
from ..errors import Cancelled, HeadshotsError, ServerError
from ..images import Image
from ..progress import Progress
from ..recipes.actions.handed import handed
from ..recipes.cache import Cache
from ..recipes.foreign import enter
from ..recipes.runner import Results, run
from ..recipes.step import Kind
from ..recipes.steps import FORGET_SITTER
from .jobs import Job, Jobs, State

_LOG = logging.getLogger(__name__)
_WAIT = 0.5  # seconds between two looks at whether to stop


class Worker(Thread):
    """One thread for one device.

    A thread and not a process: the heavy work is done by libraries that release the GIL, and the
    sitter's data stays in the memory of one process.
    """

    def __init__(self, jobs: Jobs, cache: Cache) -> None:
        super().__init__(name="headshots-worker", daemon=True)
        self._jobs = jobs
        self._cache = cache
        self._done = Event()
        self._away = False  # True: a ComfyUI may hold data of jobs

    def run(self) -> None:
        """Until `finish` is called."""
        while not self._done.is_set():
            job = self._jobs.next(_WAIT)
            if job is not None:
                self._work(job)
                self._leave()

    def finish(self) -> None:
        """Stop the job that runs, and then the thread."""
        self._done.set()
        for job in self._jobs.all():
            self._jobs.cancel(job)

    def _leave(self) -> None:
        """Make ComfyUIs free their memory once no other job waits: that unloads their models, too,
        which the next job would have to load again.
        """
        waits = any(each.state is State.QUEUED for each in self._jobs.all())
        if self._away and (self._done.is_set() or not waits):
            self._away = False
            with suppress(HeadshotsError):
                leave()

    def _work(self, job: Job) -> None:
        def report(share: float, note: str, preview: Image | None) -> None:
            job.report(share, note, preview)
            self._jobs.changed(job)

        progress = Progress(report, job.stop.is_set)
        try:
            progress.check()
            uploads = {
                id: handed(job.recipe.nodes[id].step, [(each.name, each.data) for each in pictures])
                for id, pictures in job.pictures.items()
            }
            self._away |= enter(job.recipe)
            results = run(job.recipe, progress=progress, cache=self._cache, handed=uploads)
            job.results = _without_sitters(results)
            self._jobs.end(job, State.DONE)
        except Cancelled:
            self._jobs.end(job, State.CANCELLED)
        except HeadshotsError as error:
            self._jobs.end(job, State.FAILED, error)
        except Exception as error:
            # The text of an unexpected error may hold a path or a name; its type holds neither.
            _LOG.error("a job failed by %s", type(error).__name__)
            self._jobs.end(job, State.FAILED, _fault(error))
        finally:
            if any(node.step is FORGET_SITTER for node in job.recipe.nodes.values()):
                self._cache.clear()


def _without_sitters(results: Results) -> Results:
    """`results` without what clients can't request: enrolled sitters and encoded photos."""
    nodes = results.recipe.nodes
    private = (Kind.IDENTITY, Kind.PHOTO)
    return Results(
        results.recipe,
        {
            id: tuple(
                None if output.kind in private else value
                for output, value in zip(nodes[id].step.outputs, values, strict=True)
            )
            for id, values in results.outputs.items()
        },
    )


def _fault(error: Exception) -> HeadshotsError:
    return ServerError(
        f"{type(error).__name__}, a fault in headshots",
        "Start the server with HEADSHOTS_DEBUG=1 to see where, and please report it.",
    )
