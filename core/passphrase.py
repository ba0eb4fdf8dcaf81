"""The vault's passphrase, from the settings or a prompt.

This is a module of its own so that the command line can set a prompt without loading the vault.
"""

from __future__ import annotations

from collections.abc import Callable

from .errors import VaultLocked

# Asks for the passphrase, or with True for a new one; "" if none was given.
Ask = Callable[[bool], str]


class Passphrase:
    """The passphrase of one process: asked for once, kept in memory until the process ends."""

    def __init__(self) -> None:
        self._ask: Ask | None = None
        self._passphrase = ""

    def ask_with(self, ask: Ask | None) -> None:
        """Set the prompt that is used if the settings hold no passphrase; None: no prompt."""
        self._ask, self._passphrase = ask, ""

    @property
    def asks(self) -> bool:
        """Whether there is a prompt that was not used yet."""
        return self._ask is not None and not self._passphrase

    def get(self, *, new: bool = False) -> str:
        """The passphrase.

        Args:
            new: ask for a new passphrase.

        Raises:
            VaultLocked: it is not set, and there is no prompt or it gave nothing.
        """
        from .settings import settings

        chosen = settings().passphrase
        if chosen is not None:
            return chosen.get_secret_value()
        if not self._passphrase and self._ask is not None:
            self._passphrase = self._ask(new)
        if not self._passphrase:
            raise VaultLocked(
                "The vault is locked by a passphrase",
                "Set HEADSHOTS_PASSPHRASE to it, or run headshots in a terminal, where it asks.",
            )
        return self._passphrase

    def was_wrong(self) -> None:
        """Forget the passphrase, so that the next `get` asks again."""
        self._passphrase = ""


PASSPHRASE = Passphrase()
