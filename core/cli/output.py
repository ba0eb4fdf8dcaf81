"""Output of commands: tables on a terminal, tab-separated lines in a pipe, JSON for scripts."""

from __future__ import annotations

import json
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ..recipes.jsonable import to_jsonable
from .text import shown

if TYPE_CHECKING:  # NumPy and OpenCV behind these would make `headshots --help` slow
    from ..images import Image
    from ..progress import Progress, Report
    from ..translation.translate import Say


class Output:
    """Writes a command's results and progress.

    Results go to stdout: as one JSON value if `as_json`, else as text for people. Progress goes to
    stderr: as a bar on a terminal, else as one line for each new piece of work.

    language: of lines and progress, see `translate.LANGUAGES`; raises UnknownName for another.
    """

    def __init__(self, as_json: bool, language: str = "en") -> None:
        from ..translation.translate import speaker

        self._as_json = as_json
        self._say = speaker(language)

    def result(self, value: Any) -> None:
        """Write the command's JSON value, if `as_json`."""
        if self._as_json:
            sys.stdout.write(json.dumps(to_jsonable(value), indent=2, allow_nan=False) + "\n")

    def line(self, text: str) -> None:
        """Write one line for people."""
        if not self._as_json:
            sys.stdout.write(shown(self._say(text)) + "\n")

    def table(self, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write rows for people: a table on a terminal; tab-separated, no heading, in a pipe."""
        if self._as_json:
            return
        cells = [[shown(cell) for cell in row] for row in rows]
        if not sys.stdout.isatty():
            sys.stdout.writelines("\t".join(row) + "\n" for row in cells)
            return
        from rich import box
        from rich.console import Console
        from rich.table import Table

        table = Table(*columns, box=box.SIMPLE_HEAD)
        for row in cells:
            table.add_row(*row)
        Console(markup=False, emoji=False, highlight=False).print(table)

    @contextmanager
    def progress(self) -> Generator[Progress]:
        """A progress that is displayed while the block runs."""
        from ..progress import Progress

        if not sys.stderr.isatty():
            yield Progress(_lines(self._say))
            return
        from rich.console import Console
        from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True, markup=False, emoji=False, highlight=False)
        with Bar(
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.description}", markup=False),
            console=console,
            transient=True,
        ) as bar:
            task = bar.add_task("", total=1.0)

            def report(share: float, note: str, preview: Image | None) -> None:
                bar.update(task, completed=share)
                if note:
                    bar.update(task, description=shown(self._say(note)))

            yield Progress(report)


def _lines(say: Say) -> Report:
    """A report that writes each new note with the share done, one a line."""
    last = ""

    def report(share: float, note: str, preview: Image | None) -> None:
        nonlocal last
        if note and note != last:
            last = note
            sys.stderr.write(f"{share:4.0%} {shown(say(note))}\n")
            sys.stderr.flush()

    return report
