"""The sealed vault: nothing in plain, nothing altered unseen, nothing left of the forgotten."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import date
from pathlib import Path

import pytest

from headshots.core.errors import (
    HeadshotsError,
    IdentityNotFound,
    StorageFailed,
    VaultDamaged,
    VaultLocked,
)
from headshots.core.vault.database import Database
from headshots.core.vault.sealed import SealedVault
from headshots.core.vault.transactions import Unlocking

posix = pytest.mark.skipif(os.name != "posix", reason="modes and limits are POSIX's")
SECRET = b"a photo of somebody" * 50


@pytest.fixture
def vault(tmp_path: Path) -> SealedVault:
    return opened(tmp_path)


def opened(folder: Path) -> SealedVault:
    return SealedVault(folder / "data" / "vault.sqlite3", folder / "config" / "keys", "file")


def alter(folder: Path, *statements: str) -> None:
    with closing(sqlite3.connect(folder / "data" / "vault.sqlite3")) as db, db:
        for statement in statements:
            db.execute(statement)


@posix
def test_only_the_owner_may_look(vault: SealedVault, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0o755)
    vault.put("Ada", "identity", SECRET)
    with closing(sqlite3.connect(tmp_path / "data" / "vault.sqlite3")) as other:
        other.execute("SELECT * FROM facts").fetchall()  # the log and its index are there now
        files = [path for path in tmp_path.rglob("*") if path.is_file()]
        assert len(files) >= 3
        assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "config" / "keys").stat().st_mode) == 0o700


def test_nothing_is_there_in_plain(vault: SealedVault, tmp_path: Path) -> None:
    vault.put("Ada Lovelace", "identity", SECRET)
    version = vault.read("Ada Lovelace", "identity").version
    vault.put("Ada Lovelace", "identity", SECRET[::-1], version=version)
    with closing(sqlite3.connect(tmp_path / "data" / "vault.sqlite3")) as other:
        other.execute("SELECT * FROM facts").fetchall()
        for file in tmp_path.rglob("*"):
            content = file.read_bytes().lower() if file.is_file() else b""
            assert b"lovelace" not in content and "lovelace" not in str(file).lower()
            assert b"somebody" not in content and b"ydobemos" not in content


def flipped(column: str, table: str, where: str = "1") -> str:
    """A statement that changes the middle byte of a column."""
    half = f"length({column}) / 2"
    byte = f"substr({column}, {half}, 1)"
    other = f"CASE WHEN {byte} = x'41' THEN x'42' ELSE x'41' END"
    value = f"substr({column}, 1, {half} - 1) || {other} || substr({column}, {half} + 1)"
    return f"UPDATE {table} SET {column} = CAST({value} AS BLOB) WHERE {where}"


def swapped(column: str, table: str, key: str) -> list[str]:
    """Statements that swap the two values of a column that two rows have."""
    return [
        f"CREATE TEMP TABLE two AS SELECT {key} AS k, {column} AS v FROM {table}",
        f"UPDATE {table} SET {column} = randomblob(8)",
        f"UPDATE {table} SET {column} = (SELECT v FROM two WHERE k <> {table}.{key})",
    ]


TAMPERED: dict[str, tuple[list[str], str]] = {
    "blob altered": ([flipped("sealed", "blobs")], "The identity of the sitter 'Ada'"),
    "blob cut off": (
        ["UPDATE blobs SET sealed = substr(sealed, 1, length(sealed) - 1)"],
        "The identity of the sitter 'Ada'",
    ),
    "blob emptied": (["UPDATE blobs SET sealed = x''"], "The identity of the sitter 'Ada'"),
    "blobs swapped": (
        swapped("sealed", "blobs", "sitter"),
        "The identity of the sitter 'Ada'",
    ),
    "key altered": ([flipped("key", "sitters")], "The key of the sitter with the id"),
    "key emptied": (["UPDATE sitters SET key = x''"], "The key of the sitter with the id"),
    "keys swapped": (swapped("key", "sitters", "id"), "The key of the sitter with the id"),
    "name altered": ([flipped("name", "sitters")], "The name of the sitter with the id"),
    "names swapped": (swapped("name", "sitters", "id"), "The name of the sitter with the id"),
    "entries swapped": (swapped("lookup", "sitters", "id"), "The entry of the sitter 'Ada'"),
}


@pytest.mark.parametrize(("how", "named"), TAMPERED.values(), ids=TAMPERED)
def test_what_was_altered_is_detected_and_named(
    vault: SealedVault, tmp_path: Path, how: list[str], named: str
) -> None:
    vault.put("Ada", "identity", SECRET)
    vault.put("Bea", "identity", SECRET[::-1])
    alter(tmp_path, *how)
    with pytest.raises(VaultDamaged, match=named):
        vault.get("Ada", "identity")
    with pytest.raises(VaultDamaged):
        opened(tmp_path).get("Bea", "identity")


def test_kinds_of_one_sitter_swapped(vault: SealedVault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    vault.put("Ada", "candidate", b"2")
    alter(tmp_path, *swapped("sealed", "blobs", "kind"))
    for kind in ("identity", "candidate"):
        with pytest.raises(VaultDamaged, match=f"The {kind} of the sitter 'Ada'"):
            vault.get("Ada", kind)


@pytest.mark.parametrize("how", [flipped("value", "facts", "name = 'index'")])
def test_an_altered_vault_does_not_open(vault: SealedVault, tmp_path: Path, how: str) -> None:
    vault.put("Ada", "identity", SECRET)
    alter(tmp_path, how)
    for each in (vault, opened(tmp_path)):
        with pytest.raises(VaultLocked):
            each.get("Ada", "identity")


@pytest.mark.parametrize("content", [b"no database at all" * 100, b"\0" * 5000])
def test_a_file_that_is_no_vault(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "vault.sqlite3").write_bytes(content)
    with pytest.raises(VaultDamaged, match=r"vault\.sqlite3"):
        opened(tmp_path).sitters()


def test_a_damaged_sitter_can_be_forgotten_and_harms_no_other(
    vault: SealedVault, tmp_path: Path
) -> None:
    vault.put("Ada", "identity", SECRET)
    id = sqlite3.connect(tmp_path / "data" / "vault.sqlite3").execute("SELECT id FROM sitters")
    vault.put("Bea", "identity", SECRET[::-1])
    alter(tmp_path, flipped("key", "sitters", f"id = '{id.fetchone()[0]}'"))
    assert vault.get("Bea", "identity") == SECRET[::-1]
    vault.forget("Ada")
    assert vault.sitters() == ("Bea",)
    assert vault.get("Bea", "identity") == SECRET[::-1]


def test_a_copy_of_the_vault_is_unreadable_once_the_sitter_is_forgotten(
    vault: SealedVault, tmp_path: Path
) -> None:
    vault.put("Ada", "identity", SECRET)
    vault.put("Bea", "identity", SECRET)
    copy = tmp_path / "copy"
    shutil.copytree(tmp_path / "data", copy / "data")
    vault.forget("Ada")
    (copy / "config").symlink_to(tmp_path / "config")  # all keys that are left on this machine
    with pytest.raises(VaultLocked):
        opened(copy).get("Ada", "identity")
    assert vault.get("Bea", "identity") == SECRET


def test_forgetting_leaves_no_byte(vault: SealedVault, tmp_path: Path) -> None:
    vault.put("Bea", "identity", b"1")
    file = tmp_path / "data" / "vault.sqlite3"
    before = file.stat().st_size
    vault.put("Ada", "identity", os.urandom(500_000))
    with closing(sqlite3.connect(file)) as db:
        sealed = bytes(
            db.execute("SELECT sealed FROM blobs ORDER BY length(sealed) DESC").fetchone()[0]
        )
        vault.forget("Ada")
        content = b"".join(each.read_bytes() for each in file.parent.iterdir())
    assert sealed[1000:1100] not in content and sealed[-1100:-1000] not in content
    assert file.stat().st_size <= before + 4096
    assert vault.sitters() == ("Bea",)


def test_another_vault_that_is_open_follows(vault: SealedVault, tmp_path: Path) -> None:
    other = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    vault.put("Bea", "identity", b"2")
    assert other.get("Ada", "identity") == b"1"
    for forgotten in ("Ada", "Cleo", "Ada"):
        vault.put(forgotten, "note", b"3")
        vault.forget(forgotten)
        with pytest.raises(IdentityNotFound):
            other.get(forgotten, "identity")
        assert other.get("Bea", "identity") == b"2"
        other.put("Bea", "identity", b"2", version=other.read("Bea", "identity").version)


@pytest.mark.parametrize("error", [KeyboardInterrupt, StorageFailed, VaultLocked])
def test_half_a_forget_is_as_good_as_a_whole_one(
    vault: SealedVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    """Something goes wrong right after the key was destroyed, and the process goes on."""
    vault.put("Ada", "identity", SECRET)
    vault.put("Bea", "identity", b"2")

    def fail(*_: object) -> None:
        raise error("What happened", "What to do") if error is not KeyboardInterrupt else error

    monkeypatch.setattr(Unlocking, "end_forgetting", fail)
    with suppress(KeyboardInterrupt, VaultLocked):
        vault.forget("Ada")
    for each in (vault, opened(tmp_path)):
        assert each.sitters() == ("Bea",) and each.kinds("Ada") == ()
        assert each.read("Ada", "identity").data is None
        assert [entry.event for entry in each.audit()] == ["stored", "stored", "forgotten"]
        for use in (each.forget, each.until, each.written):
            with pytest.raises(IdentityNotFound):
                use("Ada")
        assert each.sweep(date(2020, 1, 1)) == ()
    vault.put("Ada", "identity", b"anew")
    with suppress(KeyboardInterrupt, VaultLocked):
        vault.forget("Bea")  # amid it another
    monkeypatch.undo()
    assert len(vault.unended()) == 2  # as the next opening does
    assert len(list((tmp_path / "config" / "keys").iterdir())) == 1
    with closing(sqlite3.connect(tmp_path / "data" / "vault.sqlite3")) as db:
        assert db.execute("SELECT count(*) FROM sitters").fetchone() == (1,)
    assert opened(tmp_path).get("Ada", "identity") == b"anew"


FULL = """
import resource, signal, sys
from pathlib import Path
from headshots.core.errors import StorageFailed
from headshots.core.vault.sealed import SealedVault

