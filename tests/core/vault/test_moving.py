"""What older versions kept in plain moves into the sealed vault, and is gone from where it was."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.errors import IdentityDamaged
from headshots.core.settings import settings
from headshots.core.vault import key_of, open_vault
from headshots.core.vault.moving import move
from headshots.core.vault.sealed import SealedVault


@pytest.fixture
def vault(tmp_path: Path) -> SealedVault:
    return SealedVault(tmp_path / "vault.sqlite3", tmp_path / "keys", "file")


def laid_out(plain: Path, name: str, **blobs: bytes) -> Path:
    """A sitter as version 0.1 kept them."""
    place = plain / key_of(name)
    place.mkdir(parents=True)
    (place / "name.txt").write_text(name, "utf-8")
    for kind, data in blobs.items():
        (place / f"{kind}.bin").write_bytes(data)
    return place


def test_all_is_moved_and_nothing_is_left(vault: SealedVault, tmp_path: Path) -> None:
    plain = tmp_path / "sitters"
    laid_out(plain, "Łukasz Żółć", identity=b"1", consent=b"2")
    laid_out(plain, "Ada", identity=b"3")
    (laid_out(plain, "Bea") / ".cut-off.part").write_bytes(b"half")
    assert move(plain, vault) == 2
    assert vault.sitters() == ("Ada", "Łukasz Żółć")
    assert vault.kinds("Łukasz Żółć") == ("consent", "identity")
    assert vault.get("łukasz żółć", "identity") == b"1"
    assert not plain.exists()
    assert move(plain, vault) == 0


def test_what_an_older_version_wrote_since_wins(vault: SealedVault, tmp_path: Path) -> None:
    vault.put("Ada", "identity", b"old")
    laid_out(tmp_path / "sitters", "ADA", identity=b"new")
    move(tmp_path / "sitters", vault)
    assert vault.get("Ada", "identity") == b"new"


@pytest.mark.parametrize("name", [None, b"\xff"])
def test_a_folder_that_does_not_say_whose_it_is(
    vault: SealedVault, tmp_path: Path, name: bytes | None
) -> None:
    place = laid_out(tmp_path / "sitters", "Ada", identity=b"1")
    (place / "name.txt").unlink()
    if name:
        (place / "name.txt").write_bytes(name)
    with pytest.raises(IdentityDamaged, match=key_of("Ada")):
        move(tmp_path / "sitters", vault)
    assert (place / "identity.bin").read_bytes() == b"1"


def test_opening_the_vault_moves_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    laid_out(tmp_path / "sitters", "Ada", identity=b"1")
    monkeypatch.setenv("HEADSHOTS_DATA_DIR", str(tmp_path))
    settings.cache_clear()
    try:
        assert open_vault().get("Ada", "identity") == b"1"
    finally:
        monkeypatch.undo()
        settings.cache_clear()
    assert not (tmp_path / "sitters").exists()
    assert (tmp_path / "vault.sqlite3").exists()
