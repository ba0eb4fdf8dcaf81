"""The database: made whole or not at all, and shared by processes that wait for each other."""

from __future__ import annotations

import os
import signal
import sqlite3
import threading
import time
from contextlib import closing, suppress
from pathlib import Path

import pytest

from headshots.core import cli
from headshots.core.errors import VaultBusy, VaultDamaged
from headshots.core.vault import FILE, database, open_vault
from headshots.core.vault.sealed import SealedVault

posix = pytest.mark.skipif(os.name != "posix", reason="processes are forked")


def opened(folder: Path) -> SealedVault:
    return SealedVault(folder / "data" / FILE, folder / "keys", "file")


def test_many_at_once_make_one_vault(tmp_path: Path) -> None:
    vaults = [opened(tmp_path) for _ in range(8)]
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
    assert {path.suffix for path in (tmp_path / "data").iterdir()} == {".sqlite3"}


def test_an_empty_file_is_named_and_left_as_it_is(tmp_path: Path) -> None:
    file = tmp_path / "data" / FILE
    file.parent.mkdir()
    file.touch()
    for use in (
        lambda: opened(tmp_path).sitters(),
        lambda: opened(tmp_path).put("Ada", "identity", b"1"),
    ):
        with pytest.raises(VaultDamaged, match="0 bytes"):
            use()
    assert file.stat().st_size == 0 and not (tmp_path / "keys").exists()


@posix
@pytest.mark.parametrize("seconds", [0, 0.001, 0.003, 0.006, 0.01, 0.02])
def test_one_who_dies_amid_making_it_leaves_no_empty_file(tmp_path: Path, seconds: float) -> None:
    if not (pid := os.fork()):
        with suppress(BaseException):
            opened(tmp_path).put("Ada", "identity", b"1")
            time.sleep(9)
        os._exit(1)
    time.sleep(seconds)
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    vault = opened(tmp_path)
    if "Ada" not in vault.sitters():
        vault.put("Ada", "identity", b"1")
    assert vault.get("Ada", "identity") == b"1"


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "_QUIET_SECONDS", 0.2)
    monkeypatch.setattr(database, "_WAIT_SECONDS", 1.0)


def test_whoever_waits_for_another_program_is_told_and_not_for_ever(
    home: Path, hurried: None, capsys: pytest.CaptureFixture[str]
) -> None:
    vault = open_vault()
    vault.put("Ada", "identity", b"1")
    with closing(sqlite3.connect(home / "data" / FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert vault.get("Ada", "identity") == b"1"  # reading waits for nobody
        begun = time.monotonic()
        assert cli.run(["forget", "Ada", "--yes"]) == 4
        assert 0.9 < time.monotonic() - begun < 5
        told = capsys.readouterr().err.splitlines()
        assert "waiting for it" in told[0] and told[-1].startswith("vault.busy: ")
        assert vault.sitters() == ("Ada",)
        with pytest.raises(VaultBusy):
            vault.put("Bea", "identity", b"1")
        other.execute("ROLLBACK")
    capsys.readouterr()
    assert cli.run(["forget", "Ada", "--yes"]) == 0
    assert "waiting" not in capsys.readouterr().err
