"""The memory of a process with keys and faces in it: not for the disk, nor for other programs."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4


def keep_private() -> None:
    """Keep a crash from writing this process's memory to the disk, and, on Linux, other processes
    of the same user from reading it.

    The limit alone does not hold where the system pipes dumps to a program, as systemd does.
    """
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
