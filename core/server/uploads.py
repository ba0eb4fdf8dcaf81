"""Pictures that clients uploaded, held in memory for jobs."""

from __future__ import annotations

import secrets
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from time import monotonic

from ..errors import NothingHere, ServerBusy
from .limits import Limits


@dataclass(frozen=True, eq=False)
class Upload:
    """One upload.

    name: for people.
    data: an encoded picture.
    """

    name: str
    data: bytes


class Uploads:
    """Uploads by id; ids can't be guessed. Thread-safe."""

    def __init__(self, limits: Limits, clock: Callable[[], float] = monotonic) -> None:
        self._limits = limits
        self._clock = clock
        self._uploads: OrderedDict[str, tuple[float, Upload]] = OrderedDict()
        self._bytes = 0
        self._lock = Lock()

    def put(self, upload: Upload) -> str:
        """Hold `upload`; returns its id.

        Raises:
            ServerBusy: the memory for uploads is full.
        """
        with self._lock:
            self._sweep()
            if self._bytes + len(upload.data) > self._limits.pictures_bytes:
                raise ServerBusy(
                    f"There is no room for {upload.name!r} beside the pictures that are held",
                    "Wait for the jobs that use them, or delete some.",
                )
            id = secrets.token_urlsafe(12)
            self._uploads[id] = (self._clock(), upload)
            self._bytes += len(upload.data)
            return id

    def get(self, id: str) -> Upload:
        """The picture with that id; its time starts again.

        Raises:
            NothingHere: there is none, or it was dropped.
        """
        with self._lock:
            self._sweep()
            if id not in self._uploads:
                raise NothingHere(f"No picture is called {id!r}", "Send the picture again.")
            upload = self._uploads[id][1]
            self._uploads[id] = (self._clock(), upload)
            self._uploads.move_to_end(id)
            return upload

    def drop(self, id: str) -> None:
        """Delete a picture; raises as `get`."""
        self.get(id)
        with self._lock:
            self._forget(id)

    def sweep(self) -> None:
        """Drop uploads that were unused for too long."""
        with self._lock:
            self._sweep()

    def _sweep(self) -> None:
        oldest = self._clock() - self._limits.pictures_seconds
        while self._uploads and next(iter(self._uploads.values()))[0] < oldest:
            self._forget(next(iter(self._uploads)))

    def _forget(self, id: str) -> None:
        if id in self._uploads:
            self._bytes -= len(self._uploads.pop(id)[1].data)
