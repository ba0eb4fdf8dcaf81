"""Where a vault's master key lies: the system's keyring, or a file, with or without a passphrase.

A place has two slots. A new master key goes into the unused one; the vault then names that one, and
the other is destroyed. Whenever the power fails, one of them fits.
"""

from __future__ import annotations

import base64
import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

from ..errors import VaultLocked
from ..files import discard_parts, sync_folder, write_whole
from ..master_key import Master, MasterKind
from ..passphrase import PASSPHRASE, Passphrase
from ..settings import settings
from .backup_exclusion import TAG, is_marked
from .sealing import SALT_BYTES, seal, stretched, unseal

Slot: TypeAlias = Literal["a", "b"]
SLOTS: tuple[Slot, Slot] = ("a", "b")

_SERVICE = "headshots"


class KeyStore(Protocol):
    """Keeps master keys in two slots."""

    def load(self, slot: Slot) -> bytes:
        """The key in that slot.

        Raises:
            VaultLocked: there is none, or access to it is refused.
        """
        ...

    def store(self, slot: Slot, key: bytes) -> None:
        """Store a key in that slot; raises as `load`."""
        ...

    def destroy(self, slot: Slot) -> None:
        """Make sure that nothing is in that slot; raises as `load`."""
        ...

    def described(self) -> str:
        """Where the key is, in words."""
        ...


def chosen(wish: Master) -> MasterKind:
    """The kind that the setting names; for "auto", the safest that works here without a prompt."""
    if wish != "auto":
        return wish
    if settings().passphrase:
        return "passphrase"
    import keyring

    # Those below 1 keep passwords in plain text or not at all (keyring.backend.KeyringBackend).
    try:
        return "keyring" if keyring.get_keyring().priority >= 1 else "file"
    except Exception:  # a desktop service that works only partly can raise anything
        return "file"


@dataclass(frozen=True)
class Place:
    """Where a vault's master key lies, or is to lie.

    folder: of the key files.
    marked: the folder was chosen for this vault and marked to be left out of backups. It is never
        created again: if it is missing, a key that lies in it could not be destroyed.
    """

    kind: MasterKind
    folder: Path
    marked: bool = False

    def masters(self, vault: str) -> KeyStore:
        """The key store of the vault with that id."""
        match self.kind:
            case "keyring":
                return KeyringMasters(vault)
            case "passphrase":
                return PassphraseMasters(vault, self.folder, PASSPHRASE, marked=self.marked)
            case "file":
                return FileMasters(vault, self.folder, marked=self.marked)


class KeyringMasters:
    """In the system's keyring, which opens with the user's session."""

    def __init__(self, vault: str) -> None:
        self._vault = vault

    def load(self, slot: Slot) -> bytes:
        import keyring

        text = _call_keyring(lambda: keyring.get_password(_SERVICE, self._name(slot)))
        if not text:
            raise _missing(self.described())
        return base64.b64decode(text)

    def store(self, slot: Slot, key: bytes) -> None:
        import keyring

        text = base64.b64encode(key).decode()
        _call_keyring(lambda: keyring.set_password(_SERVICE, self._name(slot), text))

    def destroy(self, slot: Slot) -> None:
        import keyring

        if _call_keyring(lambda: keyring.get_password(_SERVICE, self._name(slot))):
            _call_keyring(lambda: keyring.delete_password(_SERVICE, self._name(slot)))

    def described(self) -> str:
        import keyring

        ring = keyring.get_keyring()
        # Where there are several, keyring asks one after the other; the first keeps what is new.
        first = next(iter(getattr(ring, "backends", ())), ring)
        return f"the keyring of this system ({first.name})"

    def _name(self, slot: Slot) -> str:
        return f"{self._vault}-{slot}"


class FileMasters:
    """In a file of mode 0600: whoever can read the user's files can read it."""

    def __init__(self, vault: str, folder: Path, *, marked: bool = False) -> None:
        self._vault, self._folder, self._marked = vault, folder, marked

    def load(self, slot: Slot) -> bytes:
        file = self._file(slot)
        try:
            if os.name == "posix" and stat.S_IMODE(file.stat().st_mode) & 0o077:
                raise VaultLocked(
                    f"Others may read the vault's key {file}", f"Run `chmod 600 {file}`."
                )
            return file.read_bytes()
        except OSError:
            raise _missing(str(file)) from None

    def store(self, slot: Slot, key: bytes) -> None:
        file = self._file(slot)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            discard_parts(file)  # of a killed process; no other writes here
            write_whole(file, key, mode=0o600)
        except OSError as error:
            raise _refused(self._folder, error) from None

    def destroy(self, slot: Slot) -> None:
        file = self._file(slot)
        try:
            discard_parts(file)  # of a process that was killed while storing
            # Where a file system writes in place, no trace is left.
            with file.open("r+b") as old:
                old.write(os.urandom(file.stat().st_size))
                old.flush()
                os.fsync(old.fileno())
            file.unlink()
            sync_folder(self._folder)
        except FileNotFoundError:
            return
        except OSError as error:
            raise _refused(file, error) from None

    def described(self) -> str:
        return f"a file that only its owner may read, in {self._folder}"

    def _file(self, slot: Slot) -> Path:
        if self._marked and not is_marked(self._folder):
            raise VaultLocked(
                f"The vault's key lies in {self._folder}, which is not there or has no {TAG}",
                "Connect the disk that it is on, or bring the folder back as it was.",
            )
        return self._folder / f"{self._vault}-{slot}.key"


class PassphraseMasters(FileMasters):
    """In a file, sealed under a passphrase: salt, then the sealed key."""

    def __init__(
        self, vault: str, folder: Path, passphrase: Passphrase, *, marked: bool = False
    ) -> None:
        super().__init__(vault, folder, marked=marked)
        self._passphrase = passphrase

    def load(self, slot: Slot) -> bytes:
        content = super().load(slot)
        key = stretched(self._passphrase.get(), content[:SALT_BYTES])
        try:
            return unseal(key, content[SALT_BYTES:], self._vault)
        except ValueError:
            self._passphrase.was_wrong()
            raise VaultLocked(
                "The passphrase doesn't open the vault",
                "Set HEADSHOTS_PASSPHRASE to the right one, or give it where you are asked.",
            ) from None

    def store(self, slot: Slot, key: bytes) -> None:
        salt = os.urandom(SALT_BYTES)
        under = stretched(self._passphrase.get(new=True), salt)
        super().store(slot, salt + seal(under, key, self._vault))

    def described(self) -> str:
        return f"a file sealed under a passphrase, in {self._folder}"


def _call_keyring(call: Callable[[], str | None]) -> str | None:
    """The result of a call of the system's keyring, with its errors as ours."""
    try:
        return call()
    except Exception as error:  # each system raises its own, not only keyring.errors
        raise VaultLocked(
            f"The system's keyring refuses: {type(error).__name__}",
            "Unlock it, log in to the desktop, or see docs/privacy.md for other places of the key.",
        ) from None


def _missing(where: str) -> VaultLocked:
    return VaultLocked(
        f"The vault's key is not in {where}",
        "Bring it back from where it went; without it, what the vault holds can't be read.",
    )


def _refused(place: Path, error: OSError) -> VaultLocked:
    return VaultLocked(
        f"The vault's key can't be written to {place}: {error.strerror}",
        "Check the disk's free space and the folder's permissions, or set HEADSHOTS_CONFIG_DIR.",
    )
