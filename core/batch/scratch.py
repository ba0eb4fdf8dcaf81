"""A folder for what one person's recipe writes, in memory where the system has such a place."""

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
    """A folder while the block runs. What killed processes left of theirs is removed first."""
    place = _SHARED if os.access(_SHARED, os.W_OK) else Path(tempfile.gettempdir())
    for left in place.glob(f"{_PREFIX}*"):
        if _ownerless(left):
            shutil.rmtree(left, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=f"{_PREFIX}{os.getpid()}-", dir=place) as folder:
        yield folder


def _ownerless(folder: Path) -> bool:
    """Whether it is a process's that is gone; where systems can't be asked, none is."""
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
