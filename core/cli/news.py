"""Messages about the vault, shown after each command that opened it."""

from __future__ import annotations

import sys
from contextlib import suppress

from ..errors import HeadshotsError
from .text import shown


def tell_news() -> None:
    """Show on stderr who was forgotten because their last day was over, and what is wrong.

    Names are shown only in a terminal, as stderr may otherwise be a log. What a terminal showed is
    not shown again.
    """
    if __name__.replace("cli.news", "vault.sealed") not in sys.modules:
        return  # the command opened no vault, and loading it takes a while
    from ..vault import opened_vault
    from ..vault.news import EXPIRED, troubles, worded

    with suppress(HeadshotsError):  # commands that need a locked vault report it
        vault = opened_vault()
        if vault is None:
            return
        for trouble in troubles(vault):
            _say(trouble)
        notices = vault.notices()
        if not notices:
            return
        if sys.stderr.isatty():
            for each in notices:
                _say(f"{EXPIRED}: {worded(each)}.")
            vault.acknowledge(each.id for each in notices)
        else:
            count = "1 sitter was" if len(notices) == 1 else f"{len(notices)} sitters were"
            _say(
                f"{EXPIRED}: {count} forgotten because their last day was over. "
                "`headshots retention` says who, and which files are left."
            )


def _say(text: str) -> None:
    sys.stderr.write(shown(text) + "\n")
