"""A disk without room, for real: a small file system in memory."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from headshots.core.errors import StorageFailed
from headshots.core.files import parts_of
from headshots.core.settings import settings
from headshots.core.vault import FILE, _opened, open_vault
from headshots.core.vault.erasure import forget
from headshots.core.vault.sealed import SealedVault

KIB = 1024


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A folder on a disk of 900 KiB."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={900 * KIB}", "headshots-test", str(disk)]
    try:
        made = subprocess.run(mount, capture_output=True, text=True)
    except OSError as error:
        pytest.skip(f"no file system can be mounted here: {error}")
    if made.returncode:
        pytest.skip(f"no file system may be mounted here: {made.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def opened(disk: Path) -> SealedVault:
    return SealedVault(disk / "data" / FILE, disk.parent / "keys", "file")


def fill(disk: Path, leave: int) -> None:
    """Leave so many bytes free."""
    (disk / "other").unlink(missing_ok=True)
    room = os.statvfs(disk)
    (disk / "other").write_bytes(bytes(room.f_bavail * room.f_frsize - leave))
    room = os.statvfs(disk)
    assert room.f_bavail * room.f_frsize == leave


def test_what_is_stored_can_be_read(small: Path) -> None:
    vault = opened(small)
    first = vault.put("Ada", "identity", os.urandom(60 * KIB))
    fill(small, 0)
    for each in (opened(small), opened(small)):
        assert each.sitters() == ("Ada",) and len(each.get("Ada", "identity")) == 60 * KIB
        assert [entry.event for entry in each.audit()] == ["stored"]
        with pytest.raises(StorageFailed, match=r"can't be used"):
            each.put("Ada", "identity", b"1", version=first)
        with pytest.raises(StorageFailed):
            each.forget("Ada")
        assert each.sitters() == ("Ada",)
    fill(small, 500 * KIB)
    assert opened(small).forget("Ada").name == "Ada"


@pytest.mark.parametrize("leave", [72 * KIB, 120 * KIB, 200 * KIB])
def test_forgetting_needs_little_room(small: Path, leave: int) -> None:
    """There is none to rewrite the file, nor to overwrite what was stored."""
    vault = opened(small)
    vault.put("Bea", "identity", os.urandom(100 * KIB))
    vault.put("Ada", "identity", os.urandom(250 * KIB))
    fill(small, leave)
    forget(vault, "Ada")
    for each in (vault, opened(small)):
        assert each.sitters() == ("Bea",) and len(each.get("Bea", "identity")) == 100 * KIB
    assert len(list((small.parent / "keys").iterdir())) == 1
    (small / "other").unlink()
    again = opened(small)
    assert again.unended() == ()
    again._database.compact()
    assert (small / "data" / FILE).stat().st_size < 200 * KIB


def test_what_waits_for_room_keeps_nobody_from_reading(
    small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A receipt that is still to be written, when a program starts on a full disk."""
    monkeypatch.setenv("HEADSHOTS_DATA_DIR", str(small / "data"))
    monkeypatch.setenv("HEADSHOTS_CONFIG_DIR", str(small.parent / "config"))
    settings.cache_clear()
    try:
        vault = open_vault()
        vault.put("Ada", "identity", b"1")
        vault.put("Bea", "identity", b"2")
        vault.forget("Ada")  # and the program dies
        fill(small, 0)
        _opened.cache_clear()
        assert open_vault().get("Bea", "identity") == b"2"
        (small / "other").unlink()
        _opened.cache_clear()
        assert open_vault().unended() == ()
        (receipt,) = (small / "data" / "receipts").iterdir()
        assert receipt.suffix == ".json" and parts_of(receipt) == []
    finally:
        monkeypatch.undo()
        settings.cache_clear()
