"""Writes files completely or not at all; finds the leftover parts of killed processes."""

from __future__ import annotations

import errno
import hashlib
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO

from .errors import WriteFailed

_BINARY = getattr(os, "O_BINARY", 0)  # Windows would change line ends
# Linux's flag for a file that has no name yet, so that nothing is left of it when its writer dies.
_UNNAMED: int | None = getattr(os, "O_TMPFILE", None)
# What a file system or kernel without such files answers, or a system without /proc.
_NO_UNNAMED = {errno.EOPNOTSUPP, errno.EISDIR, errno.EINVAL, errno.ENOENT, errno.EPERM}


def write_file(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write `data` to `path` as `write_whole` does.

    Raises:
        WriteFailed: no such folder, no permission, no room.
    """
    try:
        write_whole(path, data, mode=mode)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise WriteFailed(
            f"{path} can't be written: {_reason(error)}",
            "Check the folder, its permissions and the room on the disk, or choose another folder.",
        ) from error


def write_whole(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write `data` to `path` and sync it to disk: all of it or, on any failure, nothing.

    An existing file is replaced. A process that is killed meanwhile leaves nothing on Linux, and
    a part elsewhere, see `parts_of`.

    Args:
        mode: of the file, before the process's umask.

    Raises:
        OSError: the system refuses.
        ValueError: no file can be called that.
    """
    part = part_of(path)
    try:
        _write(part, data, mode)
        part.replace(path)
        sync_folder(path.parent)
    finally:
        part.unlink(missing_ok=True)


def write_new(path: Path, data: bytes, *, mode: int = 0o666) -> None:
    """Write `data` to `path` as `write_whole` does, unless a file exists there, which stays.

    Raises:
        OSError: the system refuses.
    """
    part = part_of(path)
    try:
        _write(part, data, mode)
        try:
            os.link(part, path)  # unlike a rename it replaces nothing
        except OSError:
            if not path.exists():  # a file system without links
                part.rename(path)
        sync_folder(path.parent)
    except OSError:  # another process that made it meanwhile may have discarded the part
        if not path.exists():
            raise
    finally:
        part.unlink(missing_ok=True)


def part_of(path: Path) -> Path:
    """A new temporary path for writing `path`, which `parts_of` finds.

    It is in the same folder, as only there a rename is atomic.
    """
    return path.with_name(f"{_start(path)}{secrets.token_hex(4)}.part")


def parts_of(path: Path) -> list[Path]:
    """The unfinished parts of `path`, from processes that died or are still writing.

    Raises:
        OSError: the folder can't be read.
    """
    return sorted(path.parent.glob(f"{_start(path)}*.part"))


def discard_parts(path: Path) -> None:
    """Remove the parts of `path`; a process that still writes one gets FileNotFoundError."""
    for part in parts_of(path):
        part.unlink(missing_ok=True)


def make_folder(folder: Path) -> None:
    """Make `folder` and its parents; existing folders stay as they are.

    Raises:
        WriteFailed: it can't be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (OSError, ValueError) as error:
        raise WriteFailed(
            f"The folder {folder} can't be made: {_reason(error)}", "Choose another folder."
        ) from error


def sync_folder(folder: Path) -> None:
    """Make a change of names within `folder` survive a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with suppress(OSError):  # file systems that can't sync a folder say so
            os.fsync(handle)
    finally:
        os.close(handle)


def _write(part: Path, data: bytes, mode: int) -> None:
    """Write `part`, which has its name only when it is whole, where the system can do that."""
    if _UNNAMED is not None and _write_unnamed(part, data, mode, _UNNAMED):
        return
    with os.fdopen(
        os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, mode), "wb"
    ) as out:
        _fill(out, data)


def _write_unnamed(part: Path, data: bytes, mode: int, flag: int) -> bool:
    """Write a file without a name, then call it `part`; False where the system has no such files.

    Raises:
        OSError: the system refuses for another reason.
    """
    folder = os.open(part.parent, os.O_RDONLY)
    try:
        handle = os.open(part.parent, os.O_WRONLY | flag, mode)
        with os.fdopen(handle, "wb") as out:
            _fill(out, data)
            # Only with a folder's handle does Python follow the link to the file itself.
            link = f"/proc/self/fd/{handle}"
            os.link(link, part.name, src_dir_fd=folder, dst_dir_fd=folder)
    except OSError as error:
        if error.errno in _NO_UNNAMED:
            return False
        raise
    finally:
        os.close(folder)
    return True


def _fill(out: BinaryIO, data: bytes) -> None:
    out.write(data)
    out.flush()
    os.fsync(out.fileno())  # or a power cut could leave the name without its content


def _start(path: Path) -> str:
    """How the names of a file's parts begin: of fixed length, without the name itself."""
    return f".{hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]}-"


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or "its name is not a valid one"
