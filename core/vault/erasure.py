"""Erases a sitter: the key, the rows, the files that show them. Writes the receipt."""

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
from .vault import Erasure, ErasureNotice, Shown


@dataclass(frozen=True)
class ErasureResult:
    """What the erasure of a sitter did.

    left: files that show them and are still there.
    stuck: those of `left` that couldn't be removed.
    """

    name: str
    receipt: dict[str, Any]
    file: Path
    left: tuple[Path, ...]
    stuck: tuple[Path, ...]


def forget(vault: SealedVault, name: str, *, delivered: bool = False) -> ErasureResult:
    """Erase a sitter: their key, all that is stored of them, and the files that show them.

    If this is interrupted after the key was destroyed, the next `sweep` completes it.

    Args:
        delivered: remove delivered pictures as well, not only previews and the like.

    Raises:
        IdentityNotFound: there is no such sitter.
        StorageFailed: something is left; the text says what.
    """
    result = _ended(vault, vault.forget(name, delivered=delivered))
    if result.stuck:
        raise StorageFailed(
            "The sitter is forgotten, but what shows them can't be removed: "
            f"{', '.join(map(str, result.stuck))}",
            "Remove it by hand.",
        )
    return result


def sweep(vault: SealedVault, *, sure: bool = False) -> list[ErasureResult]:
    """Erase every sitter whose last day is over, and complete interrupted erasures.

    The vault keeps a notice of each, with the files that are left, until a person has seen it
    (`Vault.notices`). Files that killed programs had begun to write of sitters are removed too.

    Args:
        sure: a person has confirmed that the clock is right.

    Raises:
        ClockDoubtful: see `Vault.sweep`; interrupted erasures are completed all the same.
        StorageFailed: a receipt can't be written.
    """
    discard_ownerless()
    vault.discard_begun()
    today = datetime.now(UTC).date()
    ended = [_ended(vault, erasure, unseen=True) for erasure in vault.unended()]
    return ended + [
        _ended(vault, erasure, unseen=True) for erasure in vault.sweep(today, sure=sure)
    ]


def _ended(vault: SealedVault, erasure: Erasure, *, unseen: bool = False) -> ErasureResult:
    """Remove the files, and write the receipt; two processes may do this at once."""
    files = [_removed(shown, delivered=erasure.delivered) for shown in erasure.files]
    receipt = make(erasure, files, secret=vault.secret(PURPOSE))
    path = vault.file.parent / "receipts" / f"{erasure.when:%Y%m%d-%H%M%S}-{erasure.id[:8]}.json"
    try:
        _write(path, json.dumps(receipt, indent=2) + "\n")
    except OSError as error:
        raise StorageFailed(
            f"The sitter is forgotten, but the receipt {path} can't be written: {error.strerror}",
            "Check the disk's free space and the folder's permissions; it is written then.",
        ) from error
    there = [shown for shown, file in zip(erasure.files, files, strict=True) if not file.destroyed]
    left = tuple(each.path for each in there)
    stuck = tuple(each.path for each in there if erasure.delivered or not each.delivered)
    notice = ErasureNotice(
        erasure.id, erasure.name, erasure.when.date().isoformat(), erasure.why, left
    )
    vault.ended(erasure, notice if unseen else None)
    return ErasureResult(erasure.name, receipt, path, left, stuck)


def _removed(shown: Shown, *, delivered: bool) -> File:
    """Remove a file that shows the sitter, and return its entry for the receipt."""
    if delivered or not shown.delivered:
        with suppress(OSError):
            shown.path.unlink(missing_ok=True)
    there = os.path.lexists(shown.path)
    return File(shown.sha256, shown.size, shown.delivered, destroyed=not there)


def _write(path: Path, text: str) -> None:
    """Write the receipt, and remove the remains of one whose writer was killed."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        write_whole(path, text.encode())
    except FileNotFoundError:  # another process wrote the same, and discarded our part
        if not path.exists():
            raise
    discard_parts(path)
