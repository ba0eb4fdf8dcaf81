"""Messages for the person at a terminal, from anywhere in the core.

They may name people, so they are never logged.
"""

from __future__ import annotations

from collections.abc import Callable

Show = Callable[[str], None]


class Notices:
    """The notices of one process; they are dropped if nobody set how to show them."""

    def __init__(self) -> None:
        self._show: Show | None = None

    def show_with(self, show: Show | None) -> None:
        """Set the function that shows notices; None: drop them."""
        self._show = show

    def say(self, text: str) -> None:
        """Show one line."""
        if self._show is not None:
            self._show(text)


NOTICES = Notices()
