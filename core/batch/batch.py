"""Runs a whole batch: every person who isn't done yet, and then the report."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from time import monotonic

from ..errors import BatchStarted, SitterForgotten
from ..progress import SILENT, Progress
from ..recipes.foreign import visiting
from .engine import Engine
from .framing import Choices, choose, kept_choices
from .outcome import Outcome, Results, failed
from .people import Person
from .plan import Plan
from .report import PAGE, TABLE, write_report
from .stored import ErasedPeople, deliver, put, showing, withdrawn
from .work import task_for


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
    """Deliver everybody's pictures into `folder`, with a report on each person.

    Where the pictures match, a first pass settles one framing that the photos of all can carry.
    The report is written however the run ends; people who are done stay done.

    Args:
        resume: skip people who are done with the same photos, consent and recipe.

    Returns:
        The outcome of each person, in the order of `people`.

    Raises:
        BatchStarted: without `resume`, the folder holds a run already.
        WriteFailed: the folder can't be written.
        ComfyuiError: no ComfyUI can run the recipe's nodes of other packs.
        Cancelled: stopped through `progress`.
    """
    results, forgotten = Results(folder), ErasedPeople(people)
    if not resume and results.any():
        raise BatchStarted(
            f"{folder} holds a batch already",
            "Go on with it with --resume, or deliver into another folder with --out.",
        )
    outcomes_by_folder: dict[str, Outcome] = {}
    choices: Choices = {}

    def check() -> Collection[str]:
        progress.check()
        return forgotten.now()

    try:
        if plan.unframed:
            choices = kept_choices(plan, folder) or choose(
                people, plan, folder, engine, check, progress
            )
            plan = plan.with_framings(
                {name: (each.head, each.eye_line) for name, each in choices.items()}
            )
        outcomes_by_folder |= _finished(people, plan, results)
        remaining = [person for person in people if person.folder not in outcomes_by_folder]
        clock = _Clock(len(outcomes_by_folder), len(people))
        progress.update(clock.share, clock.text)
        for person in remaining:
            if person.fault is not None:
                outcome = Outcome(person.name, person.folder, "failed", plan.inputs_of(person))
                fault = person.fault
                failure = failed(outcome, fault.code, fault.what, fault.remedy)
                with suppress(SitterForgotten):
                    outcomes_by_folder[person.folder] = put(failure, {}, results)
                clock.count(worked=False)
        tasks = (
            task_for(person, plan)
            for person in remaining
            if person.fault is None and person.folder not in forgotten.folders
        )
        with visiting(plan.recipe), closing(engine.run(tasks, check)) as running:
            for result in running:
                place = result.outcome.folder
                if place in forgotten.now(at_once=True):
                    continue
                with suppress(SitterForgotten):
                    version = forgotten.versions.get(place, "")
                    outcomes_by_folder[place] = deliver(
                        result, plan.saving, results, version=version
                    )
                    clock.count()
                    progress.update(clock.share, clock.text)
    finally:
        framing = [each.said for each in choices.values()]
        outcomes = _reported(people, plan, results, outcomes_by_folder, forgotten, title, framing)
    return outcomes


def _reported(
    people: Sequence[Person],
    plan: Plan,
    results: Results,
    outcomes_by_folder: dict[str, Outcome],
    forgotten: ErasedPeople,
    title: str,
    framing: Sequence[str],
) -> list[Outcome]:
    """The outcomes of all people, and write the report; no sitter is erased while it is written."""
    erased = frozenset(forgotten.now(at_once=True))
    for person in people:
        if person.folder in erased and not results.delivered(outcomes_by_folder.get(person.folder)):
            outcome = Outcome(person.name, person.folder, "failed", plan.inputs_of(person))
            outcomes_by_folder[person.folder] = results.put(withdrawn(outcome), {})
    results.finish()
    outcomes = [
        outcomes_by_folder.get(person.folder) or Outcome(person.name, person.folder, "waiting")
        for person in people
    ]
    report = [results.folder / PAGE, results.folder / TABLE]
    try:
        with showing((each.name for each in outcomes if each.folder not in erased), report):
            write_report(outcomes, results.folder, title, framing)
    except SitterForgotten:
        if erased == forgotten.now(at_once=True):
            raise
        return _reported(people, plan, results, outcomes_by_folder, forgotten, title, framing)
    return outcomes


def _finished(
    people: Sequence[Person], plan: Plan, results: Results
) -> Iterator[tuple[str, Outcome]]:
    for person in people:
        outcome = results.outcome(person.folder)
        if outcome and outcome.final and outcome.inputs == plan.inputs_of(person):
            yield person.folder, outcome


class _Clock:
    """The progress of the batch, with an estimate of the remaining time."""

    def __init__(self, done: int, people: int) -> None:
        self._begun = monotonic()
        self._done, self._people = done, people
        self._worked = 0  # people done in this run by a worker

    def count(self, worked: bool = True) -> None:
        self._done += 1
        self._worked += worked

    @property
    def share(self) -> float:
        return self._done / self._people

    @property
    def text(self) -> str:
        count = f"{self._done} of {self._people} people"
        remaining = self._people - self._done
        if not self._worked or not remaining:
            return count
        seconds = (monotonic() - self._begun) / self._worked * remaining
        return f"{count}, {_spoken(seconds)} left"


def _spoken(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
