"""The schema: brought up to date from every older one, whole or not at all."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from headshots.core.errors import StorageFailed
from headshots.core.vault import database
from headshots.core.vault.database import MIGRATIONS, Database
from headshots.core.vault.sealed import SealedVault


def schema(file: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(file)) as db:
        return db.execute("SELECT name, sql FROM sqlite_schema ORDER BY name").fetchall()


@pytest.mark.parametrize("oldest", range(len(MIGRATIONS)))
def test_every_older_schema_is_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, oldest: int
) -> None:
    new, old = tmp_path / "new.sqlite3", tmp_path / "old.sqlite3"
    with Database(new).transaction():
        pass
    monkeypatch.setattr(database, "MIGRATIONS", MIGRATIONS[:oldest])
    with Database(old).transaction():
        pass
    monkeypatch.undo()
    with Database(old).transaction() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (len(MIGRATIONS),)
    assert schema(old) == schema(new)


def test_a_migration_that_fails_leaves_the_schema_before_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "data" / "vault.sqlite3"
    vault = SealedVault(file, tmp_path / "keys", "file")
    vault.put("Ada", "identity", b"1")
    before = schema(file)
    broken = (*MIGRATIONS, ("CREATE TABLE new (x)", "CREATE TABLE facts (x)"))
    monkeypatch.setattr(database, "MIGRATIONS", broken)
    with pytest.raises(StorageFailed, match="facts"):
        vault.sitters()
    monkeypatch.undo()
    assert schema(file) == before
    assert vault.get("Ada", "identity") == b"1"


def test_many_at_once_make_one_schema(tmp_path: Path) -> None:
    vaults = [SealedVault(tmp_path / "v.sqlite3", tmp_path / "keys", "file") for _ in range(8)]
    threads = [
        threading.Thread(target=vault.put, args=(f"Sitter {number}", "identity", b"1"))
        for number, vault in enumerate(vaults)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(vaults[0].sitters()) == len(vaults)
    assert len(list((tmp_path / "keys").iterdir())) == 1
