"""The state of a job as server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

from ..translation.translate import Say
from .jobs import Job, Jobs
from .problems import Problem
from .schemas import JobShape

PING_SECONDS = 1  # a failed ping shows that the client is gone


def shape_of(job: Job, jobs: Jobs, say: Say) -> JobShape:
    """The state of `job` for the wire, in the language of `say`."""
    return JobShape(
        id=job.id,
        title=job.title,
        state=job.state,
        position=jobs.position(job),
        share=job.share,
        note=say(job.note),
        previews=job.previews,
        version=job.version,
        error=Problem.of(job.error, say) if job.error else None,
    )


async def events(job: Job, jobs: Jobs, say: Say) -> AsyncIterator[dict[str, str]]:
    """One event "job" for the present state and one for each change, until the job has ended.

    Each event holds the whole state. So changes that come faster than the client reads are sent as
    one, and a client that connects again misses nothing.
    """
    with jobs.watching(job) as changed:
        while True:
            shape = shape_of(job, jobs, say)
            yield {"event": "job", "id": str(shape.version), "data": shape.model_dump_json()}
            if shape.state.ended:
                return
            while shape == shape_of(job, jobs, say):
                # The position in the queue changes without a change of the job itself.
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), 1)
                changed.clear()
