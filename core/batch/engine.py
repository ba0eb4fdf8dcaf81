"""The contract of the engines that run a batch's people, on one machine or many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from typing import Protocol

from ..errors import WorkerLost
from .outcome import Outcome, failed
from .work import Task, WorkResult


class Engine(Protocol):
    """Runs the people of a batch."""

    @property
    def count(self) -> int:
        """How many people are worked on at once."""
        ...

    def run(
        self, tasks: Iterable[Task], check: Callable[[], Collection[str]]
    ) -> Generator[WorkResult]:
        """The result of each person, in the order in which they are done, each once.

        Args:
            tasks: read when a worker is free, so that few are in memory at a time.
            check: called often; what it raises ends the run. So does closing the iterator. It
                returns the folders of people who are dropped: their work may stop, and they need
                no result.
        """
        ...


def lost(task: Task) -> WorkResult:
    """The result of a person whose worker died twice."""
    error = WorkerLost(
        "The process died while it worked on them, twice",
        "Memory may have run out: give it fewer --workers, or smaller photos.",
    )
    outcome = Outcome(task.name, task.folder, "failed", task.inputs)
    return WorkResult(failed(outcome, error.code, error.what, error.remedy), {})
