"""The state of a job as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from .jobs import Job, Jobs
from .problems import Problem
from .schemas import JobShape

PING_SECONDS = 1  # a failed ping shows that the client is gone


def shape_of(job: Job, jobs: Jobs) -> JobShape:
    """The state of `job` for the wire."""
    return JobShape(
        id=job.id,
        title=job.title,
        state=job.state,
        position=jobs.position(job),
        share=job.share,
        note=job.note,
        previews=job.previews,
        version=job.version,
        error=Problem.of(job.error) if job.error else None,
    )


async def events(job: Job, jobs: Jobs) -> AsyncIterator[dict[str, str]]:
    """One event "job" for the present state and one for each change, until the job has ended.

    Each event holds the whole state. So changes that come faster than the client reads are sent as
    one, and a client that connects again misses nothing.
    """
    with jobs.watching(job) as changed:
        while True:
            shape = shape_of(job, jobs)
            yield {"event": "job", "id": str(shape.version), "data": shape.model_dump_json()}
            if shape.state.ended:
                return
            while shape == shape_of(job, jobs):
                # The position in the queue changes without a change of the job itself.
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), 1)
                changed.clear()
