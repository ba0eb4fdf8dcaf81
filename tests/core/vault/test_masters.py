"""Where the master key lies: each place keeps it, refuses strangers and says what is wrong."""

from __future__ import annotations

import os
import select
import stat
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import keyring
import pytest
from keyrings.alt.file import PlaintextKeyring

from headshots.core.errors import VaultLocked
from headshots.core.master_key import MasterKind
from headshots.core.settings import settings
from headshots.core.vault.key_store import KeyStore, Place, chosen
from headshots.core.vault.sealed import SealedVault

KINDS: tuple[MasterKind, ...] = ("keyring", "passphrase", "file")
PASSPHRASE = "HEADSHOTS_PASSPHRASE"


@pytest.fixture(autouse=True)
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A keyring in a file of this test, and a passphrase."""
    ring = PlaintextKeyring()
    ring.file_path = str(tmp_path / "ring" / "keyring.cfg")
    before = keyring.get_keyring()
    keyring.set_keyring(ring)
    phrase(monkeypatch, "correct horse")
    monkeypatch.setattr("headshots.core.vault.sealing._SCRYPT_N", 2**10)
    yield tmp_path
    keyring.set_keyring(before)
    monkeypatch.undo()
    settings.cache_clear()


def phrase(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv(PASSPHRASE, said)
    settings.cache_clear()


def masters(kind: MasterKind, vault: str, folder: Path) -> KeyStore:
    return Place(kind, folder).masters(vault)


def vault(folder: Path, kind: MasterKind) -> SealedVault:
    return SealedVault(folder / "vault.sqlite3", folder / "keys", kind)


@pytest.mark.parametrize("kind", KINDS)
def test_it_is_found_again_and_changes_at_forgetting(places: Path, kind: MasterKind) -> None:
    first = vault(places, kind)
    for name in ("Ada", "Bea"):
        first.put(name, "identity", name.encode())
    again = vault(places, "auto")  # the vault itself says where its key is
    assert again.get("Ada", "identity") == b"Ada"
    again.forget("Ada")
    for each in (first, vault(places, "auto")):
        assert each.sitters() == ("Bea",)
        assert each.get("Bea", "identity") == b"Bea"
    assert again.place() == first.place()


@pytest.mark.parametrize("kind", KINDS)
def test_slots(places: Path, kind: MasterKind) -> None:
    place = masters(kind, "v", places / "keys")
    place.store("a", b"1" * 32)
    place.store("b", b"2" * 32)
    place.store("b", b"3" * 32)
    assert (place.load("a"), place.load("b")) == (b"1" * 32, b"3" * 32)
    place.destroy("a")
    place.destroy("a")
    with pytest.raises(VaultLocked):
        place.load("a")
    assert place.load("b") == b"3" * 32
    assert masters(kind, "w", places / "keys").load != place.load
    with pytest.raises(VaultLocked):
        masters(kind, "w", places / "keys").load("b")


@pytest.mark.parametrize("kind", ["passphrase", "file"])
def test_a_key_in_a_file_is_its_owners(places: Path, kind: MasterKind) -> None:
    masters(kind, "v", places / "keys").store("a", b"1" * 32)
    (file,) = (places / "keys").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert (b"1" * 32 in file.read_bytes()) == (kind == "file")
    if os.name == "posix":
        file.chmod(0o640)
        with pytest.raises(VaultLocked, match="Others may read"):
            masters(kind, "v", places / "keys").load("a")


def test_a_passphrase_that_is_wrong_or_not_there(
    places: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vault(places, "passphrase").put("Ada", "identity", b"1")
    phrase(monkeypatch, "correct hors")
    with pytest.raises(VaultLocked, match="doesn't open"):
        vault(places, "passphrase").sitters()
    phrase(monkeypatch, "")
    with pytest.raises(VaultLocked, match=PASSPHRASE):
        vault(places, "passphrase").sitters()
    phrase(monkeypatch, "correct horse")
    assert vault(places, "passphrase").sitters() == ("Ada",)


def test_a_key_that_was_lost(places: Path) -> None:
    first = vault(places, "file")
    first.put("Ada", "identity", b"1")
    (file,) = (places / "keys").iterdir()
    key = file.read_bytes()
    file.unlink()
    with pytest.raises(VaultLocked, match="not in"):
        vault(places, "file").put("Ada", "identity", b"2")
    file.write_bytes(key[::-1])
    file.chmod(0o600)
    with pytest.raises(VaultLocked, match="doesn't open"):
        vault(places, "file").sitters()


def test_a_keyring_that_refuses(places: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vault(places, "keyring").put("Ada", "identity", b"1")
    keyring.set_keyring(keyring.backends.fail.Keyring())
    with pytest.raises(VaultLocked, match="keyring refuses"):
        vault(places, "keyring").sitters()


def test_what_suits_here(monkeypatch: pytest.MonkeyPatch) -> None:
    assert chosen("auto") == "passphrase"
    phrase(monkeypatch, "")
    assert chosen("auto") == "file"  # a keyring that keeps passwords in the open isn't trusted
    monkeypatch.setattr(PlaintextKeyring, "priority", 5)
    assert chosen("auto") == "keyring"
    assert chosen("file") == "file"


PROGRAM = "from headshots.core.cli import main; main()"


@pytest.fixture
def at_home(places: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A vault of Ada's, under the passphrase, which other processes must be told."""
    for name in ("DATA", "CONFIG"):
        monkeypatch.setenv(f"HEADSHOTS_{name}_DIR", str(places / name.lower()))
    monkeypatch.setenv("HEADSHOTS_MASTER", "passphrase")
    monkeypatch.delenv(PASSPHRASE)
    return places


