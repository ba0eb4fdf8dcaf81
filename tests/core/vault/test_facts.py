"""What a vault says of itself, altered by others: named, never a traceback."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest

from headshots.core.errors import VaultDamaged, VaultLocked
from headshots.core.vault.sealed import SealedVault

FILE = "vault.sqlite3"


def opened(folder: Path) -> SealedVault:
    return SealedVault(folder / FILE, folder / "keys", "file")


@pytest.fixture
def stored(tmp_path: Path) -> Path:
    """A folder with a vault in which somebody is stored."""
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1", until=date(2999, 1, 1))
    vault.choose_policy(20)
    return tmp_path


def alter(folder: Path, statement: str, *values: object) -> None:
    with closing(sqlite3.connect(folder / FILE)) as db:
        db.execute(statement, values)
        db.commit()


@pytest.mark.parametrize("name", ["vault", "kind", "slot", "index"])
@pytest.mark.parametrize("value", [None, 0, 0.5, "", "x", b"", b"\0" * 60])
def test_an_altered_fact_is_told(stored: Path, name: str, value: object) -> None:
    if value is None:
        alter(stored, "DELETE FROM facts WHERE name = ?", name)
    else:
        alter(stored, "UPDATE facts SET value = ? WHERE name = ?", value, name)
    for look in (
        lambda: opened(stored).sitters(),
        lambda: opened(stored).audit(),
        lambda: opened(stored).put("Bea", "identity", b"2"),
    ):
        with pytest.raises((VaultDamaged, VaultLocked)):
            look()


@pytest.mark.parametrize("value", [0, 366, 0.5, "", "x", b"", 2**62])
def test_an_altered_policy_is_told(stored: Path, value: object) -> None:
    alter(stored, "UPDATE facts SET value = ? WHERE name = 'retention'", value)
    with pytest.raises(VaultDamaged, match="retention"):
        opened(stored).policy()


@pytest.mark.parametrize("value", ["", "x", "9999-99-99"])
def test_an_altered_last_day_is_told(stored: Path, value: object) -> None:
    alter(stored, "UPDATE sitters SET until = ?", value)
    with pytest.raises(VaultDamaged, match="last day"):
        opened(stored).until("Ada")


@pytest.mark.parametrize("value", ["", "{}", "[]", b"x", 0, '{"kind": "file", "slot": []}'])
def test_an_altered_change_of_master_is_told(stored: Path, value: object) -> None:
    alter(stored, "INSERT INTO facts VALUES ('former', ?)", value)
    with pytest.raises(VaultDamaged):
        opened(stored).put("Bea", "identity", b"2")


@pytest.mark.parametrize("value", ["", "zz", b"x", 0])
def test_an_altered_place_is_told(stored: Path, value: object) -> None:
    alter(stored, "INSERT INTO facts VALUES ('folder', ?)", value)
    with pytest.raises((VaultDamaged, VaultLocked)):
        opened(stored).sitters()


def test_a_schema_that_is_no_text_is_told(stored: Path) -> None:
    """SQLite quotes it in its message, which can't be read as UTF-8 then."""
    opened(stored).forget("Ada")  # which brings everything into the file
    content = (stored / FILE).read_bytes()
    broken = content.replace(b"sqlite_autoindex_facts_1", b"s\xf1lite_autoindex_facts_1")
    assert broken != content
    (stored / FILE).write_bytes(broken)
    with pytest.raises(VaultDamaged):
        opened(stored).sitters()


def test_an_entry_without_its_row_is_told(stored: Path) -> None:
    """An index that leads nowhere, as where two copies of a file were mixed."""
    opened(stored).put("Bea", "identity", b"2")
    with closing(sqlite3.connect(stored / FILE)) as db:
        db.execute("PRAGMA writable_schema = ON")
        name, root = db.execute(
            "SELECT name, rootpage FROM sqlite_master WHERE tbl_name = 'sitters' "
            "AND type = 'index' AND name LIKE '%_1'"
        ).fetchone()
        (size,) = db.execute("PRAGMA page_size").fetchone()
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert name and root
    content = bytearray((stored / FILE).read_bytes())
    content[(root - 1) * size + 3 : (root - 1) * size + 5] = b"\0\0"  # no cells in the index of ids
    (stored / FILE).write_bytes(content)
    for look in (
        lambda: opened(stored).get("Ada", "identity"),
        lambda: opened(stored).until("Ada"),
    ):
        with pytest.raises(VaultDamaged):
            look()
