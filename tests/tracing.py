"""What a program asks of the system: where it connects, and which files it writes.

strace reports it from outside, so nothing that a library does in its own threads is missed.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from .hosts.debian import program

_WRITING = re.compile(r"O_(WRONLY|RDWR|CREAT|TMPFILE)")
_CALL = re.compile(r"(\w+)\((.*)")
# A folder that is open, and a path in it: as `openat(AT_FDCWD</home>, "a.txt"` has them.
_IN_FOLDER = re.compile(r'(?:AT_FDCWD|\d+)<([^>]*)>, "((?:[^"\\]|\\.)*)"')
_PATH = re.compile(r'"((?:[^"\\]|\\.)*)"')
_ADDRESS = re.compile(r"\{sa_family=(AF_\w+)([^}]*)\}")
_HOST = re.compile(r'(?:inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"')
_FILES = "open,openat,openat2,creat,mkdir,mkdirat,mknod,mknodat,truncate"
_MOVES = "rename,renameat,renameat2,link,linkat,symlink,symlinkat"
# What io_uring does is not reported: whoever sets it up is.
_NETWORK = "socket,connect,bind,sendto,sendmsg,sendmmsg,io_uring_setup"


@dataclass
class Trace:
    """What a program and all that it started did.

    families: of the sockets that it made, such as AF_UNIX. addresses: to which it connected, bound
    or sent: a host's address, or the family where that isn't of the internet. written: what it
    opened to write, made, renamed or linked, tried included. rings: whether it used io_uring.
    """

    families: set[str] = field(default_factory=set[str])
    addresses: set[str] = field(default_factory=set[str])
    written: set[Path] = field(default_factory=set[Path])
    rings: bool = False


def traced(file: Path) -> list[str]:
    """What to write before a command for it to be traced into `file` and its siblings.

    The process that is started is the program's own: its signals and its exit code are too.

    Raises:
        RuntimeError: strace isn't there, and can't be installed.
    """
    options = ["-D", "-ff", "--seccomp-bpf", "-q", "-y", "-s", "0", "-o", str(file)]
    return [str(program("strace")), *options, "-e", f"trace={_FILES},{_MOVES},{_NETWORK}"]


def trace_of(
    command: Sequence[str],
    file: Path,
    *,
    folder: Path,
    environment: Mapping[str, str],
    around: Sequence[str] = (),
) -> Trace:
    """What a command does in `folder`, to its end, which must be a good one.

    around: the command that runs the tracer, such as one that takes the network away.
    """
    ran = subprocess.run(
        [*around, *traced(file), *command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    assert ran.returncode == 0, ran.stderr
    return read(file, folder)


def read(file: Path, folder: Path, seconds: float = 20) -> Trace:
    """What was traced into `file` and its siblings by a program that was begun in `folder`."""
    until = time.monotonic() + seconds  # the tracer ends a little after the program
    while not (parts := _ended(file)):
        assert time.monotonic() < until, f"{file} is not complete"
        time.sleep(0.05)
    trace = Trace()
    for part in parts:
        for line in part.read_text("utf-8", "replace").splitlines():
            if call := _CALL.match(line):
                _note(call[1], call[2], trace, folder)
    return trace


def _ended(file: Path) -> list[Path]:
    """The files of all processes, if all have ended."""
    parts = sorted(file.parent.glob(f"{file.name}.*"))
    whole = all(re.search(r"\+\+\+ (exited|killed)[^\n]*\n\Z", each.read_text()) for each in parts)
    return parts if whole else []


def _note(call: str, arguments: str, trace: Trace, folder: Path) -> None:
    if call == "io_uring_setup":
        trace.rings = True
    elif call == "socket":
        trace.families.add(arguments.partition(",")[0])
    elif call in _NETWORK:
        for family, rest in _ADDRESS.findall(arguments):
            host = _HOST.search(rest)
            trace.addresses.add(host[1] if host else family)
    elif not call.startswith("open") or _WRITING.search(arguments):
        trace.written |= set(_paths(call, arguments, folder))


def _paths(call: str, arguments: str, folder: Path) -> Iterator[Path]:
    """The paths that a call names; of a symbolic link its own, not what it leads to."""
    if "symlink" in call:
        arguments = arguments[_PATH.match(arguments).end() :]  # type: ignore[union-attr]
    inside = _IN_FOLDER.findall(arguments)
    for start, name in inside or [(str(folder), name) for name in _PATH.findall(arguments)]:
        plain = re.sub(r"\\(\d{1,3})", lambda byte: chr(int(byte[1], 8)), name)
        if not plain.startswith("/proc/self/fd/"):  # an open file that is given a name
            yield Path(start) / plain
