"""The queue by itself, with a clock that the tests turn."""

from __future__ import annotations

import pytest

from headshots.core.errors import NothingHere, RecipeError, ServerBusy
from headshots.core.recipes.graph import Recipe
from headshots.core.server.jobs import Job, Jobs, State
from headshots.core.server.limits import Limits
from headshots.core.server.orders import ordered
from headshots.core.server.schemas import NewJob
from headshots.core.server.state import ServerState
from headshots.core.server.uploads import Upload, Uploads


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def jobs(clock: Clock) -> Jobs:
    return Jobs(Limits(queued=3, orphan_seconds=2, results_seconds=10), clock)


def job(**fields: object) -> Job:
    return Job("Job", Recipe({}), **fields)  # type: ignore[arg-type]


def test_first_come_first_run(jobs: Jobs) -> None:
    first, second = job(), job()
    jobs.add(first)
    jobs.add(second)
    assert (jobs.position(first), jobs.position(second)) == (0, 1)
    assert jobs.next(0) is first
    assert first.state is State.RUNNING
    assert jobs.position(second) == 1  # one runs before it
    jobs.end(first, State.DONE)
    assert jobs.position(second) == 0
    assert jobs.next(0) is second
    assert jobs.next(0) is None


def test_queue_is_bounded(jobs: Jobs) -> None:
    for _ in range(3):
        jobs.add(job())
    with pytest.raises(ServerBusy, match="3 jobs wait"):
        jobs.add(job())
    jobs.next(0)
    jobs.add(job())


def test_unwatched_job_is_cancelled(jobs: Jobs, clock: Clock) -> None:
    alone, detached, asked = job(), job(detached=True), job()
    for each in (alone, detached, asked):
        jobs.add(each)
    clock.now = 1.5
    jobs.get(asked.id)
    clock.now = 2.5
    jobs.sweep()
    assert [each.state for each in (alone, detached, asked)] == [
        State.CANCELLED,
        State.QUEUED,
        State.QUEUED,
    ]


def test_bystander_keeps_no_job_alive(jobs: Jobs, clock: Clock) -> None:
    alone = job()
    jobs.add(alone)
    clock.now = 1.5
    jobs.get(alone.id, watching=False)
    clock.now = 2.5
    jobs.sweep()
    assert alone.state is State.CANCELLED


def test_watched_job_goes_on_however_long_it_takes(jobs: Jobs, clock: Clock) -> None:
    watched = job()
    jobs.add(watched)
    with jobs.watching(watched):
        clock.now = 100
        jobs.sweep()
    clock.now = 101  # the client may come back for a while
    jobs.sweep()
    assert watched.state is State.QUEUED
    clock.now = 104
    jobs.sweep()
    assert watched.state is State.CANCELLED


def test_running_job_is_asked_to_stop(jobs: Jobs) -> None:
    running = job()
    jobs.add(running)
    jobs.next(0)
    jobs.cancel(running)
    assert running.stop.is_set()
    assert running.state is State.RUNNING  # the worker ends it


def test_results_go_with_time(jobs: Jobs, clock: Clock) -> None:
    done = job(detached=True)
    jobs.add(done)
    jobs.next(0)
    jobs.end(done, State.DONE)
    clock.now = 9
    jobs.sweep()
    assert jobs.all() == [done]
    clock.now = 11
    jobs.sweep()
    assert jobs.all() == []
    with pytest.raises(NothingHere):
        jobs.get(done.id)


def test_uploads_are_bounded_and_go_with_time(clock: Clock) -> None:
    uploads = Uploads(Limits(pictures_bytes=10, pictures_seconds=10), clock)
    first = uploads.put(Upload("a", b"12345"))
    clock.now = 5
    second = uploads.put(Upload("b", b"12345"))
    with pytest.raises(ServerBusy, match="'c'"):
        uploads.put(Upload("c", b"1"))
    clock.now = 11  # the first was not asked for in time
    assert uploads.get(second).name == "b"
    with pytest.raises(NothingHere):
        uploads.get(first)
    uploads.put(Upload("c", b"12345"))
    uploads.drop(second)
    with pytest.raises(NothingHere):
        uploads.get(second)


@pytest.mark.parametrize("step", [[], {}, None, 1])
def test_a_step_that_is_no_text_is_refused(step: object) -> None:
    held = ServerState.fresh(Limits())
    wanted = NewJob(recipe={"1": {"class_type": step, "inputs": {}}})
    with pytest.raises(RecipeError, match="1"):
        ordered(wanted, held)
