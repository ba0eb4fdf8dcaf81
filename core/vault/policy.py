"""How long sitters are kept at most: by the setting, else as chosen for this vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import InputError
from ..settings import settings
from .limits import MOST_DAYS, USUAL_DAYS

if TYPE_CHECKING:
    from .sealed import SealedVault


def retention_days() -> int:
    """Days that a sitter is kept unless they agreed to less, 1 to 365.

    The vault's keys are not needed for this.

    Raises:
        StorageFailed, VaultDamaged: the vault can't be read.
    """
    from . import FILE
    from .sealed import SealedVault

    chosen = settings()
    if chosen.retention_days is not None:
        return chosen.retention_days
    return SealedVault(chosen.data_dir / FILE, chosen.keys).policy() or USUAL_DAYS


def choose_retention_days(vault: SealedVault, days: int) -> None:
    """Keep sitters for `days` from now on; those who are stored already stay as they agreed.

    Raises:
        InputError: not 1 to 365, or the setting says otherwise.
    """
    if not 1 <= days <= MOST_DAYS:
        raise InputError(
            f"{days} days is not between 1 and {MOST_DAYS}", "Choose how long sitters are kept."
        )
    set_to = settings().retention_days
    if set_to not in (None, days):
        raise InputError(
            f"HEADSHOTS_RETENTION_DAYS is set to {set_to}, which overrides what is chosen here",
            "Change it, or unset it and choose again.",
        )
    vault.choose_policy(days)
