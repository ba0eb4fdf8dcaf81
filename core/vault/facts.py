"""The vault's table `facts`: id, place of the key, settings. Altered facts are refused."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, cast, get_args

from ..errors import VaultDamaged
from ..master_key import MasterKind
from .key_store import SLOTS
from .limits import MOST_DAYS

_KINDS: tuple[MasterKind, ...] = get_args(MasterKind)
_NEEDED = ("vault", "kind", "slot", "index")


def read(db: sqlite3.Connection) -> dict[str, Any]:
    """The facts by name; none where nothing was ever stored.

    vault: its id.
    kind, slot, folder: where the master key lies; without a folder, in that of the settings.
    index: the sealed key of the index.
    former: where the previous master key lies, as JSON, until that key is destroyed.
    audit: the sealed end of the log.
    retention: days that sitters are kept at most.
    day: the last on which the vault is known to have been used, ISO 8601.

    Raises:
        VaultDamaged: a fact is missing or was altered.
    """
    facts: dict[str, Any] = dict(db.execute("SELECT name, value FROM facts"))
    missing = [name for name in _NEEDED if name not in facts] if facts else []
    altered = [name for name, value in facts.items() if name in _CHECKS and not _fits(name, value)]
    for name in (*missing, *altered):
        raise VaultDamaged(
            f"What the vault says of itself was altered: {name}",
            "Bring the vault back from a copy.",
        )
    return facts


def write(db: sqlite3.Connection, **facts: str | bytes | int | None) -> None:
    """Store facts; None removes one."""
    for name, value in facts.items():
        if value is None:
            db.execute("DELETE FROM facts WHERE name = ?", (name,))
        else:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?)", (name, value))


def path_of(folder: str) -> str:
    """The path that `hex_of` wrote as `folder`."""
    return os.fsdecode(bytes.fromhex(folder))


def hex_of(path: str | os.PathLike[str]) -> str:
    """A path as hex digits: a path is bytes that need not be valid text."""
    return os.fsencode(path).hex()


def _fits(name: str, value: object) -> bool:
    try:
        return _CHECKS[name](value)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return False


def _is_place(value: Mapping[str, object]) -> bool:
    folder = value.get("folder")
    return (
        value["kind"] in _KINDS
        and value["slot"] in SLOTS
        and (folder is None or _is_path(cast(str, folder)))
    )


def _is_path(value: str) -> bool:
    return "\0" not in path_of(value) and bool(value)


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "vault": lambda value: len(bytes.fromhex(value)) == 16,
    "kind": lambda value: value in _KINDS,
    "slot": lambda value: value in SLOTS,
    "index": lambda value: isinstance(value, bytes),
    "audit": lambda value: isinstance(value, bytes),
    "folder": _is_path,
    "former": lambda value: _is_place(json.loads(value)),
    "day": lambda value: date.fromisoformat(value).isoformat() == value,
    "retention": lambda value: isinstance(value, int) and 1 <= value <= MOST_DAYS,
}