folder = Path(sys.argv[1])
vault = SealedVault(folder / "data" / "vault.sqlite3", folder / "config" / "keys", "file")
first = vault.put("Ada", "identity", b"old")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
for use in (
    lambda: vault.put("Ada", "identity", bytes(1_000_000), version=first),
    lambda: vault.put("Bea", "identity", bytes(1_000_000)),
):
    try:
        use()
    except StorageFailed as error:
        print(error)
assert vault.get("Ada", "identity") == b"old" and vault.sitters() == ("Ada",)
vault.put("Bea", "identity", b"small")
"""


@posix
def test_a_file_that_may_not_grow(tmp_path: Path) -> None:
    """The disk refuses at a real write, in the middle of a transaction."""
    told = subprocess.run(
        [sys.executable, "-c", FULL, str(tmp_path)], capture_output=True, text=True, check=True
    ).stdout.splitlines()
    assert len(told) == 2 and all("free space" in line for line in told)
    with closing(sqlite3.connect(tmp_path / "data" / "vault.sqlite3")) as db:
        assert db.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert opened(tmp_path).sitters() == ("Ada", "Bea")


def test_a_full_disk(vault: SealedVault, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own answer to a full disk, by a limit of its own on the file's pages."""
    vault.put("Ada", "identity", b"old")
    connect = sqlite3.connect

    def limited(*arguments: object, **options: object) -> sqlite3.Connection:
        db = connect(*arguments, **options)  # type: ignore[call-overload]
        db.execute("PRAGMA max_page_count = 20")
        return db

    monkeypatch.setattr(sqlite3, "connect", limited)
    with pytest.raises(StorageFailed, match="full"):
        vault.put("Bea", "identity", bytes(1_000_000))
    assert vault.sitters() == ("Ada",)
    assert vault.get("Ada", "identity") == b"old"


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "data").write_bytes(b"")
    with pytest.raises(StorageFailed, match="data"):
        opened(tmp_path).put("Ada", "identity", b"1")


def test_looking_makes_nothing(vault: SealedVault, tmp_path: Path) -> None:
    looks: tuple[Callable[[], object], ...] = (
        vault.sitters,
        vault.place,
        lambda: vault.kinds("Ada"),
        lambda: vault.get("Ada", "identity"),
        lambda: vault.forget("Ada"),
    )
    for look in looks:
        try:
            look()
        except HeadshotsError as error:
            assert isinstance(error, IdentityNotFound)
    assert list(tmp_path.iterdir()) == []


def test_a_vault_of_a_another_version(vault: SealedVault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    alter(tmp_path, "PRAGMA user_version = 1000")
    with pytest.raises(VaultDamaged, match="format 1000"):
        opened(tmp_path).sitters()
    assert Database(tmp_path / "data" / "vault.sqlite3").exists
