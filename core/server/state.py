"""What the routes share."""

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

    asked: when a request came last, by the monotonic clock.
    """

    limits: Limits
    jobs: Jobs
    uploads: Uploads
    cache: Cache
    devices: tuple[str, ...] = ("cpu",)
    asked: float = field(default_factory=monotonic)

    @classmethod
    def fresh(cls, limits: Limits) -> ServerState:
        """A state that holds nothing yet."""
        return cls(limits, Jobs(limits), Uploads(limits), Cache())

    def hear(self) -> None:
        """Note that a request came."""
        self.asked = monotonic()

    @property
    def idle(self) -> float:
        """Seconds since anything was asked or done."""
        if any(not job.state.ended for job in self.jobs.all()):
            self.hear()
        return monotonic() - self.asked
