"""Messages about the vault for people: who was erased, and what is wrong."""

from __future__ import annotations

import os
import stat
from datetime import UTC, datetime
from pathlib import Path

from .sealed import SealedVault
from .vault import ErasureNotice

EXPIRED = "vault.expired"


def worded(notice: ErasureNotice) -> str:
    """The notice in words: who was erased, why, and which files are left."""
    who = repr(notice.name) if notice.name else "A sitter whose name was damaged"
    why = "because their last day was over" if notice.why == "expiry" else "on request"
    sentence = f"{who} was forgotten on {notice.day}, {why}"
    if not notice.left:
        return f"{sentence}; no file that was written of them is left"
    return f"{sentence}; these files of theirs are left: {', '.join(map(str, notice.left))}"


def troubles(vault: SealedVault) -> list[str]:
    """What is wrong until somebody mends it, each with its code; no message names a sitter."""
    problems: list[str] = []
    if doubt := vault.doubt(datetime.now(UTC).date()):
        problems.append(f"{doubt.code}: {doubt}")
    if others_write(vault.file.parent):
        folder = vault.file.parent
        problems.append(
            f"vault.folder-open: Others on this machine can write to {folder}, and so remove or "
            f"exchange the vault. Run `chmod 700 {folder}`."
        )
    return problems


def others_write(folder: Path) -> bool:
    """Whether others than its owner can write to a folder; False on Windows."""
    if os.name == "nt" or not folder.exists():
        return False
    return bool(stat.S_IMODE(folder.stat().st_mode) & 0o022)
