"""What the vault has to tell the person at the terminal, after each command that opened it."""

from __future__ import annotations

import sys
from contextlib import suppress

from ..errors import HeadshotsError
from .text import shown


def tell_news() -> None:
    """Say on stderr who was forgotten as their last day was over, and what is wrong.

    Names go to a terminal alone, as elsewhere stderr may be a log. What a terminal showed is told
    once.
    """
    if __name__.replace("cli.news", "vault.sealed") not in sys.modules:
        return  # no command that opened a vault; loading it takes a while
    from ..vault import opened_vault
    from ..vault.news import EXPIRED, troubles, worded

    with suppress(HeadshotsError):  # a locked vault says so where it is asked for something
        vault = opened_vault()
        if vault is None:
            return
        for trouble in troubles(vault):
            _say(trouble)
        gone = vault.untold()
        if not gone:
            return
        if sys.stderr.isatty():
            for each in gone:
                _say(f"{EXPIRED}: {worded(each)}.")
            vault.told(each.id for each in gone)
        else:
            count = "1 sitter was" if len(gone) == 1 else f"{len(gone)} sitters were"
            _say(
                f"{EXPIRED}: {count} forgotten as their last day was over. "
                "`headshots retention` says who, and which files are left."
            )


def _say(text: str) -> None:
    sys.stderr.write(shown(text) + "\n")
