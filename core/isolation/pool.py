"""A pool of reading processes: each reads one file at a time, and ends if it fails on one."""

from __future__ import annotations

import atexit
import os
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from io import BufferedReader
from threading import Lock, Timer
from typing import Any, BinaryIO, NoReturn, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from ..errors import ReadingFailed, ReadingTooLarge, ReadingTooSlow, all_errors
from .child import pack, unpack

# Beside the file itself: what an 8-bit picture of `photos.limits.MAX_PIXELS` takes to be decoded,
# twice over. See docs/server.md for the measured figures.
MEMORY = 1_500_000_000
SECONDS = 60.0
_MOST_FACTS = 64_000_000  # bytes of an answer's JSON
# Each thread's stack and heap would count as memory of the file. Memory of a usual photo is kept
# for the next one (glibc): to have it cleared anew by the system took a third of the time.
_FOR_DECODERS = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
    "MALLOC_MMAP_THRESHOLD_": str(2**25),
    "MALLOC_TRIM_THRESHOLD_": str(2**27),
}
_PIPE = 2**20  # bytes, which Linux allows anybody
_REMEDY = "Open it with another program and save it anew, or leave it out."
_SPARE = 2  # idle processes that are kept


Bytes: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True)
class Answer:
    """The answer of a reader.

    facts: JSON values.
    body: uint8 (N,).
    """

    facts: dict[str, Any]
    body: Bytes


class Pool:
    """Reading processes.

    Args:
        modules: imported in each process before its first file.
        memory: bytes that reading may take in addition to the file; enforced on Linux only.
        seconds: after which a process that reads is killed.
    """

    def __init__(
        self, modules: Sequence[str] = (), *, memory: int = MEMORY, seconds: float = SECONDS
    ) -> None:
        self._modules = modules
        self._memory, self._seconds = memory, seconds
        self._idle: list[subprocess.Popen[bytes]] = []
        self._lock = Lock()
        self._closed = False

    def warm(self) -> None:
        """Start a process in advance, without waiting for it."""
        with self._lock:
            if not self._idle and not self._closed:
                self._idle.append(self._start())

    def ask(self, reader: str, facts: dict[str, Any], data: bytes, name: str) -> Answer:
        """Call the function `reader`, "module:name", with `facts` and `data` in a process.

        Args:
            name: of the file in messages.

        Raises:
            HeadshotsError: raised by the reader.
            ReadingTooLarge, ReadingTooSlow: it exceeds the limits.
            ReadingFailed: the process died.
            ImportError: a library of the reader doesn't load.
            RuntimeError: the reader has a bug.
        """
        with self._lock:
            process = self._idle.pop() if self._idle else None
        process = process or self._start()
        late = False

        def kill() -> None:
            nonlocal late
            late = True
            process.kill()

        timer = Timer(self._seconds, kill)
        timer.daemon = True
        timer.start()
        try:
            head, body = self._exchange(process, reader, facts, data)
        except BaseException:
            self._end(process)
            raise
        finally:
            timer.cancel()
        error = () if head is None else head.get("error", ())
        if head is None or late or error[:1] == ["memory"]:
            self._end(process)
            self.warm()
        else:
            self._keep(process)
        if late:
            raise ReadingTooSlow(
                f"{name} takes more than {self._seconds:.0f} seconds to be read", _REMEDY
            )
        if head is None:
            raise ReadingFailed(f"{name} ends the process that reads it", _REMEDY)
        if error:
            self._raise(name, *error)
        return Answer(head["facts"], body)

    def close(self) -> None:
        """End the processes."""
        with self._lock:
            self._closed = True
            idle, self._idle = self._idle, []
        for process in idle:
            self._end(process)

    def _exchange(
        self, process: subprocess.Popen[bytes], reader: str, facts: dict[str, Any], data: bytes
    ) -> tuple[dict[str, Any] | None, Bytes]:
        requests, answers = cast(BinaryIO, process.stdin), cast(BufferedReader, process.stdout)
        head = {
            "reader": reader,
            "facts": facts,
            "size": len(data),
            "memory": self._memory,
            "seconds": self._seconds,
        }
        with suppress(OSError):  # it died, and may have said why
            requests.write(pack(head))
            requests.write(data)
            requests.flush()
        answer = unpack(answers, _MOST_FACTS)
        if answer is None or not 0 <= answer["size"] <= self._memory:
            return None, _NOTHING
        body = np.empty(answer["size"], np.uint8)
        got = 0
        while got < len(body) and (more := answers.readinto(memoryview(cast(Any, body))[got:])):
            got += more
        return (answer, body) if got == len(body) else (None, _NOTHING)

    def _raise(self, name: str, code: str, what: str = "", remedy: str = "") -> NoReturn:
        if code == "memory":
            memory = f"{self._memory / 1e9:.1f} GB of memory"
            raise ReadingTooLarge(f"{name} takes more than {memory} to be read", _REMEDY)
        kinds = {each.code: each for each in all_errors()}
        if code in kinds:
            raise kinds[code](what, remedy)
        raise ImportError(what) if code == "import" else RuntimeError(f"{what} in a reader")

    def _start(self) -> subprocess.Popen[bytes]:
        # A malicious file can only attack a process that knows none of our secrets.
        known = {k: v for k, v in os.environ.items() if not k.startswith("HEADSHOTS_")}
        paths = os.pathsep.join(each for each in sys.path if each)
        process = subprocess.Popen(
            [sys.executable, "-B", "-P", "-m", f"{__package__}.child", *self._modules],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**known, **_FOR_DECODERS, "PYTHONPATH": paths},
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        if sys.platform == "linux":  # the fewer parts, the less waiting for each other
            import fcntl

            for pipe in (process.stdin, process.stdout):
                with suppress(OSError):  # a user's pipes may have no more room than the usual
                    fcntl.fcntl(cast(BinaryIO, pipe), fcntl.F_SETPIPE_SZ, _PIPE)
        return process

    def _keep(self, process: subprocess.Popen[bytes]) -> None:
        with self._lock:
            if not self._closed and len(self._idle) < _SPARE:
                self._idle.append(process)
                return
        self._end(process)

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was still to be written
                if pipe is not None:
                    pipe.close()
        process.wait()


_NOTHING = np.empty(0, np.uint8)
_pool: Pool | None = None


def apart() -> Pool | None:
    """The pool in which this process reads untrusted files; None if it reads them itself."""
    return _pool


def read_apart(modules: Sequence[str] = ()) -> None:
    """Make this process read untrusted files in a pool until it ends; see `Pool`."""
    global _pool
    if _pool is None:
        _pool = Pool(modules)
        _pool.warm()
        atexit.register(_pool.close)


@contextmanager
def reading_apart(modules: Sequence[str] = (), **bounds: Any) -> Generator[Pool]:
    """Make this process read untrusted files in a pool while the block runs; see `Pool`."""
    global _pool
    before, _pool = _pool, Pool(modules, **bounds)
    here = _pool
    here.warm()
    try:
        yield here
    finally:
        _pool = before
        here.close()
