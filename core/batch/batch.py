"""A whole batch: everybody who isn't through yet is run, and the report written."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

from ..errors import BatchStarted, SitterForgotten
from ..progress import SILENT, Progress
from ..recipes.foreign import visiting
from .engine import Engine
from .outcome import Outcome, Results, failed
from .people import Person
from .plan import Plan
from .report import PAGE, TABLE, write_report
from .stored import Forgotten, deliver, put, showing, withdrawn
from .work import Task


def run_batch(
    people: Sequence[Person],
    plan: Plan,
    folder: Path,
    engine: Engine,
    *,
    title: str = "Team",
    resume: bool = False,
    progress: Progress = SILENT,
) -> list[Outcome]:
    """Deliver everybody into `folder`, and say there who is, who isn't and why.

    The report is written however the run ends; whoever is through stays so.

    Args:
        resume: leave those as they are who are through on the same photos, consent and recipe.

    Returns:
        what became of each, in the order of `people`.

    Raises:
        BatchStarted: without `resume`, the folder holds a run already.
        WriteFailed: the folder can't be written.
        ComfyuiError: no ComfyUI can run the recipe's nodes of other packs.
        Cancelled: stopped through `progress`.
    """
    results, forgotten = Results(folder), Forgotten(people)
    if not resume and results.any():
        raise BatchStarted(
            f"{folder} holds a batch already",
            "Go on with it with --resume, or deliver into another folder with --out.",
        )
    through = dict(_through(people, plan, results))
    left = [person for person in people if person.folder not in through]
    clock = _Clock(len(through), len(people))
    try:
        progress.update(clock.share, clock.text)
        for person in left:
            if person.fault is not None:
                outcome = Outcome(person.name, person.folder, "failed", plan.inputs_of(person))
                fault = person.fault
                told = failed(outcome, fault.code, fault.what, fault.remedy)
                with suppress(SitterForgotten):
                    through[person.folder] = put(told, {}, results)
                clock.count(worked=False)
        tasks = (
            _task(person, plan)
            for person in left
            if person.fault is None and person.folder not in forgotten.folders
        )

        def check() -> Collection[str]:
            progress.check()
            return forgotten.now()

        with visiting(plan.recipe), closing(engine.run(tasks, check)) as running:
            for made in running:
                place = made.outcome.folder
                if place in forgotten.now(at_once=True):
                    continue
                with suppress(SitterForgotten):
                    version = forgotten.versions.get(place, "")
                    through[place] = deliver(made, plan.saving, results, version=version)
                    clock.count()
                    progress.update(clock.share, clock.text)
    finally:
        outcomes = _told(people, plan, results, through, forgotten, title)
    return outcomes


def _told(
    people: Sequence[Person],
    plan: Plan,
    results: Results,
    through: dict[str, Outcome],
    forgotten: Forgotten,
    title: str,
) -> list[Outcome]:
    """What became of everybody, and the report of it, amid which nobody is forgotten."""
    gone = frozenset(forgotten.now(at_once=True))
    for person in people:
        if person.folder in gone and not results.delivered(through.get(person.folder)):
            outcome = Outcome(person.name, person.folder, "failed", plan.inputs_of(person))
            through[person.folder] = results.put(withdrawn(outcome), {})
    results.finish()
    outcomes = [
        through.get(person.folder) or Outcome(person.name, person.folder, "waiting")
        for person in people
    ]
    report = [results.folder / PAGE, results.folder / TABLE]
    try:
        with showing((each.name for each in outcomes if each.folder not in gone), report):
            write_report(outcomes, results.folder, title)
    except SitterForgotten:
        if gone == forgotten.now(at_once=True):
            raise
        return _told(people, plan, results, through, forgotten, title)
    return outcomes


def _through(
    people: Sequence[Person], plan: Plan, results: Results
) -> Iterator[tuple[str, Outcome]]:
    for person in people:
        outcome = results.outcome(person.folder)
        if outcome and outcome.final and outcome.inputs == plan.inputs_of(person):
            yield person.folder, outcome


def _task(person: Person, plan: Plan) -> Task:
    return Task(
        document=plan.recipe.document(),
        name=person.name,
        folder=person.folder,
        consent=person.consent,
        inputs=plan.inputs_of(person),
        photos=[(path.name, path) for path in person.photos],
        handing_back=bool(plan.saving),
    )


class _Clock:
    """How far the batch is, and how long the rest will take."""

    def __init__(self, done: int, people: int) -> None:
        self._begun = monotonic()
        self._done, self._people = done, people
        self._worked = 0  # done in this run, by work

    def count(self, worked: bool = True) -> None:
        self._done += 1
        self._worked += worked

    @property
    def share(self) -> float:
        return self._done / self._people

    @property
    def text(self) -> str:
        told = f"{self._done} of {self._people} people"
        left = self._people - self._done
        if not self._worked or not left:
            return told
        seconds = (monotonic() - self._begun) / self._worked * left
        return f"{told}, {_spoken(seconds)} left"


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
