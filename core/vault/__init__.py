"""The vault stores a sitter's data, as bytes under their name. It knows nothing of faces."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import ClockDoubtful, IdentityNotFound, StorageFailed, VaultBusy
from ..memory import keep_private
from ..notices import NOTICES
from ..passphrase import PASSPHRASE
from .names import check_kind, check_name, key_of
from .vault import Vault

if TYPE_CHECKING:
    from ..master_key import Master
    from .sealed import SealedVault

FILE = "vault.sqlite3"
_elsewhere = False


def open_vault() -> SealedVault:
    """The vault of this installation, in the data folder of the settings.

    The first opening in a process erases the sitters whose last day is over.

    Raises:
        VaultLocked, VaultDamaged: they can't be erased; the text says why.
        IdentityNotFound: this process works for another machine, which has the vault.
    """
    if _elsewhere:
        raise IdentityNotFound(
            "Stored sitters are on the machine that ordered this, and not here",
            "Run it on that machine.",
        )
    from ..settings import settings  # which would make `headshots --help` slow

    chosen = settings()
    return _opened(chosen.data_dir, chosen.keys, chosen.master)


def vault_elsewhere() -> None:
    """Forbid this process, a worker for another machine, to open or make a vault."""
    global _elsewhere
    _elsewhere = True
    keep_private()


@lru_cache(maxsize=1)  # it holds the keys, so that they are fetched once a process
def _opened(data: Path, keys: Path, master: Master) -> SealedVault:
    from .erasure import sweep
    from .sealed import SealedVault

    keep_private()
    vault = SealedVault(data / FILE, keys, master)
    if vault.file.exists():
        _ask(vault)
    try:
        sweep(vault)
    except ClockDoubtful:
        pass  # `news` reports it
    except (StorageFailed, VaultBusy) as error:
        NOTICES.say(str(error))  # the next opening tries the rest again
    return vault


def opened_vault() -> SealedVault | None:
    """The vault, if this process has opened it."""
    return open_vault() if _opened.cache_info().currsize and not _elsewhere else None


def ask_early(*, storing: bool) -> None:
    """Ask for the passphrase now, if it is needed and a person is there to type it.

    Args:
        storing: the caller will store something, so a vault will be made if there is none.
    """
    if PASSPHRASE.asks:
        vault = open_vault()
        if storing:
            _ask(vault)


def _ask(vault: SealedVault) -> None:
    if PASSPHRASE.asks and vault.takes_passphrase():
        PASSPHRASE.get(new=not vault.file.exists())


__all__ = [
    "Vault",
    "ask_early",
    "check_kind",
    "check_name",
    "keep_private",
    "key_of",
    "open_vault",
    "opened_vault",
    "vault_elsewhere",
]
