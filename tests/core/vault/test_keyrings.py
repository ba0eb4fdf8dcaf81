"""The keyrings of other systems: keyring's own classes for them, over what stands for the system.

What is held here is which are chosen, and that two slots live side by side in each as it names its
items. The systems themselves are not here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.backends import SecretService, Windows, fail, kwallet, macOS, null

from headshots.core.errors import VaultLocked
from headshots.core.settings import settings
from headshots.core.vault.key_store import chosen
from headshots.core.vault.sealed import SealedVault

Items = dict[Any, str]


def keychain(patch: pytest.MonkeyPatch, items: Items) -> KeyringBackend:
    """macOS, over what stands for the Security framework."""

    class Error(Exception):
        pass

    class NotFound(Error):
        pass

    def find(chain: None, service: str, name: str) -> str:
        if (service, name) not in items:
            raise NotFound
        return items[service, name]

    def store(chain: None, service: str, name: str, said: str) -> None:
        items[service, name] = said

    def delete(chain: None, service: str, name: str) -> None:
        find(chain, service, name)
        del items[service, name]

    system = SimpleNamespace(
        Error=Error,
        NotFound=NotFound,
        KeychainDenied=type("KeychainDenied", (Error,), {}),
        find_generic_password=find,
        set_generic_password=store,
        delete_generic_password=delete,
    )
    patch.setattr(macOS, "api", system, raising=False)
    patch.setattr(macOS, "platform", SimpleNamespace(system=lambda: "Darwin"))
    return macOS.Keyring()


def credential_manager(patch: pytest.MonkeyPatch, items: Items) -> KeyringBackend:
    """Windows, over what stands for its Credential Manager, which holds one a target."""
    users: dict[str, str] = {}

    class error(Exception):
        def __init__(self, function: str) -> None:
            self.winerror, self.funcname = 1168, function

    def read(Type: int, TargetName: str) -> dict[str, Any]:
        if TargetName not in items:
            raise error("CredRead")
        said = items[TargetName].encode("utf-16-le")
        return {"UserName": users[TargetName], "CredentialBlob": said}

    def write(credential: dict[str, Any], flags: int) -> None:
        said = credential["CredentialBlob"].encode("utf-16-le")
        assert len(said) <= 2560  # CRED_MAX_CREDENTIAL_BLOB_SIZE of wincred.h
        items[credential["TargetName"]] = credential["CredentialBlob"]
        users[credential["TargetName"]] = credential["UserName"]

    def delete(Type: int, TargetName: str) -> None:
        del items[TargetName]

    system = SimpleNamespace(
        CRED_TYPE_GENERIC=1,
        CRED_PERSIST_ENTERPRISE=3,
        CredRead=read,
        CredWrite=write,
        CredDelete=delete,
    )
    patch.setattr(Windows, "win32cred", system, raising=False)
    patch.setattr(Windows, "pywintypes", SimpleNamespace(error=error), raising=False)
    patch.setattr(Windows, "missing_deps", False)
    return Windows.WinVaultKeyring()


def wallet(patch: pytest.MonkeyPatch, items: Items) -> KeyringBackend:
    """KDE, over what stands for KWallet on the bus."""
    service = SimpleNamespace(
        networkWallet=lambda: "kdewallet",
        open=lambda wallet, window, app: 1,
        isOpen=lambda handle: True,
        hasFolder=lambda handle, folder, app: False,
        hasEntry=lambda handle, folder, name, app: (folder, name) in items,
        readPassword=lambda handle, folder, name, app: items[folder, name],
        writePassword=lambda handle, folder, name, said, app: items.update({(folder, name): said}),
        removeEntry=lambda handle, folder, name, app: items.pop((folder, name)),
    )
    bus = SimpleNamespace(
        name_has_owner=lambda name: True,
        list_activatable_names=lambda: [kwallet.DBusKeyring.bus_name],
        get_object=lambda name, path: None,
    )
    system = SimpleNamespace(
        SessionBus=lambda mainloop: bus,
        Interface=lambda found, name: service,
        DBusException=type("DBusException", (Exception,), {}),
    )
    patch.setattr(kwallet, "dbus", system, raising=False)
    patch.setattr(kwallet, "DBusGMainLoop", lambda: None, raising=False)
    return kwallet.DBusKeyring()


@pytest.fixture(autouse=True)
def as_it_was(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The keyring of this machine again, and no passphrase."""
    before = keyring.get_keyring()
    monkeypatch.setenv("HEADSHOTS_PASSPHRASE", "")
    settings.cache_clear()
    yield
    keyring.set_keyring(before)
    monkeypatch.undo()
    settings.cache_clear()


@pytest.mark.parametrize(
    ("system", "name"),
    [(keychain, "macOS"), (credential_manager, "WinVault"), (wallet, "DBusKeyring")],
)
def test_it_is_chosen_keeps_the_key_and_changes_it_at_forgetting(
    system: Callable[[pytest.MonkeyPatch, Items], KeyringBackend],
    name: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    items: Items = {}
    keyring.set_keyring(system(monkeypatch, items))
    assert chosen("auto") == "keyring"

    def vault() -> SealedVault:
        return SealedVault(tmp_path / "vault.sqlite3", tmp_path / "keys")

    for sitter in ("Ada", "Bea"):
        vault().put(sitter, "identity", sitter.encode())
    assert name in vault().place() and vault().get("Ada", "identity") == b"Ada"
    for sitter in ("Ada", "Bea"):  # to the other slot and back
        before = set(items.values())
        vault().forget(sitter)
        assert len(items) == 1 and not before & set(items.values())
    assert vault().sitters() == () and not (tmp_path / "keys").exists()
    assert "Ada" not in repr(items)
    vault().put("Cleo", "identity", b"1")
    items.clear()
    with pytest.raises(VaultLocked):
        vault().sitters()


@pytest.mark.parametrize(
    "ring",
    [
        macOS.Keyring,
        Windows.WinVaultKeyring,
        kwallet.DBusKeyring,
        kwallet.DBusKeyringKWallet4,
        SecretService.Keyring,
        fail.Keyring,
        null.Keyring,
    ],
)
def test_one_whose_system_is_not_there_is_not_chosen(
    ring: Callable[[], KeyringBackend], monkeypatch: pytest.MonkeyPatch
) -> None:
    for gone in ("DBUS_SESSION_BUS_ADDRESS", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(gone, raising=False)
    keyring.set_keyring(ring())
    assert chosen("auto") == "file"
