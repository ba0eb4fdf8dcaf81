"""The vault's SQLite file: how it is created, and its transactions."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from ..errors import StorageFailed, VaultBusy, VaultDamaged
from ..files import discard_parts, write_new
from ..notices import NOTICES
from .schema import FORMAT, SCHEMA

_QUIET_SECONDS = 2.0  # of waiting for another process that writes, before the person is notified
_WAIT_SECONDS = 30.0
_AGAIN_SECONDS = 0.05
# What SQLite says where a disk has no room for the index of its log, or may not be written.
_NO_ROOM = (
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR),
    *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY),
)


class Database:
    """One SQLite file in WAL mode, mode 0600, that several processes may use at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def exists(self) -> bool:
        """Whether anything was ever stored."""
        return self.file.exists()

    @contextmanager
    def transaction(
        self, *, write: bool = False, wait: bool = True
    ) -> Generator[sqlite3.Connection]:
        """A connection within a transaction: all of it is kept, or where it raises, nothing.

        wait: for another process that writes.

        Raises:
            StorageFailed: the disk refuses.
            VaultBusy: another process holds on to the vault.
            VaultDamaged: the file is empty, no vault, or one of another version.
        """
        with self._connection(write=write) as db:
            if write:
                _begin_writing(db, self.file, wait=wait)
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def compact(self) -> None:
        """Rewrite the file without what was deleted, and empty the log, as far as there is room.

        Something may stay because the disk is full or another program still reads the log. It
        can't be read: its key is destroyed.
        """
        with suppress(StorageFailed, VaultBusy), self._connection(write=True) as db:
            db.execute("VACUUM")
        with suppress(StorageFailed, VaultBusy):
            self.empty_log()

    def empty_log(self) -> bool:
        """Bring the log into the file and empty it; False if another program still reads it."""
        end = time.monotonic() + _QUIET_SECONDS
        while True:
            with self._connection(write=True) as db:
                db.execute(f"PRAGMA busy_timeout = {_milliseconds(_QUIET_SECONDS)}")
                (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            # SQLite waits for readers, but not for another checkpoint.
            if not busy or time.monotonic() > end:
                return not busy
            time.sleep(_AGAIN_SECONDS)

    @contextmanager
    def _connection(self, *, write: bool) -> Generator[sqlite3.Connection]:
        """To write: outside of any transaction. To read: within one."""
        try:
            self._make()
            try:
                db = self._connected(reading=not write)
            except sqlite3.OperationalError as error:
                if write or _code(error) not in _NO_ROOM:
                    raise
                # On a full disk: alone, and so without a shared index of the log.
                db = self._connected(reading=True, alone=True)
            with closing(db):
                yield db
        except OSError as error:
            raise _refused(self.file, error.strerror or str(error)) from error
        except sqlite3.OperationalError as error:
            if _code(error) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
                raise _busy(self.file) from error
            raise _refused(self.file, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise _damaged(self.file, str(error)) from error

    def _connected(self, *, reading: bool, alone: bool = False) -> sqlite3.Connection:
        db = sqlite3.connect(self.file, timeout=_WAIT_SECONDS, isolation_level=None)
        try:
            if alone:
                db.execute("PRAGMA locking_mode = EXCLUSIVE")
            # Deleted content is overwritten; a commit outlasts a power cut; nothing goes to a temp
            # folder.
            for pragma in ("secure_delete = ON", "synchronous = FULL", "temp_store = MEMORY"):
                db.execute(f"PRAGMA {pragma}")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA trusted_schema = OFF")
            if reading:
                db.execute("BEGIN")
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version != FORMAT:
                raise VaultDamaged(
                    f"The vault {self.file} has format {version}; this version reads {FORMAT}",
                    "Use the version of headshots that wrote it, or move it away to begin anew.",
                )
        except UnicodeDecodeError as error:  # SQLite quotes names out of the file
            db.close()
            raise _damaged(self.file, "its schema is no text") from error
        except BaseException:
            db.close()
            raise
        return db

    def _make(self) -> None:
        """Make the file, whole or not at all, unless there is one."""
        folder = self.file.parent
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            if not self.file.stat().st_size:
                raise VaultDamaged(
                    f"The vault {self.file} is empty: 0 bytes",
                    "Bring it back from a copy; if nobody was ever stored in it, remove it.",
                )
            return
        folder.chmod(0o700)  # a folder made by hand may be open to others
        # SQLite gives its log and index the mode of the file.
        write_new(self.file, _empty(), mode=0o600)
        discard_parts(self.file)


def _empty() -> bytes:
    """A vault in which nothing was ever stored."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for statement in SCHEMA:
            db.execute(statement)
        db.execute(f"PRAGMA user_version = {FORMAT}")
        content = bytearray(db.serialize())
    content[18:20] = b"\2\2"  # WAL mode (SQLite's file format, 1.3.3)
    return bytes(content)


def _begin_writing(db: sqlite3.Connection, file: Path, *, wait: bool) -> None:
    """Wait for other processes that write; notify the person where that takes long."""
    db.execute(f"PRAGMA busy_timeout = {_milliseconds(_QUIET_SECONDS) if wait else 0}")
    try:
        db.execute("BEGIN IMMEDIATE")
    except sqlite3.OperationalError as error:
        if not wait or _code(error) != sqlite3.SQLITE_BUSY:
            raise
        NOTICES.say(f"Another program is writing to {file}; waiting for it.")
        db.execute(f"PRAGMA busy_timeout = {_milliseconds(_WAIT_SECONDS - _QUIET_SECONDS)}")
        db.execute("BEGIN IMMEDIATE")


def _milliseconds(seconds: float) -> int:
    return max(0, round(seconds * 1000))


def _code(error: sqlite3.Error) -> int:
    """SQLite's primary code of an error."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF


def _busy(file: Path) -> VaultBusy:
    return VaultBusy(
        f"Another program has been writing to {file} for over {_WAIT_SECONDS:.0f} seconds",
        "Wait until it is done, or end it, and try again.",
    )


def _damaged(file: Path, reason: str) -> VaultDamaged:
    return VaultDamaged(
        f"The vault {file} can't be read: {reason}",
        "Bring it back from a copy, or move it away to begin anew.",
    )


def _refused(file: Path, reason: str) -> StorageFailed:
    return StorageFailed(
        f"{file} can't be used: {reason}",
        "Check the disk's free space and the folder's permissions, or set HEADSHOTS_DATA_DIR.",
    )
