"""What a batch asks of whatever runs its people, on one machine or many."""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Iterable
from typing import Protocol

from ..errors import WorkerLost
from .outcome import Outcome, failed
from .work import Made, Task


class Engine(Protocol):
    """Runs people."""

    @property
    def count(self) -> int:
        """How many at once."""
        ...

    def run(self, tasks: Iterable[Task], check: Callable[[], Collection[str]]) -> Generator[Made]:
        """What came of each, in the order in which they are done, each once.

        Args:
            tasks: taken when there is room for them, so that few are held at a time.
            check: called often; what it raises ends the run. So does closing the iterator. The
                folders that it returns are those of people who are given up: of them nothing need
                come, and whoever works on them may stop.
        """
        ...


def lost(task: Task) -> Made:
    """What came of somebody whose worker died of them."""
    error = WorkerLost(
        "The process died while it worked on them, twice",
        "Memory may have run out: give it fewer --workers, or smaller photos.",
    )
    outcome = Outcome(task.name, task.folder, "failed", task.inputs)
    return Made(failed(outcome, error.code, error.what, error.remedy), {})
