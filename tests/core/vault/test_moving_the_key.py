"""The master key of a vault moves to another place: it stays usable, and the former key is gone."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import keyring
import pytest
from keyrings.alt.file import PlaintextKeyring

from headshots.core import cli, files
from headshots.core.errors import InputError, StorageFailed, VaultLocked
from headshots.core.master_key import MasterKind
from headshots.core.settings import settings
from headshots.core.vault import FILE, open_vault
from headshots.core.vault.backup_exclusion import TAG
from headshots.core.vault.key_store import KeyStore, Place
from headshots.core.vault.sealed import SealedVault
from headshots.core.vault.transactions import Unlocking

posix = pytest.mark.skipif(os.name != "posix", reason="processes are forked")
PLACES = ("keyring", "passphrase", "file", "passphrase apart", "file apart")


@pytest.fixture(autouse=True)
def ring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PlaintextKeyring]:
    """A keyring in a file of this test, and a passphrase."""
    ring = PlaintextKeyring()
    ring.file_path = str(tmp_path / "ring" / "keyring.cfg")
    before = keyring.get_keyring()
    keyring.set_keyring(ring)
    monkeypatch.setenv("HEADSHOTS_PASSPHRASE", "correct horse")
    monkeypatch.setattr("headshots.core.vault.sealing._SCRYPT_N", 2**10)
    settings.cache_clear()
    yield ring
    keyring.set_keyring(before)
    settings.cache_clear()


def opened(folder: Path) -> SealedVault:
    return SealedVault(folder / "data" / FILE, folder / "config" / "keys", "file")


def chosen(place: str, folder: Path) -> tuple[MasterKind, Path | None]:
    kind, _, apart = place.partition(" ")
    return kind, folder / "apart" if apart else None  # type: ignore[return-value]


def keys(folder: Path) -> list[str]:
    """Every key that lies anywhere: slots in the keyring, files in both folders."""
    found = [str(path) for path in folder.rglob("*.key")]
    cfg = folder / "ring" / "keyring.cfg"
    lines = cfg.read_text().splitlines() if cfg.exists() else []
    return found + [line for line in lines if "_2da =" in line or "_2db =" in line]


@pytest.mark.parametrize("start", PLACES)
@pytest.mark.parametrize("end", PLACES)
def test_the_key_moves_and_the_former_one_is_gone(tmp_path: Path, start: str, end: str) -> None:
    vault, other = opened(tmp_path), opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    vault.move_key(*chosen(start, tmp_path))
    assert other.get("Ada", "identity") == b"1"  # another process, which held the first key
    assert len(keys(tmp_path)) == 1
    vault.move_key(*chosen(end, tmp_path))
    for each in (vault, other, opened(tmp_path)):
        assert each.get("Ada", "identity") == b"1"
    assert len(keys(tmp_path)) == 1
    events = [entry.event for entry in other.audit()]
    assert events == ["stored", "key moved", "key moved"]


@pytest.mark.parametrize("place", PLACES)
def test_forgetting_changes_the_key_there_too(tmp_path: Path, place: str) -> None:
    """Even a copy of everything that was made after the move opens with no key that is left."""
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    vault.put("Bea", "identity", b"2")
    vault.move_key(*chosen(place, tmp_path))
    shutil.copytree(tmp_path / "data", tmp_path / "copy" / "data")
    vault.forget("Ada")
    (tmp_path / "copy" / "config").symlink_to(tmp_path / "config")
    assert len(keys(tmp_path)) == 1
    with pytest.raises(VaultLocked):
        opened(tmp_path / "copy").get("Ada", "identity")
    assert opened(tmp_path).get("Bea", "identity") == b"2"


def test_a_key_from_an_older_backup_opens_no_later_one(tmp_path: Path) -> None:
    """The key in an old backup doesn't open a vault that is backed up after the move."""
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    shutil.copytree(tmp_path / "config", tmp_path / "old" / "config")
    vault.move_key("file", tmp_path / "apart")
    shutil.copytree(tmp_path / "data", tmp_path / "old" / "data")
    (tmp_path / "apart").rename(tmp_path / "away")
    with pytest.raises(VaultLocked):
        opened(tmp_path / "old").get("Ada", "identity")


