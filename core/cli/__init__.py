"""The command line, `headshots`. Most commands run a recipe; see docs/cli.md."""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Sequence

from ..errors import Cancelled, HeadshotsError, SetupError
from ..installation import completing
from .exit_codes import BROKEN_PIPE_CODE, INTERNAL_CODE


def main() -> None:
    """The console script."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):  # names may hold letters that the terminal can't show
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def main_edit() -> None:
    """The console script `headshots-edit`, for programs that hand over files and nothing else."""
    sys.argv[1:1] = ["edit"]
    main()


def run(arguments: Sequence[str]) -> int:
    """Run one command line, errors to stderr; returns the exit code."""
    try:
        from .app import execute

        code = execute(list(arguments))
        sys.stdout.flush()  # here, so that a closed pipe is noticed
        return code
    except HeadshotsError as error:
        return _tell(error)
    except KeyboardInterrupt:
        return _tell(Cancelled("The work was stopped on request", "Start it again to go on."))
    except BrokenPipeError:
        # What is still buffered must not be flushed into the broken pipe at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return BROKEN_PIPE_CODE
    except ModuleNotFoundError as error:  # such as in a clone that was not installed
        what = f"headshots needs {error.name!r}, which isn't installed"
        return _tell(SetupError(what, f"Run `{completing()}`."))
    except Exception as error:
        if os.environ.get("HEADSHOTS_DEBUG"):
            traceback.print_exc()
        sys.stderr.write(
            f"internal.error: {type(error).__name__}, a fault in headshots. "
            "Set HEADSHOTS_DEBUG=1 to see where, and please report it.\n"
        )
        return INTERNAL_CODE


def _tell(error: HeadshotsError) -> int:
    from .text import shown  # late, as this import may be the one that failed

    sys.stderr.write(f"{error.code}: {shown(str(error))}\n")
    return error.exit_code
