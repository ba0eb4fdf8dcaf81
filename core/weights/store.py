"""The weights folder: finds files in it and checks their hashes."""

from __future__ import annotations

import hashlib
from enum import StrEnum
from pathlib import Path
from threading import Lock

from ..errors import WeightsCorrupt, WeightsMissing
from ..settings import settings
from .catalogue import Weight, find_weight

_CHUNK = 1 << 20

_verified: dict[Path, tuple[int, int, str]] = {}
_lock = Lock()


class State(StrEnum):
    """The state of a file in the weights folder."""

    PRESENT = "present"
    MISSING = "missing"
    CORRUPT = "corrupt"


def weight_path(name: str) -> Path:
    """The file of the weight called `name`, its hash checked once per process.

    Raises:
        UnknownName: the catalogue has no such file.
        WeightsMissing: it was not fetched yet.
        WeightsCorrupt: its content is not what was pinned.
    """
    weight = find_weight(name)
    path = place(weight)
    state = state_of(weight)
    if state is State.MISSING:
        raise WeightsMissing(
            f"The weights file {weight.file!r} ({weight.purpose}) is not in {path.parent}",
            f"Run `{weight.command}` to fetch it.",
        )
    if state is State.CORRUPT:
        raise WeightsCorrupt(
            f"The weights file {path} is not the one that was pinned",
            f"Run `{weight.command}` to fetch it again.",
        )
    return path


def place(weight: Weight) -> Path:
    """The path of the file of `weight`."""
    return settings().weights / weight.file


def state_of(weight: Weight) -> State:
    """The state of the file of `weight`."""
    path = place(weight)
    try:
        stat = path.stat()
        if stat.st_size != weight.size:
            return State.CORRUPT
        # Hashing reads the whole file; a file that has not been touched since is not read again.
        stamp = (stat.st_size, stat.st_mtime_ns, weight.sha256)
        with _lock:
            if _verified.get(path) == stamp:
                return State.PRESENT
            if sha256_of(path) != weight.sha256:
                return State.CORRUPT
            _verified[path] = stamp
    except FileNotFoundError:
        return State.MISSING
    except OSError:  # a folder in its place, or no permission to read it
        return State.CORRUPT
    return State.PRESENT


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, hex."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()
