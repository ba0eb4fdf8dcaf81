"""People a minute of `headshots batch`, measured on this machine and reckoned for larger ones.

    .venv/bin/python tests/benchmarks/batch.py [--people 12] [--workers 1 2] [--write]

Measured: wall time with so many workers; the start of a worker, by a run of one person; what each
person takes beside the steps themselves; and the head's memory over ten to a thousand people.
Reckoned: a thousand people on more workers, of the measured times of each person, the start of a
worker and the head's own time for each. With --write the tables go into docs/batch.md. The machine
has to be quiet; it takes about three minutes on two cores.
"""

from __future__ import annotations

import argparse
import heapq
import io
import sys
import tempfile
from collections.abc import Callable, Collection, Generator, Iterable, Sequence
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from time import monotonic

import numpy as np
import psutil

from headshots.core.batch.batch import run_batch
from headshots.core.batch.local import Processes
from headshots.core.batch.outcome import Outcome, Results
from headshots.core.batch.people import Person, read_people
from headshots.core.batch.plan import RECIPE, Plan
from headshots.core.batch.work import Task, WorkResult
from headshots.core.recipes.documents import built_in
from headshots.scripts.team import good, sources
from headshots.tests.benchmarks.machine import describe

MEBIBYTE = 2**20
PAGE = Path(__file__).parents[2] / "docs" / "batch.md"
BEGIN, END = "<!-- figures: written by tests/benchmarks/batch.py -->", "<!-- end of figures -->"


class Ready:
    """An engine that hands out what another made before: what is left is the head's own work."""

    count = 1

    def __init__(self, made: WorkResult) -> None:
        self._made = made

    def run(
        self, tasks: Iterable[Task], check: Callable[[], Collection[str]]
    ) -> Generator[WorkResult]:
        """See `Engine.run`."""
        for task in tasks:
            check()
            name, folder, inputs = task.name, task.folder, task.inputs
            outcome = replace(self._made.outcome, name=name, folder=folder, inputs=inputs)
            yield WorkResult(outcome, self._made.files)


def reckoned(seconds: Sequence[float], workers: int, start: float, head: float) -> float:
    """Wall time of people who take `seconds` each, done in order by `workers` behind one head."""
    free = [start] * workers
    heapq.heapify(free)
    written = 0.0
    for each in seconds:
        done = heapq.heappop(free) + each
        written = max(written, done) + head
        heapq.heappush(free, done)
    return written


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--width", type=int, default=1024)
    parser.add_argument("--count", type=int, default=6)
    parser.add_argument("--write", action="store_true", help="put the tables into docs/batch.md")
    given = parser.parse_args()
    told = io.StringIO()

    def tell(text: str) -> None:
        told.write(text)
        sys.stdout.write(text)
        sys.stdout.flush()

    machine = describe()
    tell(
        f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gb']} GB, "
        f"{machine['system']}, Python {machine['python']}, load before {machine['load']}; "
        f"{given.people} people, {given.count} candidates each, {given.width} pixels wide.\n\n"
    )
    plan = Plan.of(built_in(RECIPE), {"width": given.width, "count": given.count})
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as place:
        base = Path(place)
        for number, photos in enumerate(islice(cycle(sources()[:3]), given.people), 1):
            good(base / "team" / f"Person {number}", photos, rng)
        team = read_people(base / "team")
        wall, taken = _timed(team[:1], plan, base / "one", 1)
        start = wall - sum(taken)
        tell(f"Starting a worker takes {start:.1f} s, once.\n\n")
        tell("| Workers | People a minute | Seconds each | Beside the steps, each |\n")
        tell("|---|---|---|---|\n")
        for workers in given.workers:
            wall, taken = _timed(team, plan, base / f"out{workers}", workers)
            # The last worker to end leaves the others idle; that isn't the batch's doing.
            beside = max(0.0, wall - reckoned(taken, workers, start, 0)) / len(team)
            each = float(np.mean(taken))
            tell(
                f"| {workers} | {60 * len(team) / wall:.1f} | {each:.2f} | "
                f"{1000 * beside:.0f} ms, {100 * beside * workers / each:.1f} % |\n"
            )
        folder = base / f"out{given.workers[-1]}/people"
        files = {
            path.name: path.read_bytes()
            for path in (folder / team[0].folder).iterdir()
            if path.name != "outcome.json"
        }
        outcome = Results(base / f"out{given.workers[-1]}").outcome(team[0].folder)
        assert outcome is not None
        head = _memory(base, plan, WorkResult(outcome, files), tell)
    at_once = given.workers[-1]
    tell(f"\nReckoned of the times with {at_once} at once, each worker on a core of its own:\n\n")
    tell("| Workers | A thousand people, minutes | People a minute |\n|---|---|---|\n")
    thousand = list(islice(cycle(taken), 1000))
    for workers in (1, 2, 4, 8, 16, 32, 64):
        minutes = reckoned(thousand, workers, start, head) / 60
        tell(f"| {workers} | {minutes:.1f} | {1000 / minutes:.0f} |\n")
    if given.write:
        _write(told.getvalue())


def _timed(
    team: Sequence[Person], plan: Plan, folder: Path, workers: int
) -> tuple[float, list[float]]:
    """Wall time of a run, and the time that each person's steps took."""
    begun = monotonic()
    outcomes = run_batch(team, plan, folder, Processes(workers))
    return monotonic() - begun, [each.seconds for each in outcomes]


def _write(tables: str) -> None:
    """Put the tables into the page, in place of those there."""
    text = PAGE.read_text("utf-8")
    head, _, rest = text.partition(BEGIN)
    _, _, tail = rest.partition(END)
    PAGE.write_text(f"{head}{BEGIN}\n\n{tables}\n{END}{tail}", "utf-8")


def _memory(base: Path, plan: Plan, made: WorkResult, tell: Callable[[str], object]) -> float:
    """Tells the head's memory; returns its seconds a person."""
    tell("\n| People | The head's memory, MiB | The head, ms a person |\n|---|---|---|\n")
    took = 0.0
    photo = next((base / "team").rglob("*.jpg"))
    for count in (10, 100, 1000):
        people = [
            replace(read_people(base / "team")[0], name=f"P {n}", folder=f"P {n}", photos=(photo,))
            for n in range(count)
        ]
        begun = monotonic()
        told: list[Outcome] = run_batch(people, plan, base / f"head{count}", Ready(made))
        took = (monotonic() - begun) / len(told)
        held = psutil.Process().memory_info().rss / MEBIBYTE
        tell(f"| {count} | {held:.0f} | {1000 * took:.1f} |\n")
    return took


if __name__ == "__main__":
    main()
