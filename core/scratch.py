"""A temporary folder for one recipe's files, in memory where the system has such a place.

Its name holds the id of its process. So the folders of killed processes are removed by the next
process that makes one or opens the vault.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

_SHARED = Path("/dev/shm")
_PREFIX = "headshots-"


@contextmanager
def scratch() -> Generator[str]:
    """A folder while the block runs. Folders of killed processes are removed first."""
    discard_ownerless()
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=_place()) as folder:
        yield folder


def discard_ownerless() -> None:
    """Remove the folders of processes that were killed."""
    for folder in _place().glob(f"{_PREFIX}*"):
        if _ownerless(folder):
            shutil.rmtree(folder, ignore_errors=True)


def discard_own() -> None:
    """Remove the folders of this process, which is about to exit without leaving its blocks."""
    for own in _place().glob(f"{_PREFIX}{os.getpid()}-*"):
        shutil.rmtree(own, ignore_errors=True)


def _place() -> Path:
    return _SHARED if os.access(_SHARED, os.W_OK) else Path(tempfile.gettempdir())


def _ownerless(folder: Path) -> bool:
    """Whether the folder's process has ended; False where the system can't tell."""
    owner = folder.name.removeprefix(_PREFIX).partition("-")[0]
    if os.name != "posix" or not owner.isdecimal():
        return False
    try:
        os.kill(int(owner), 0)
    except ProcessLookupError:
        return True
    except OSError:  # it is somebody else's
        pass
    return False
