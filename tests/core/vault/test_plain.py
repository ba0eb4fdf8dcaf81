"""What is particular to the plain folder: modes, whole files, refusals of the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from headshots.core.errors import IdentityDamaged, StorageFailed
from headshots.core.settings import settings
from headshots.core.vault import PlainVault, key_of, open_vault

posix = pytest.mark.skipif(os.name != "posix", reason="modes and links are POSIX's")


@pytest.fixture
def vault(tmp_path: Path) -> PlainVault:
    return PlainVault(tmp_path / "data" / "sitters")


def _files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@posix
def test_only_the_owner_may_look(vault: PlainVault, tmp_path: Path) -> None:
    sitters = tmp_path / "data" / "sitters"
    sitters.mkdir(mode=0o755, parents=True)
    vault.put("Ada", "identity", b"1")
    assert stat.S_IMODE(sitters.stat().st_mode) == 0o700
    assert stat.S_IMODE((sitters / key_of("Ada")).stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in _files(sitters)} == {0o600}


@posix
def test_the_data_folder_is_born_closed(vault: PlainVault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


def test_names_are_not_in_the_paths(vault: PlainVault, tmp_path: Path) -> None:
    vault.put("../Ada", "identity", b"1")
    assert not any("ada" in str(path).lower() for path in (tmp_path / "data").rglob("*"))
    assert all((tmp_path / "data" / "sitters") in path.parents for path in _files(tmp_path))


def test_a_failed_write_leaves_the_old_bytes_and_no_parts(
    vault: PlainVault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault.put("Ada", "identity", b"old")
    before = sorted(_files(tmp_path))

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StorageFailed, match="No space left"):
        vault.put("Ada", "identity", b"new")
    monkeypatch.undo()
    assert vault.get("Ada", "identity") == b"old"
    assert sorted(_files(tmp_path)) == before


@posix
def test_a_file_system_without_links(vault: PlainVault, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(source: object, target: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    vault.put("Ada", "identity", b"1", replace=False)
    assert vault.get("Ada", "identity") == b"1"


def test_a_file_in_the_folders_place(tmp_path: Path) -> None:
    (tmp_path / "sitters").write_bytes(b"")
    vault = PlainVault(tmp_path / "sitters")
    for use in (lambda: vault.put("Ada", "identity", b"1"), vault.sitters):
        with pytest.raises(StorageFailed, match="sitters"):
            use()


def test_a_folder_that_lost_its_name(vault: PlainVault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    next(tmp_path.rglob("name.txt")).unlink()
    with pytest.raises(IdentityDamaged, match=key_of("Ada")):
        vault.sitters()
    vault.forget("Ada")
    assert vault.sitters() == ()


def test_forgetting_leaves_no_file(vault: PlainVault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"1")
    vault.put("Ada", "consent", b"2")
    vault.forget("Ada")
    assert _files(tmp_path) == []


def test_what_cannot_be_removed_is_told(vault: PlainVault, monkeypatch: pytest.MonkeyPatch) -> None:
    vault.put("Ada", "identity", b"1")
    monkeypatch.setattr("shutil.rmtree", lambda place: None)
    with pytest.raises(StorageFailed, match="is left"):
        vault.forget("Ada")


def test_the_vault_lies_in_the_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADSHOTS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    try:
        open_vault().put("Ada", "identity", b"1")
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert PlainVault(tmp_path / "sitters").sitters() == ("Ada",)