STEPS = ("store", "load", "change", "commit", "end", "destroy", "note")


@posix
@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("file", "keyring"),
        ("keyring", "passphrase"),
        ("file", "file apart"),
        ("file apart", "file"),
    ],
)
def test_killed_amid_it_the_vault_is_usable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, start: str, end: str
) -> None:
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    vault.move_key(*chosen(start, tmp_path))
    if not (pid := os.fork()):
        with suppress(BaseException):
            _die_before(step, vault, chosen(end, tmp_path), monkeypatch)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    again = opened(tmp_path)
    assert again.get("Ada", "identity") == b"1"
    again.put("Ada", "identity", b"2", version=again.read("Ada", "identity").version)
    again.move_key(*chosen(end, tmp_path))
    assert opened(tmp_path).get("Ada", "identity") == b"2"
    assert len(keys(tmp_path)) == 1


def _die_before(
    step: str, vault: SealedVault, to: tuple[MasterKind, Path | None], patch: pytest.MonkeyPatch
) -> None:
    """Move the key, and be killed before that step of it."""
    from headshots.core.vault import key_store as masters
    from headshots.core.vault import sealed
    from headshots.core.vault import transactions as unlocking

    def die(*_: object, **__: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    classes: tuple[type[KeyStore], ...] = (masters.FileMasters, masters.KeyringMasters)
    match step:
        case "store" | "destroy":
            for each in classes:
                patch.setattr(each, step, die)
            patch.setattr(masters.PassphraseMasters, step, die)
        case "load":  # of what was stored, to see that it can be had
            patch.setattr(unlocking, "_check", die)
        case "change":
            patch.setattr(sealed.audit, "append", die)
        case "commit":
            append = sealed.audit.append

            def then_die(*told: object) -> None:
                append(*told)  # type: ignore[arg-type]
                die()

            patch.setattr(sealed.audit, "append", then_die)
        case "end":
            patch.setattr(Unlocking, "_end_change", die)
        case _:
            destroys = {each: each.destroy for each in classes}
            for each in classes:

                def destroyed(self: KeyStore, slot: masters.Slot, each: type = each) -> None:
                    destroys[each](self, slot)
                    die()

                patch.setattr(each, "destroy", destroyed)
    vault.move_key(*to)


def test_where_the_key_cannot_be_had_back_it_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A keyring that takes a key and gives another must not cost the vault."""
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    monkeypatch.setattr(PlaintextKeyring, "get_password", lambda *_: "AAAA")
    with pytest.raises(VaultLocked, match="doesn't come back"):
        vault.move_key("keyring")
    assert opened(tmp_path).get("Ada", "identity") == b"1"
    assert "file" in opened(tmp_path).place()


def test_a_folder_that_is_away_is_told_and_nothing_is_forgotten_by_half(tmp_path: Path) -> None:
    """A stick that was pulled out while a program has the key in memory."""
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    vault.move_key("file", tmp_path / "apart")
    (tmp_path / "apart").rename(tmp_path / "pulled")
    for use in (
        lambda: vault.forget("Ada"),
        lambda: vault.move_key("file"),
        lambda: opened(tmp_path).get("Ada", "identity"),
    ):
        with pytest.raises(VaultLocked, match="apart"):
            use()
    (tmp_path / "apart").mkdir()  # where it is mounted, empty
    with pytest.raises(VaultLocked, match="apart"):
        vault.forget("Ada")
    (tmp_path / "apart").rmdir()
    (tmp_path / "pulled").rename(tmp_path / "apart")
    assert vault.get("Ada", "identity") == b"1"
    vault.forget("Ada")
    assert len(keys(tmp_path)) == 1


def test_a_folder_that_cannot_be_used(tmp_path: Path) -> None:
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    (tmp_path / "taken").write_bytes(b"")
    for folder in (tmp_path / "taken", tmp_path / "data", tmp_path / "data" / "sub"):
        with pytest.raises((InputError, StorageFailed)):
            vault.move_key("file", folder)
    with pytest.raises(InputError, match="keyring"):
        vault.move_key("keyring", tmp_path / "apart")
    assert opened(tmp_path).get("Ada", "identity") == b"1" and len(keys(tmp_path)) == 1


@pytest.mark.skipif(shutil.which("tar") is None, reason="needs GNU tar")
def test_a_backup_leaves_out_the_folder_of_the_key(home: Path) -> None:
    open_vault().put("Ada", "identity", b"1")
    open_vault().move_key("file", home / "apart")
    backup = home.parent / f"{home.name}.tar"
    told = ["tar", "--exclude-caches", "-C", str(home), "-cf", str(backup), "."]
    if subprocess.run(told, stderr=subprocess.DEVNULL).returncode:
        pytest.skip("this tar knows no --exclude-caches")
    listed = subprocess.run(["tar", "-tf", backup], capture_output=True, text=True).stdout
    assert f"data/{FILE}" in listed and TAG in listed and ".key" not in listed


def test_time_machine_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What stands for macOS's own program writes down how it was called."""
    program, log = tmp_path / "bin" / "tmutil", tmp_path / "log"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\necho "$@" >> "{log}"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr("sys.platform", "darwin")
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    vault.move_key("file", tmp_path / "apart")
    assert log.read_text() == f"addexclusion {tmp_path / 'apart'}\n"


def test_on_the_command_line(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    open_vault().put("Ada", "identity", b"1")
    assert cli.run(["key"]) == 0
    said = capsys.readouterr().out
    assert str(home / "config" / "keys") in said and "A backup of your home folder holds" in said
    assert cli.run(["key", "--to", "file", "--folder", str(home / "apart"), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert str(home / "apart") in told["key"] and TAG in told["backups"] and told["apart"]
    assert open_vault().get("Ada", "identity") == b"1"
    assert cli.run(["key", "--to", "keyring"]) == 0
    assert "login" in capsys.readouterr().out
    assert cli.run(["key", "--to", "keyring", "--folder", str(home)]) != 0
    assert cli.run(["key", "--to", "drawer"]) != 0
    assert "Traceback" not in capsys.readouterr().err


def test_what_a_backup_reads_is_said_where_a_sitter_is_forgotten(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    for name in ("Ada", "Bea"):
        open_vault().put(name, "identity", b"1")
    assert cli.run(["forget", "Ada", "--yes"]) == 0
    said = capsys.readouterr().out
    assert "A backup of your home folder holds" in said and "headshots key" in said
    open_vault().move_key("file", home / "apart")
    assert cli.run(["forget", "Bea", "--yes"]) == 0
    assert TAG in capsys.readouterr().out


def test_the_doctor_tells_when_a_backup_holds_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from headshots.core.weights.doctor import examine

    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("USERPROFILE", str(home))
    open_vault().put("Ada", "identity", b"1")
    assert "A backup of your home folder holds" in examine().backups
    open_vault().move_key("passphrase")
    assert "passphrase" in examine().backups
    open_vault().move_key("file", home / "apart")
    assert TAG in examine().backups


def test_a_place_is_described(tmp_path: Path) -> None:
    assert str(tmp_path) in Place("file", tmp_path).masters("v").described()


@posix
def test_killed_amid_marking_the_folder_it_can_be_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault = opened(tmp_path)
    vault.put("Ada", "identity", b"1")
    if not (pid := os.fork()):
        monkeypatch.setattr(files, "_UNNAMED", None)  # as where a file has its name at once
        monkeypatch.setattr(os, "fsync", lambda _: os.kill(os.getpid(), signal.SIGKILL))
        with suppress(BaseException):
            vault.move_key("file", tmp_path / "apart")
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
    (part,) = (tmp_path / "apart").iterdir()
    assert part.suffix == ".part"
    vault.move_key("file", tmp_path / "apart")
    assert len(keys(tmp_path)) == 1 and not part.exists()
