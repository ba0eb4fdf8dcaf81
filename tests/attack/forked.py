"""Work in a child of this process, which has all imports done already; and its end, if need be."""

from __future__ import annotations

import contextlib
import faulthandler
import os
import resource
import signal
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

CRASHED = 99  # the exit code where something was raised that nobody caught
_TRACES = (b"Traceback (most recent call last)", b"internal.error", b"Fatal Python error")
_LOOK_SECONDS = 0.002


@dataclass(frozen=True)
class Outcome:
    """How a child ended. code: as `os.waitstatus_to_exitcode`; said: its stdout and stderr."""

    code: int
    seconds: float
    said: bytes
    timed_out: bool = False

    @property
    def trace(self) -> str:
        """The end of the traceback that it left, empty if it left none."""
        if any(each in self.said for each in _TRACES) or self.code == CRASHED:
            return self.said[-600:].decode(errors="replace")
        return ""


class Child:
    """`action` in a child, in a session of its own; its exit code is what it returns.

    Args:
        log: what it says goes there.
        memory: bytes of address space that it may have, or None.
    """

    def __init__(
        self, action: Callable[[], int | None], log: Path, memory: int | None = None
    ) -> None:
        self._log = log
        self._began = time.monotonic()
        sys.stdout.flush()
        sys.stderr.flush()
        self.pid = os.fork()
        if not self.pid:
            code = CRASHED
            try:
                os.setsid()
                handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                os.dup2(handle, 1)
                os.dup2(handle, 2)
                faulthandler.enable()
                if memory:
                    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
                code = action() or 0
            except SystemExit as end:
                code = end.code if isinstance(end.code, int) else 0
            except BaseException:
                traceback.print_exc()
            finally:
                with contextlib.suppress(OSError, ValueError):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(code)

    def kill_after(self, seconds: float, *, group: bool = False) -> Outcome:
        """Kill it after `seconds`, if it is still there then, and its own children if `group`."""
        until = self._began + seconds
        while time.monotonic() < until:
            if ended := self._ended():
                return ended
            time.sleep(min(_LOOK_SECONDS, max(0.0, until - time.monotonic())))
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
            if group:
                os.killpg(self.pid, signal.SIGKILL)
        return self.wait()

    def wait(self, limit: float = 180) -> Outcome:
        """Let it end, or end it after `limit` seconds."""
        until = time.monotonic() + limit
        while time.monotonic() < until:
            if ended := self._ended():
                return ended
            time.sleep(_LOOK_SECONDS)
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGABRT)  # faulthandler says where it was
            time.sleep(0.5)
            os.killpg(self.pid, signal.SIGKILL)
        _, status = os.waitpid(self.pid, 0)
        return self._outcome(status, timed_out=True)

    def orphans(self, seconds: float = 15) -> list[int]:
        """Its children that still run `seconds` after it ended; they are killed then."""
        until = time.monotonic() + seconds
        while (left := self._session()) and time.monotonic() < until:
            time.sleep(0.05)
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        return left

    def _session(self) -> list[int]:
        found: list[int] = []
        for file in Path("/proc").glob("[0-9]*/stat"):
            with contextlib.suppress(OSError):
                state, _, _, session = file.read_text().rpartition(")")[2].split()[:4]
                if int(session) == self.pid and state not in "ZX":
                    found.append(int(file.parent.name))
        return found

    def _ended(self) -> Outcome | None:
        pid, status = os.waitpid(self.pid, os.WNOHANG)
        return self._outcome(status) if pid else None

    def _outcome(self, status: int, *, timed_out: bool = False) -> Outcome:
        said = self._log.read_bytes() if self._log.exists() else b""
        seconds = time.monotonic() - self._began
        return Outcome(os.waitstatus_to_exitcode(status), seconds, said, timed_out)
