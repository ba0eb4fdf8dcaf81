"""The tables of the vault's SQLite file."""

from __future__ import annotations

FORMAT = 1  # the file's `user_version`
SCHEMA: tuple[str, ...] = (
    # The vault's id, where its master key lies, the sealed key of the index.
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value ANY NOT NULL) STRICT",
    # lookup: a keyed hash of the name. key: the sitter's, sealed; NULL once it was destroyed.
    # until: the last day that the sitter is kept, ISO 8601.
    """CREATE TABLE sitters (
        id TEXT PRIMARY KEY,
        lookup BLOB NOT NULL UNIQUE,
        key BLOB,
        name BLOB NOT NULL,
        until TEXT NOT NULL
    ) STRICT""",
    """CREATE TABLE blobs (
        sitter TEXT NOT NULL REFERENCES sitters ON DELETE CASCADE,
        kind TEXT NOT NULL,
        sealed BLOB NOT NULL,
        PRIMARY KEY (sitter, kind)
    ) STRICT""",
    # Files outside of the vault that show a sitter. hash: of the path, keyed. begun: 1 while it is
    # being written; 2 for one that is there only while others are.
    """CREATE TABLE files (
        sitter TEXT NOT NULL REFERENCES sitters ON DELETE CASCADE,
        hash BLOB NOT NULL,
        delivered INTEGER NOT NULL,
        sealed BLOB NOT NULL,
        begun INTEGER NOT NULL,
        PRIMARY KEY (sitter, hash)
    ) STRICT""",
    # What was done with sitters' data. link: a keyed hash of the entry and the link before it.
    """CREATE TABLE audit (
        number INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        event TEXT NOT NULL,
        sitter BLOB NOT NULL,
        detail TEXT NOT NULL,
        link BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX files_begun ON files (begun) WHERE begun",
    "CREATE INDEX audit_of_a_sitter ON audit (sitter, event)",
    """CREATE TRIGGER audit_is_not_changed BEFORE UPDATE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    """CREATE TRIGGER audit_is_not_cut BEFORE DELETE ON audit
        BEGIN SELECT RAISE(ABORT, 'the audit log is only added to'); END""",
    # Erasures in progress, sealed under the master key.
    "CREATE TABLE pending_erasures (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
    # Notices of automatic erasures that no person has seen yet, sealed under the master key.
    "CREATE TABLE notices (id TEXT PRIMARY KEY, sealed BLOB NOT NULL) STRICT",
)
