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
from .vault import Forgotten, Shown


@dataclass(frozen=True)
class Farewell:
    """A sitter was forgotten. left: files that show them and are still there."""

    name: str
    receipt: dict[str, Any]
    file: Path
    left: tuple[Path, ...]


def forget(vault: SealedVault, name: str, *, delivered: bool = False) -> Farewell:
    """Forget a sitter: their key, all that is stored of them, and what was written of them.

    Whenever this is cut off once the key is destroyed, the next `sweep` ends it.

    Args:
        delivered: delivered pictures go as well, not only previews and the like.

    Raises:
        IdentityNotFound: there is no such sitter.
        StorageFailed: something is left; the text says what.
    """
    return _ended(vault, vault.forget(name, delivered=delivered))


def sweep(vault: SealedVault) -> list[Farewell]:
    """Forget everybody whose last day is over, and end what was begun; raises as `forget`.

    What killed programs had begun to write of sitters is removed, too.
    """
    discard_ownerless()
    vault.discard_begun()
    today = datetime.now(UTC).date()
    return [_ended(vault, gone) for gone in (*vault.unended(), *vault.sweep(today))]


def _ended(vault: SealedVault, gone: Forgotten) -> Farewell:
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
    vault.ended(gone)
    left = [shown for shown, file in zip(gone.files, files, strict=True) if not file.destroyed]
    if stuck := [str(each.path) for each in left if gone.delivered or not each.delivered]:
        raise StorageFailed(
            f"The sitter is forgotten, but what shows them can't be removed: {', '.join(stuck)}",
            "Remove it by hand.",
        )
    return Farewell(gone.name, receipt, path, tuple(each.path for each in left))


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
