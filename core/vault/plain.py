"""A plain folder that only its owner may open: one folder a sitter, one file a kind."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from ..errors import IdentityDamaged, IdentityExists, IdentityNotFound, StorageFailed
from .names import check_kind, check_name, key_of

_NAME = "name.txt"
_DATA = ".bin"


class PlainVault:
    """Sitters' data unencrypted under `folder`, mode 0700, files 0600.

    `folder/<key_of(name)>/name.txt` holds the name as it was written, `<kind>.bin` the bytes.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, sitter: str, kind: str, data: bytes, *, replace: bool = True) -> None:
        name, kind = check_name(sitter), check_kind(kind)
        place = self._place(name)
        target = place / (kind + _DATA)
        with _storage("written", place):
            self._folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            for folder in (self._folder, place):
                folder.mkdir(mode=0o700, exist_ok=True)
                folder.chmod(0o700)  # a folder made by hand may be open to others
            if not (place / _NAME).exists():
                _write(place / _NAME, name.encode(), replace=True)
            try:
                _write(target, data, replace=replace)
            except FileExistsError:
                raise IdentityExists(
                    f"A sitter called {name!r} is stored already",
                    "Choose another name, or ask for the stored one to be replaced.",
                ) from None

    def get(self, sitter: str, kind: str) -> bytes:
        name, kind = check_name(sitter), check_kind(kind)
        place = self._place(name)
        with _storage("read", place):
            try:
                return (place / (kind + _DATA)).read_bytes()
            except FileNotFoundError:
                raise _not_found(name) from None

    def fingerprint(self, sitter: str, kind: str) -> str:
        return hashlib.sha256(self.get(sitter, kind)).hexdigest()

    def sitters(self) -> tuple[str, ...]:
        with _storage("read", self._folder):
            if not self._folder.exists():
                return ()
            places = [place for place in self._folder.iterdir() if any(place.glob("*" + _DATA))]
            names = [_read_name(place) for place in places]
        return tuple(sorted(names, key=lambda name: (name.casefold(), name)))

    def kinds(self, sitter: str) -> tuple[str, ...]:
        place = self._place(sitter)
        with _storage("read", place):
            return tuple(sorted(file.stem for file in place.glob("*" + _DATA)))

    def forget(self, sitter: str) -> None:
        name = check_name(sitter)
        place = self._place(name)
        with _storage("removed", place):
            if not place.exists():
                raise _not_found(name)
            shutil.rmtree(place)
            _sync(self._folder)
            left = place.exists()
        if left:
            raise StorageFailed(
                f"Something of the sitter {name!r} is left in {place}",
                "Close what uses that folder and forget the sitter again.",
            )

    def _place(self, name: str) -> Path:
        return self._folder / key_of(name)


def _not_found(name: str) -> IdentityNotFound:
    return IdentityNotFound(
        f"No sitter called {name!r} is stored",
        "`headshots identities` lists those who are; `headshots enroll` adds one.",
    )


def _read_name(place: Path) -> str:
    try:
        return (place / _NAME).read_text("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        raise IdentityDamaged(
            f"The sitter's folder {place} doesn't say whose it is",
            "Remove that folder and enrol its sitter again.",
        ) from None


def _write(target: Path, data: bytes, *, replace: bool) -> None:
    """Write a whole file or nothing, readable by its owner alone."""
    handle, temporary = tempfile.mkstemp(prefix=".", suffix=".part", dir=target.parent)  # 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if replace:
            Path(temporary).replace(target)
        else:
            _claim(Path(temporary), target)
    finally:
        Path(temporary).unlink(missing_ok=True)
    _sync(target.parent)


def _claim(temporary: Path, target: Path) -> None:
    """Give `temporary` the name `target`, or raise FileExistsError if that is taken."""
    try:
        os.link(temporary, target)  # unlike a rename, fails where the target exists
    except FileExistsError:
        raise
    except OSError:  # a file system without links (exFAT): the best there is, with a small gap
        if target.exists():
            raise FileExistsError(target) from None
        temporary.replace(target)


def _sync(folder: Path) -> None:
    """Make a change of names within `folder` last through a power cut, where the system can."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _storage(done: str, place: Path) -> Generator[None]:
    """Name a disk's refusal."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"{place} can't be {done}: {error.strerror or error}",
            "Check the disk's free space and the folder's permissions, or set HEADSHOTS_DATA_DIR.",
        ) from error
