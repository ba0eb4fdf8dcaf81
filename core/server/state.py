"""The state that the routes share."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic

from ..recipes.cache import Cache
from .jobs import Jobs
from .limits import Limits
from .uploads import Uploads


@dataclass(eq=False)
class ServerState:
    """One server's jobs, uploads and cached results.

    last_request: time of the last request or work, by the monotonic clock.
    lost: jobs that the last server left undone.
    """

    limits: Limits
    jobs: Jobs
    uploads: Uploads
    cache: Cache
    devices: tuple[str, ...] = ("cpu",)
    last_request: float = field(default_factory=monotonic)
    lost: int = 0

    @classmethod
    def fresh(cls, limits: Limits) -> ServerState:
        """An empty state."""
        return cls(limits, Jobs(limits), Uploads(limits), Cache())

    def hear(self) -> None:
        """Note that a request came."""
        self.last_request = monotonic()

    @property
    def idle(self) -> float:
        """Seconds since the last request or work."""
        if any(not job.state.ended for job in self.jobs.all()):
            self.hear()
        return monotonic() - self.last_request
