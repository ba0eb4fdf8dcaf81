"""Lines for the person at a terminal, said from deep inside; nothing where nobody looks on.

They may name people, so they go to no log.
"""

from __future__ import annotations

from collections.abc import Callable

Show = Callable[[str], None]


class Notices:
    """One process's."""

    def __init__(self) -> None:
        self._show: Show | None = None

    def show_with(self, show: Show | None) -> None:
        """Say who shows them; None: nobody."""
        self._show = show

    def say(self, text: str) -> None:
        """Show one line to whoever looks on."""
        if self._show is not None:
            self._show(text)


NOTICES = Notices()
