"""Protects the memory of a process that holds keys and faces from core dumps and other programs."""

from __future__ import annotations

import sys

_PR_SET_DUMPABLE = 4


def keep_private() -> None:
    """Disable core dumps and, on Linux, access by other processes of the same user.

    The resource limit alone is not enough where the system pipes dumps to a program, as systemd
    does.
    """
    if sys.platform != "win32":
        import resource

        _, most = resource.getrlimit(resource.RLIMIT_CORE)
        resource.setrlimit(resource.RLIMIT_CORE, (0, most))
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
