"""How the vault's key is kept, and its passphrase: from the settings, or from whoever is asked.

Apart from the vault, so that the command line can say whom to ask, and what there is to choose,
without loading it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal, TypeAlias

from .errors import VaultLocked

MasterKind: TypeAlias = Literal["keyring", "passphrase", "file"]

# Asks for the passphrase, or with True for a new one; "" if none was given.
Ask = Callable[[bool], str]


class Passphrase:
    """One process's: asked for once, kept in memory until it ends."""

    def __init__(self) -> None:
        self._ask: Ask | None = None
        self._given = ""

    def ask_with(self, ask: Ask | None) -> None:
        """Say who is asked where the settings don't hold it; None: nobody."""
        self._ask, self._given = ask, ""

    @property
    def asks(self) -> bool:
        """Whether there is somebody to ask, and they haven't been yet."""
        return self._ask is not None and not self._given

    def get(self, *, new: bool = False) -> str:
        """The passphrase; `new` where one is to be chosen.

        Raises:
            VaultLocked: it is neither set, nor is there anybody who gives it.
        """
        from .settings import settings

        chosen = settings().passphrase
        if chosen is not None:
            return chosen.get_secret_value()
        if not self._given and self._ask is not None:
            self._given = self._ask(new)
        if not self._given:
            raise VaultLocked(
                "The vault is locked by a passphrase",
                "Set HEADSHOTS_PASSPHRASE to it, or run headshots in a terminal, where it asks.",
            )
        return self._given

    def was_wrong(self) -> None:
        """Ask again next time."""
        self._given = ""


PASSPHRASE = Passphrase()
