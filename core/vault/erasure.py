"""Forgetting a sitter for good: the key, the rows, the files that show them; and the receipt."""

from __future__ import annotations

import json
import os
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..errors import StorageFailed
from ..files import discard_parts, write_whole
from ..scratch import discard_ownerless
from .receipts import PURPOSE, File, make
from .sealed import SealedVault
from .vault import Forgotten, Shown, Untold


@dataclass(frozen=True)
class ErasureResult:
    """A sitter was forgotten.

    left: files that show them and are still there. stuck: those of them that couldn't be removed.
    """

    name: str
    receipt: dict[str, Any]
    file: Path
    left: tuple[Path, ...]
    stuck: tuple[Path, ...]


def forget(vault: SealedVault, name: str, *, delivered: bool = False) -> ErasureResult:
    """Forget a sitter: their key, all that is stored of them, and what was written of them.

    Whenever this is cut off once the key is destroyed, the next `sweep` ends it.

    Args:
        delivered: delivered pictures go as well, not only previews and the like.

    Raises:
        IdentityNotFound: there is no such sitter.
        StorageFailed: something is left; the text says what.
    """
    gone = _ended(vault, vault.forget(name, delivered=delivered))
    if gone.stuck:
        raise StorageFailed(
            "The sitter is forgotten, but what shows them can't be removed: "
            f"{', '.join(map(str, gone.stuck))}",
            "Remove it by hand.",
        )
    return gone


def sweep(vault: SealedVault, *, sure: bool = False) -> list[ErasureResult]:
    """Forget everybody whose last day is over, and end what was begun.

    Who was forgotten, and which files are left, the vault keeps until a person has seen it
    (`Vault.untold`). What killed programs had begun to write of sitters is removed, too.

    Args:
        sure: a person has said that the clock is right.

    Raises:
        ClockDoubtful: see `Vault.sweep`; what was begun is ended.
        StorageFailed: a receipt can't be written.
    """
    discard_ownerless()
    vault.discard_begun()
    today = datetime.now(UTC).date()
    ended = [_ended(vault, gone, unseen=True) for gone in vault.unended()]
    return ended + [_ended(vault, gone, unseen=True) for gone in vault.sweep(today, sure=sure)]


def _ended(vault: SealedVault, gone: Forgotten, *, unseen: bool = False) -> ErasureResult:
    """Remove the files, and write the receipt; two processes may be at it at once."""
    files = [_removed(shown, delivered=gone.delivered) for shown in gone.files]
    receipt = make(gone, files, secret=vault.secret(PURPOSE))
    path = vault.file.parent / "receipts" / f"{gone.when:%Y%m%d-%H%M%S}-{gone.id[:8]}.json"
    try:
        _write(path, json.dumps(receipt, indent=2) + "\n")
    except OSError as error:
        raise StorageFailed(
            f"The sitter is forgotten, but the receipt {path} can't be written: {error.strerror}",
            "Check the disk's free space and the folder's permissions; it is written then.",
        ) from error
    there = [shown for shown, file in zip(gone.files, files, strict=True) if not file.destroyed]
    left = tuple(each.path for each in there)
    stuck = tuple(each.path for each in there if gone.delivered or not each.delivered)
    untold = Untold(gone.id, gone.name, gone.when.date().isoformat(), gone.why, left)
    vault.ended(gone, untold if unseen else None)
    return ErasureResult(gone.name, receipt, path, left, stuck)


def _removed(shown: Shown, *, delivered: bool) -> File:
    """What became of a file."""
    if delivered or not shown.delivered:
        with suppress(OSError):
            shown.path.unlink(missing_ok=True)
    there = os.path.lexists(shown.path)
    return File(shown.sha256, shown.size, shown.delivered, destroyed=not there)


def _write(path: Path, text: str) -> None:
    """Write the receipt, and remove what one who was killed left of it."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        write_whole(path, text.encode())
    except FileNotFoundError:  # the other process, which wrote the same, took it for a dead one's
        if not path.exists():
            raise
    discard_parts(path)