def typed(*arguments: str, keys: str) -> tuple[int, str]:
    """Exit code and screen of a command at a terminal where somebody types."""
    import pty

    screen = b""
    pid, terminal = pty.fork()
    if not pid:
        os.execv(sys.executable, [sys.executable, "-c", PROGRAM, *arguments])
    for key in keys.splitlines():
        while not screen.endswith(b": "):  # it asks, and shows no more what is typed
            assert select.select([terminal], [], [], 60)[0], screen
            screen += os.read(terminal, 1000)
        os.write(terminal, f"{key}\n".encode())
        screen += b"\n"
    with suppress(OSError):  # the way of Linux to say that the other side is gone
        while part := os.read(terminal, 1000):
            screen += part
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), screen.decode()


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="needs a terminal that can be typed into")
def test_at_a_terminal_the_passphrase_is_asked_for_and_not_shown(
    at_home: Path, photos: Path
) -> None:
    said = ("enroll", "Ada", str(photos / "astronaut.png"), "--consent", "yes")
    code, screen = typed(*said, keys="open sesame\nopen sesame\n")
    assert code == 0 and "A new passphrase" in screen and "sesame" not in screen
    code, screen = typed("identities", keys="open sesame\n")
    assert code == 0 and "Ada" in screen and "sesame" not in screen
    code, screen = typed("identities", keys="wrong\n")
    assert code != 0 and "vault.locked" in screen and "Ada" not in screen


def test_where_nobody_can_be_asked_the_setting_is_named(
    at_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "identities"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ran.returncode == 0  # there is no vault yet
    phrase(monkeypatch, "open sesame")
    vault(at_home / "data", "passphrase").put("Ada", "identity", b"1")
    (at_home / "config").mkdir(exist_ok=True)
    (at_home / "data" / "keys").rename(at_home / "config" / "keys")
    monkeypatch.delenv(PASSPHRASE)
    ran = subprocess.run(
        [sys.executable, "-c", PROGRAM, "identities"],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert ran.returncode != 0 and ran.stderr.startswith("vault.locked")
    assert PASSPHRASE in ran.stderr
