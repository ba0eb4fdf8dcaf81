"""New photos in a folder that a camera or tethering program writes into: each once, and whole."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

from ..photos.file_type import SUFFIXES

# Seconds after which a photo that can't be read is taken for damaged, and not for unfinished.
_PATIENCE = 10.0

_State = tuple[int, int]  # bytes, and when they were last changed


class Arrivals:
    """What comes into `folder` from now on; what lies in it already is old.

    A photo counts as whole when neither its size nor its time has changed between two looks. A
    rename brings nothing new; nor does a card that was pulled out and comes back.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._waiting: dict[Path, _State] = {}
        self._failed: dict[Path, tuple[float, _State]] = {}
        self._known: set[tuple[object, ...]] = set()
        for path, status in self._photos():
            self._known |= _keys(path, status)

    @property
    def there(self) -> bool:
        """Whether the folder is there: a card may have been pulled out."""
        return self._folder.is_dir()

    def look(self) -> list[Path]:
        """The photos that have become whole since the last look, in the order of their names."""
        whole: list[Path] = []
        waiting: dict[Path, _State] = {}
        for path, status in self._photos():
            state = (status.st_size, status.st_mtime_ns)
            if self._known & _keys(path, status):
                continue
            if path in self._failed and self._failed[path][1] == state:
                continue
            if self._waiting.get(path) == state and status.st_size:
                whole.append(path)
                self._failed.pop(path, None)
                self._known |= _keys(path, status)
            else:
                waiting[path] = state
        self._waiting = waiting
        return sorted(whole)

    def unreadable(self, path: Path) -> None:
        """Note that a whole photo could not be read: it is looked at again when it has changed."""
        try:
            status = path.stat()
        except OSError:  # it is gone
            return
        self._failed[path] = monotonic(), (status.st_size, status.st_mtime_ns)
        self._known -= _keys(path, status)

    def given_up(self) -> list[Path]:
        """The photos that have been unreadable for so long that they are damaged; each once."""
        now = monotonic()
        late = [path for path, (when, _) in self._failed.items() if now - when > _PATIENCE]
        for path in late:
            del self._failed[path]
            try:
                self._known |= _keys(path, path.stat())
            except OSError:
                continue
        return late

    def _photos(self) -> Iterator[tuple[Path, os.stat_result]]:
        folders = [self._folder]
        while folders:
            try:
                with os.scandir(folders.pop()) as entries:
                    for entry in entries:
                        if entry.name.startswith("."):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            folders.append(Path(entry.path))
                        elif Path(entry.name).suffix.lower() in SUFFIXES:
                            yield Path(entry.path), entry.stat()
            except OSError:  # a card that was pulled out, a file that was renamed meanwhile
                continue


def _keys(path: Path, status: os.stat_result) -> set[tuple[object, ...]]:
    """What a photo is known by: its name or its place on the disk, with size and time.

    Names outlast another mount of the card, and the place outlasts a rename.
    """
    state = (status.st_size, status.st_mtime_ns)
    keys: set[tuple[object, ...]] = {(path, *state)}
    if status.st_ino:
        keys.add((status.st_dev, status.st_ino, *state))
    return keys
