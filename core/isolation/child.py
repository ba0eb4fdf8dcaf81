"""The reading process: serves one request after the other on standard input, until it is closed.

A request and an answer each consist of a length in four bytes, JSON of that length, and the bytes
whose number the JSON gives as "size". Nothing is unpickled on either side.

A reader is a function (facts, data) -> (facts, body): facts are JSON values, data is the untrusted
file, body is an array or bytes for what is too large for JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from ..errors import HeadshotsError
from ..memory import keep_private

_LENGTH = 4  # bytes
_CPU_SHARE = 4  # processor seconds per second of the wall's clock: decoders have several threads


def pack(head: dict[str, Any]) -> bytes:
    """`head` as bytes: length, then JSON."""
    text = json.dumps(head).encode()
    return len(text).to_bytes(_LENGTH, "little") + text


def unpack(stream: BinaryIO, most: int) -> dict[str, Any] | None:
    """The next JSON head in `stream`; None at its end, or if it has more than `most` bytes."""
    length = int.from_bytes(stream.read(_LENGTH), "little")
    if not 0 < length <= most:
        return None
    text = stream.read(length)
    return json.loads(text) if len(text) == length else None


def main() -> None:
    """Serve until the other side closes; the arguments name modules to import first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches all; the parent decides
    requests, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # so that output of a library does not mix with answers
    _confine()
    for module in sys.argv[1:]:
        import_module(module)
    while (request := unpack(requests, sys.maxsize)) is not None:
        _limit(request["memory"] + request["size"], request["seconds"])
        try:
            head, body = _read(request, requests)
        except HeadshotsError as error:
            head, body = {"error": [error.code, error.what, error.remedy]}, memoryview(b"")
        except MemoryError:
            head, body = {"error": ["memory"]}, memoryview(b"")
        except ImportError as error:
            head, body = {"error": ["import", str(error)]}, memoryview(b"")
        except Exception as error:  # its text may hold what the file holds
            head, body = {"error": ["fault", type(error).__name__]}, memoryview(b"")
        try:
            answers.write(pack({**head, "size": body.nbytes}))
            answers.write(body)
            answers.flush()
        except BrokenPipeError:
            os._exit(0)
        del body


def _read(request: dict[str, Any], requests: BinaryIO) -> tuple[dict[str, Any], memoryview]:
    data = requests.read(request["size"])
    module, _, name = request["reader"].partition(":")
    facts, body = getattr(import_module(module), name)(request["facts"], data)
    view = memoryview(body)
    return {"facts": facts}, view.cast("B") if view.nbytes else memoryview(b"")


def _confine() -> None:
    """Keep this process's memory private, as it holds faces, and forbid it to write files."""
    keep_private()
    if sys.platform != "win32":
        import resource

        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def _limit(memory: int, seconds: float) -> None:
    """Limit memory and processor time; the latter is for when the parent is gone."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    cpu = int(used.ru_utime + used.ru_stime + _CPU_SHARE * seconds) + 1
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    if sys.platform == "linux":
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        most = pages * resource.getpagesize() + memory
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
