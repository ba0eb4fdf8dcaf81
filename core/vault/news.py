"""What a person has to know of the vault, in words: who was forgotten, and what is wrong."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from .sealed import SealedVault
from .vault import Untold

EXPIRED = "vault.expired"


def worded(gone: Untold) -> str:
    """That a sitter was forgotten and what is left of them, as one sentence after another."""
    who = repr(gone.name) if gone.name else "A sitter whose name was damaged"
    why = "as their last day was over" if gone.why == "expiry" else "as it was asked for"
    told = f"{who} was forgotten on {gone.day}, {why}"
    if not gone.left:
        return f"{told}; no file that was written of them is left"
    return f"{told}; these files of theirs are left: {', '.join(map(str, gone.left))}"


def troubles(vault: SealedVault) -> list[str]:
    """What is wrong and will be until somebody mends it, each with its code; nobody is named."""
    found: list[str] = []
    if doubt := vault.doubt(datetime.now(UTC).date()):
        found.append(f"{doubt.code}: {doubt}")
    if others_write(vault.file.parent):
        folder = vault.file.parent
        found.append(
            f"vault.folder-open: Others on this machine can write to {folder}, and so remove or "
            f"exchange the vault. Run `chmod 700 {folder}`."
        )
    return found


def others_write(folder: Path) -> bool:
    """Whether others than its owner can write to a folder; Windows has no such bits."""
    if os.name == "nt" or not folder.exists():
        return False
    return bool(stat.S_IMODE(folder.stat().st_mode) & 0o022)
