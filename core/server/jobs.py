"""The job queue: recipes that wait for a device and run on it, and the clients that watch them."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from threading import Event, Lock, Semaphore
from time import monotonic

from ..errors import HeadshotsError, NothingHere, ServerBusy
from ..images import Image
from ..recipes.cache import size_of
from ..recipes.graph import Recipe
from ..recipes.runner import Results
from .limits import Limits
from .uploads import Upload


class State(StrEnum):
    """The state of a job. The last three are final."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def ended(self) -> bool:
        """True if the state is final."""
        return self in (State.DONE, State.FAILED, State.CANCELLED)


@dataclass(eq=False)
class Job:
    """One recipe to run. Only `Jobs` and the worker change its fields.

    title: for people.
    sitters: keys (`vault.key_of`) of the sitters whose data it uses.
    pictures: uploaded pictures, by the id of the node that reads them.
    detached: True keeps it running when no client watches it.
    listed: False leaves it out of the list of jobs.
    share: 0..1 done.
    note: what is being done.
    previews: how many came.
    preview: the last one.
    picks: names of pictures that a person chose.
    version: grows with every change.
    last_request: when a client last asked for it, by the clock.
    """

    title: str
    recipe: Recipe
    sitters: frozenset[str] = frozenset()
    pictures: Mapping[str, Sequence[Upload]] = field(default_factory=dict[str, Sequence[Upload]])
    detached: bool = False
    listed: bool = True
    id: str = field(default_factory=lambda: secrets.token_urlsafe(9))
    state: State = State.QUEUED
    share: float = 0.0
    note: str = ""
    previews: int = 0
    preview: Image | None = None
    error: HeadshotsError | None = None
    results: Results | None = None
    picks: tuple[str, ...] = ()
    version: int = 0
    last_request: float = 0.0
    stop: Event = field(default_factory=Event)
    watchers: set[asyncio.Event] = field(default_factory=set[asyncio.Event])

    def report(self, share: float, note: str, preview: Image | None) -> None:
        """`progress.Report` of the job."""
        self.share, self.note = share, note or self.note
        if preview is not None:
            self.preview, self.previews = preview, self.previews + 1


class Jobs:
    """The queue, and the jobs that have run, with their results. Thread-safe."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._jobs: dict[str, Job] = {}
        self._lock = Lock()
        self._added = Semaphore(0)
        self._loop: asyncio.AbstractEventLoop | None = None

    def bind(self, loop: asyncio.AbstractEventLoop) -> None:
        """Set the event loop that the watchers wait in."""
        self._loop = loop

    def add(self, job: Job) -> None:
        """Put `job` at the end of the queue.

        Raises:
            ServerBusy: the queue is full.
        """
        with self._lock:
            waiting = sum(each.state is State.QUEUED for each in self._jobs.values())
            if waiting >= self._limits.queued:
                raise ServerBusy(f"{waiting} jobs wait already", "Wait for some of them to end.")
            job.last_request = self._clock()
            self._jobs[job.id] = job
        self._added.release()

    def get(self, id: str, *, watching: bool = True) -> Job:
        """The job with that id.

        Args:
            watching: True counts as watching a job that has not ended, so that it isn't cancelled.

        Raises:
            NothingHere: there is none, or it was dropped.
        """
        with self._lock:
            job = self._jobs.get(id)
            if job is None:
                raise NothingHere(
                    f"No job is called {id!r}", "It may have been dropped; start it again."
                )
            if watching or job.state.ended:
                job.last_request = self._clock()
            return job

    def all(self) -> list[Job]:
        """Every job that is held, the oldest first."""
        with self._lock:
            return list(self._jobs.values())

    def position(self, job: Job) -> int:
        """How many jobs wait before this one; 0 once it runs."""
        with self._lock:
            ahead = 0
            for each in self._jobs.values():
                if each is job:
                    break
                ahead += not each.state.ended
        return 0 if job.state is not State.QUEUED else ahead

    def next(self, timeout: float) -> Job | None:
        """Take the next job from the queue and mark it as running; None after `timeout` seconds."""
        self._added.acquire(timeout=timeout)
        with self._lock:
            for job in self._jobs.values():
                if job.state is State.QUEUED:
                    job.state = State.RUNNING
                    break
            else:
                return None
        self.changed(job)
        return job

    def end(self, job: Job, state: State, error: HeadshotsError | None = None) -> None:
        """Mark a job as ended, and let go of its uploads and preview; its results stay."""
        with self._lock:
            job.state, job.error, job.pictures, job.preview = state, error, {}, None
            job.share = 1.0 if state is State.DONE else job.share
            job.last_request = self._clock()
        self.changed(job)

    def cancel(self, job: Job) -> None:
        """Stop a job; one that has ended stays as it is."""
        job.stop.set()
        if job.state is State.QUEUED:
            self.end(job, State.CANCELLED)

    def drop(self, job: Job) -> None:
        """Stop a job and forget it with its results."""
        self.cancel(job)
        with self._lock:
            self._jobs.pop(job.id, None)
        self.changed(job)

    def changed(self, job: Job) -> None:
        """Notify the watchers of `job`; may be called from any thread."""
        job.version += 1
        if self._loop is not None and job.watchers:
            self._loop.call_soon_threadsafe(_wake, job)

    @contextmanager
    def watching(self, job: Job) -> Generator[asyncio.Event]:
        """An event that is set at every change of `job`; the job counts as watched meanwhile."""
        event = asyncio.Event()
        job.watchers.add(event)
        try:
            yield event
        finally:
            job.watchers.discard(event)
            job.last_request = self._clock()

    def sweep(self) -> None:
        """Cancel jobs that nobody watches; drop results that are unused for long, or too large."""
        now = self._clock()
        size = 0
        for job in reversed(self.all()):
            if job.watchers:
                job.last_request = now
            alone = now - job.last_request
            if not job.state.ended:
                if not job.detached and alone > self._limits.orphan_seconds:
                    self.cancel(job)
                continue
            size += size_of(job.results.outputs) if job.results else 0
            if alone > self._limits.results_seconds or size > self._limits.results_bytes:
                self.drop(job)


def _wake(job: Job) -> None:
    for event in job.watchers:
        event.set()
