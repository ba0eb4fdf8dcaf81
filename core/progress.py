"""Progress and cancellation of long-running work: one small object passed down through the core."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .errors import Cancelled

if TYPE_CHECKING:  # `headshots --help` reads this and must not wait for NumPy and OpenCV
    from .images import Image


class Report(Protocol):
    """Receives progress: share done 0..1, what is being done, and a picture when there is one."""

    def __call__(self, share: float, note: str, preview: Image | None) -> None: ...


def _ignore(share: float, note: str, preview: Image | None) -> None:
    """Report to nobody."""


class Progress:
    """Share of the work done so far, with a way to stop it.

    Args:
        report: called at each update; default: nobody.
        stopped: asked at each update; when it answers True the update raises Cancelled.
    """

    def __init__(
        self, report: Report = _ignore, stopped: Callable[[], bool] = lambda: False
    ) -> None:
        self._report = report
        self._stopped = stopped

    def update(self, share: float, note: str = "", preview: Image | None = None) -> None:
        """Report `share` (0..1) done.

        Raises:
            Cancelled: the user asked to stop.
        """
        self.check()
        self._report(min(1.0, max(0.0, share)), note, preview)

    def check(self) -> None:
        """Raise Cancelled if the user asked to stop; call it between pieces of work."""
        if self._stopped():
            raise Cancelled("The work was stopped on request", "Start it again to go on.")

    def part(self, start: float, end: float) -> Progress:
        """A progress for a piece of the work that runs from share `start` to share `end`."""

        def scaled(share: float, note: str, preview: Image | None) -> None:
            self._report(start + (end - start) * share, note, preview)

        return Progress(scaled, self._stopped)


SILENT = Progress()
