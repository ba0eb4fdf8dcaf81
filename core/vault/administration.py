"""The vault as a whole: where its key lies, the retention policy, the audit log."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from ..master_key import Master, MasterKind
from . import audit, facts, versions
from .backups import Reach, reach
from .database import Database
from .days import chosen_days
from .entries import lookup_of, name_of
from .limits import USUAL_DAYS
from .names import check_name
from .sealing import keyed_hash
from .transactions import Unlocking, change_master


class VaultAdministration:
    """The part of `SealedVault` that handles no sitter's data."""

    def __init__(self, file: Path, keys: Path, wish: Master) -> None:
        self.file = file
        self._database = Database(file)
        self._unlocking = Unlocking(self._database, keys, wish)

    def place(self) -> str:
        """Where the master key lies, in words, or would lie if the vault were created now."""
        return self._unlocking.place().masters("").described()

    def takes_passphrase(self) -> bool:
        """Whether the vault opens with a passphrase, or will once something is stored."""
        return self._unlocking.place().kind == "passphrase"

    def reach(self) -> Reach:
        """Whether a backup of the vault has its key too."""
        return reach(self.file, self._unlocking.place())

    def move_key(self, kind: MasterKind, folder: Path | None = None) -> None:
        """Put a new master key into another place, and destroy the former one.

        If it is interrupted at any point, the vault still opens; the next use completes the move.

        Args:
            folder: for a key in a file: a new or empty folder outside of the data folder; it is
                marked to be left out of backups. None: that of the settings.

        Raises:
            InputError: the folder doesn't suit.
            StorageFailed: it can't be made or marked.
            VaultLocked: the former place or the new one can't be used; nothing has changed.
        """
        place = self._unlocking.new_place(kind, folder)
        with self._unlocking.writing() as (db, keys):
            change_master(db, keys, to=place)
            audit.append(db, keys, "key moved", b"", kind)
        with self._unlocking.writing():  # destroys the former key
            pass
        self._database.empty_log()  # SQLite's log still holds what the former key opens

    def policy(self) -> int | None:
        """Days that sitters are kept at most, as chosen for this vault; None if nobody chose."""
        if not self._database.exists:
            return None
        with self._database.transaction() as db:
            return chosen_days(db)

    def choose_policy(self, days: int) -> None:
        """Choose for how many days sitters are kept at most."""
        with self._unlocking.writing() as (db, keys):
            before = chosen_days(db) or USUAL_DAYS
            facts.write(db, retention=days)
            audit.append(db, keys, "policy", b"", f"{before} days, now {days}")

    def log(self, event: str, sitter: str, detail: str = "") -> None:
        """Add an entry to the audit log; `detail` must name nobody."""
        with self._unlocking.writing() as (db, keys):
            audit.append(db, keys, event, lookup_of(keys, check_name(sitter)), detail)

    def audit(self) -> tuple[audit.AuditEntry, ...]:
        """The audit log, verified, with the names of those who are still stored.

        Raises:
            VaultDamaged: entries were altered, removed or added by others; the text says where.
        """
        if not self._database.exists:
            return ()
        with self._unlocking.reading() as (db, keys):
            query = "SELECT lookup, id, key, name FROM sitters WHERE key IS NOT NULL"
            names = {bytes(lookup): name_of(keys, *row) for lookup, *row in db.execute(query)}
            return audit.read(db, keys, names)

    def forgotten(self, keys: Iterable[str], since: int) -> tuple[int, set[str]]:
        """The sitters whom another process has erased meanwhile.

        Args:
            keys: of sitters, as `key_of` gives them.
            since: number of a log entry.

        Returns:
            The number of the last entry, and those of `keys` that were erased after `since`.
        """
        if not self._database.exists:
            return since, set()
        with self._unlocking.reading() as (db, vault_keys):
            (last,) = db.execute("SELECT max(number) FROM audit").fetchone()
            query = "SELECT sitter FROM audit WHERE number > ? AND event IN (?, ?)"
            erased = {bytes(row[0]) for row in db.execute(query, (since, *audit.ENDS.values()))}
        return last or since, {key for key in keys if keyed_hash(vault_keys.index, key) in erased}

    def last_forgotten(self, sitter: str) -> int:
        """Number of the log entry of the last erasure of that name; 0 for never."""
        name = check_name(sitter)
        if not self._database.exists:
            return 0
        with self._unlocking.reading() as (db, keys):
            return versions.last_forgotten(db, keys, name)

    def secret(self, purpose: str) -> bytes:
        """32 secret bytes for one purpose; they stay the same when the master key changes."""
        with self._unlocking.reading() as (_, keys):
            return keyed_hash(keys.index, f"secret for {purpose}")
