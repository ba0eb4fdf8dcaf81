"""`python -m headshots.core.weights`: what `headshots setup` does, where that isn't installed.

ComfyUI's Python has neither typer nor rich, and the folder that holds the pack may have another
name: there it is `python -m FOLDER.core.weights`, from custom_nodes.
"""

from __future__ import annotations

import sys

from ..errors import Cancelled, HeadshotsError
from ..images import Image
from ..progress import Progress
from .fetch import chosen, fetch


def main() -> int:
    """Fetch what is missing; returns the exit code."""
    said = ""

    def report(share: float, note: str, preview: Image | None) -> None:
        nonlocal said
        if note and note != said:
            said = note
            sys.stderr.write(f"{share:4.0%} {note}\n")

    try:
        fetch(chosen(), Progress(report))
    except HeadshotsError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        return Cancelled.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
