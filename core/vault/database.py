"""The vault's SQLite file: its schema, step by step, and its transactions."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Generator
from contextlib import closing, contextmanager
from pathlib import Path

from ..errors import StorageFailed, VaultDamaged

# Each brings the schema of the one before it up; none is changed once released. The file says in
# its `user_version` how many it has seen.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        # What the vault is: its id, where its master key lies, and the sealed key of the index.
        "CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT",
        # lookup: a keyed hash of the name. key: the sitter's, sealed; NULL once it was destroyed.
        """CREATE TABLE sitters (
            id TEXT PRIMARY KEY, lookup BLOB NOT NULL UNIQUE, key BLOB, name BLOB NOT NULL
        ) STRICT""",
        """CREATE TABLE blobs (
            sitter TEXT NOT NULL REFERENCES sitters ON DELETE CASCADE,
            kind TEXT NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (sitter, kind)
        ) STRICT""",
    ),
    (
        # The last day that a sitter is kept, ISO 8601; those from before it was kept get the usual.
        "ALTER TABLE sitters ADD COLUMN until TEXT",
        "UPDATE sitters SET until = date('now', '+30 days')",
        # Files outside of the vault that show a sitter. hash: of the path, keyed.
        """CREATE TABLE files (
            sitter TEXT NOT NULL REFERENCES sitters ON DELETE CASCADE,
            hash BLOB NOT NULL,
            delivered INTEGER NOT NULL,
            sealed BLOB NOT NULL,
            PRIMARY KEY (sitter, hash)
        ) STRICT""",
    ),
    (
        # link: a keyed hash of the entry and the link before it.
        """CREATE TABLE audit (
            number INTEGER PRIMARY KEY,
            at TEXT NOT NULL,
            event TEXT NOT NULL,
            sitter BLOB NOT NULL,
            detail TEXT NOT NULL,
            link BLOB NOT NULL
        ) STRICT""",
        """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
        """CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
            BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    ),
    (
        # What is still to be done for those who are forgotten, sealed under the master.
        "CREATE TABLE farewells (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
    ),
)

_WAIT_SECONDS = 60.0  # for another process that writes
_AGAIN_SECONDS = 0.05


class Database:
    """One SQLite file in WAL mode, mode 0600, that several processes may use at once."""

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def exists(self) -> bool:
        """Whether anything was ever stored."""
        return self.file.exists()

    @contextmanager
    def transaction(self, *, write: bool = False) -> Generator[sqlite3.Connection]:
        """A connection within a transaction: all of it is kept, or where it raises, nothing.

        Raises:
            StorageFailed: the disk refuses, or another process holds on to the vault.
            VaultDamaged: the file is no vault, or one of a newer version.
        """
        with self._connection() as db:
            db.execute("BEGIN IMMEDIATE" if write else "BEGIN")
            try:
                yield db
                db.execute("COMMIT")
            finally:
                if db.in_transaction:
                    db.execute("ROLLBACK")

    def compact(self) -> None:
        """Rewrite the file without what was deleted, and empty the log; raises as `transaction`."""
        with self._connection() as db:
            db.execute("VACUUM")
        if not self.empty_log():
            raise StorageFailed(
                f"The log of {self.file} is still read by another program",
                "Close what uses the vault, and forget the sitter again.",
            )

    def empty_log(self) -> bool:
        """Bring the log into the file and empty it; False if another program still reads it."""
        end = time.monotonic() + _WAIT_SECONDS
        while True:
            with self._connection() as db:
                (busy, _, _) = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            # SQLite waits for readers, but not for another who is at the same.
            if not busy or time.monotonic() > end:
                return not busy
            time.sleep(_AGAIN_SECONDS)

    @contextmanager
    def _connection(self) -> Generator[sqlite3.Connection]:
        try:
            self._make()
            with closing(
                sqlite3.connect(self.file, timeout=_WAIT_SECONDS, isolation_level=None)
            ) as db:
                _prepare(db)
                yield db
        except OSError as error:
            raise _refused(self.file, error.strerror or str(error)) from error
        except sqlite3.OperationalError as error:
            raise _refused(self.file, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise VaultDamaged(
                f"The vault {self.file} can't be read: {error}",
                "Bring it back from a copy, or move it away to begin anew.",
            ) from error

    def _make(self) -> None:
        self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.file.exists():
            return
        self.file.parent.chmod(0o700)  # a folder made by hand may be open to others
        # SQLite gives its log and index the mode of the file.
        os.close(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o600))


def _prepare(db: sqlite3.Connection) -> None:
    # Deleted content is overwritten; a commit outlasts a power cut; nothing goes to a temp folder.
    for pragma in ("secure_delete = ON", "synchronous = FULL", "temp_store = MEMORY"):
        db.execute(f"PRAGMA {pragma}")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA trusted_schema = OFF")
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version < len(MIGRATIONS):
        _migrate(db)
    elif version > len(MIGRATIONS):
        raise VaultDamaged(
            f"The vault has format {version}; this version reads format {len(MIGRATIONS)}",
            "Update headshots to the version that wrote it.",
        )


def _migrate(db: sqlite3.Connection) -> None:
    """Bring the schema up to date, each step whole or not at all; another process may be at it."""
    db.execute("PRAGMA journal_mode = WAL")
    for number, migration in enumerate(MIGRATIONS, start=1):
        db.execute("BEGIN IMMEDIATE")
        try:
            (version,) = db.execute("PRAGMA user_version").fetchone()
            if version < number:
                for statement in migration:
                    db.execute(statement)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        finally:
            if db.in_transaction:
                db.execute("ROLLBACK")


def _refused(file: Path, reason: str) -> StorageFailed:
    return StorageFailed(
        f"{file} can't be used: {reason}",
        "Check the disk's free space and the folder's permissions, or set HEADSHOTS_DATA_DIR.",
    )
