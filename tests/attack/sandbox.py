"""A network with loopback alone, and mounts of our own: for this process and its children.

Whoever tries to reach outside finds no route, and the kernel counts that. So every section of the
attack sees what all of its processes try, native code included.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

_NEW_NETWORK, _NEW_MOUNTS, _NEW_USER = 0x40000000, 0x00020000, 0x10000000
_RECURSIVE, _PRIVATE, _NO_DEVICES, _NO_SETUID = 1 << 14, 1 << 18, 4, 2
_SET_FLAGS, _UP = 0x8914, 0x1


@dataclass(frozen=True)
class Sandbox:
    """What this process is cut off by. why: in words, where it is not."""

    network: bool
    mounts: bool
    why: str = ""


def enter() -> Sandbox:
    """Cut this process off; one that has threads can't be."""
    if sys.platform != "linux":
        return Sandbox(False, False, "this system has no namespaces")
    libc = ctypes.CDLL(None, use_errno=True)
    user, group = os.getuid(), os.getgid()
    if libc.unshare(_NEW_NETWORK | _NEW_MOUNTS):
        if libc.unshare(_NEW_USER | _NEW_NETWORK | _NEW_MOUNTS):
            return Sandbox(False, False, f"unshare: {os.strerror(ctypes.get_errno())}")
        for name, content in (
            ("setgroups", "deny"),
            ("uid_map", f"0 {user} 1"),
            ("gid_map", f"0 {group} 1"),
        ):
            Path(f"/proc/self/{name}").write_text(content)
    _loopback_up()
    if libc.mount(b"none", b"/", None, _RECURSIVE | _PRIVATE, None):
        return Sandbox(True, False, f"mount: {os.strerror(ctypes.get_errno())}")
    return Sandbox(True, True)


def mount_memory(folder: Path, size: int) -> None:
    """Put a file system of `size` bytes, in memory, at `folder`.

    Raises:
        OSError: it may not be mounted.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    options = f"size={size},mode=0700".encode()
    place = os.fsencode(folder)
    if libc.mount(b"tmpfs", place, b"tmpfs", _NO_DEVICES | _NO_SETUID, options):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(folder))


def unmount(folder: Path) -> None:
    """Take it away again, whoever still uses it."""
    ctypes.CDLL(None).umount2(os.fsencode(folder), 2)


def strayed() -> int:
    """How often a process in this network wanted to send something where no route leads, or asked
    a name server on this machine.
    """
    counts = _pairs(Path("/proc/net/snmp"))
    six = dict(line.split() for line in Path("/proc/net/snmp6").read_text().splitlines())
    return sum(
        (
            counts["Ip"]["OutNoRoutes"],
            counts["Udp"]["NoPorts"],  # a resolver at 127.0.0.53, say
            int(six.get("Ip6OutNoRoutes", 0)),
            int(six.get("Udp6NoPorts", 0)),
        )
    )


def stray() -> None:
    """Try to send one datagram outside, to a documentation address (RFC 5737)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as out:
        try:
            out.sendto(b"", ("192.0.2.1", 9))
        except OSError:
            return


def _pairs(file: Path) -> dict[str, dict[str, int]]:
    found: dict[str, dict[str, int]] = {}
    lines = [line.split() for line in file.read_text().splitlines()]
    for names, values in zip(lines[::2], lines[1::2], strict=True):
        found[names[0].rstrip(":")] = dict(zip(names[1:], map(int, values[1:]), strict=True))
    return found


def _loopback_up() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        fcntl.ioctl(any_socket, _SET_FLAGS, struct.pack("16sh14x", b"lo", _UP))
