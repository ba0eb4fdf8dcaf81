"""Exit codes of the command line besides those of the errors (see `errors`)."""

from __future__ import annotations

USAGE_CODE = 2  # an invalid command line, as is usual
INTERNAL_CODE = 70  # EX_SOFTWARE of sysexits.h
BROKEN_PIPE_CODE = 141  # 128 + SIGPIPE: the reader of our output ended
