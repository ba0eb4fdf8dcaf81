"""The vault contract: bytes under a sitter's name and a kind."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal, Protocol, TypeAlias

Why: TypeAlias = Literal["request", "expiry"]
Handed: TypeAlias = Literal["", "delivered", "exported"]


@dataclass(frozen=True)
class Stored:
    """What is stored of a sitter under a kind.

    data: None where nothing is stored.
    version: names the present state, including "nothing stored". Every write or erasure changes it.
    """

    data: bytes | None
    version: str


@dataclass(frozen=True)
class Blob:
    """A sealed value that is stored.

    sha256: of the sealed bytes, hex.
    size: their number.
    """

    kind: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Erasure:
    """The erasure of a sitter.

    id: of the erasure.
    name: the sitter's; empty where it couldn't be read any more.
    why: "request" or "expiry".
    delivered: delivered pictures are to be removed as well.
    key: SHA-256 of their sealed key, hex.
    salt: of the name's hash in the receipt.
    blobs: what was stored of them.
    files: that show them outside of the vault, as they were at the erasure.
    """

    id: str
    name: str
    when: datetime
    why: Why
    delivered: bool
    key: str
    salt: str
    blobs: tuple[Blob, ...]
    files: tuple[Shown, ...]


@dataclass(frozen=True)
class ErasureNotice:
    """A notice that a sitter was erased, for a person to see later.

    id: of the erasure.
    name: the sitter's; empty where it couldn't be read any more.
    day: ISO 8601.
    why: "expiry"; "request" where the program that began it died.
    left: files that show them and are still there.
    """

    id: str
    name: str
    day: str
    why: Why
    left: tuple[Path, ...]


@dataclass(frozen=True)
class Written:
    """A file outside of the vault that shows a sitter.

    delivered: it was made to be handed on.
    """

    path: Path
    delivered: bool


@dataclass(frozen=True)
class Shown(Written):
    """Such a file as it was at one moment.

    sha256: of its content, hex; empty if unreadable.
    """

    sha256: str
    size: int


class Vault(Protocol):
    """Stores sitters' data until their last day, and then erases it.

    A sitter's name is any name a person has (`check_name`); names that differ only in case,
    spacing or Unicode composition are the same sitter. A kind says what the bytes are
    ("identity"): lower-case letters, digits and hyphens. A reader sees the old bytes or the new
    ones while another process writes, never a mixture.

    Every method raises InputError for an invalid name or kind, StorageFailed where the disk
    refuses, VaultLocked without the key and VaultDamaged for altered data.
    """

    def put(
        self,
        sitter: str,
        kind: str,
        data: bytes,
        *,
        version: str | None = None,
        until: date | None = None,
    ) -> str:
        """Store `data` in place of what was read, and return its version.

        The first `put` of a sitter decides how the name is written.

        Args:
            version: of the data that `data` was made from and is to replace. None: nothing was
                read, and nothing may be stored there yet; the sitter may be new.
            until: the last day that the sitter is kept. None: unchanged; for a new sitter, by the
                retention policy.

        Raises:
            IdentityExists: no version was given, but something is stored there; it is unchanged.
            SitterForgotten: the sitter was erased since, and may have been enrolled again.
            SitterChanged: something else was stored there since; it is unchanged.
        """
        ...

    def read(self, sitter: str, kind: str) -> Stored:
        """The stored data, with the version for a `put` that replaces it."""
        ...

    def get(self, sitter: str, kind: str) -> bytes:
        """The bytes stored last.

        Raises:
            IdentityNotFound: nothing is stored there.
        """
        ...

    def remove(self, sitter: str, kind: str) -> None:
        """Remove what is stored under one kind, while the sitter stays.

        Raises:
            IdentityNotFound: nothing is stored there.
            InputError: nothing else is stored of the sitter, who should be erased instead.
        """
        ...

    def fingerprint(self, sitter: str, kind: str) -> str:
        """SHA-256 of the bytes stored, hex; raises as `get`."""
        ...

    def sitters(self) -> tuple[str, ...]:
        """All sitters' names as they were first written, sorted without regard to case."""
        ...

    def kinds(self, sitter: str) -> tuple[str, ...]:
        """The kinds stored of one sitter, sorted; empty for an unknown name."""
        ...

    def until(self, sitter: str) -> date:
        """The last day that the sitter is kept; raises as `get`."""
        ...

    def showing(
        self,
        sitters: Iterable[str],
        paths: Iterable[Path],
        *,
        handed: Handed = "",
        parts: Iterable[Path] = (),
    ) -> AbstractContextManager[None]:
        """A context in which files that show sitters are written; its block must not use the vault.

        The files are listed before the block begins, and no sitter is erased until it ends.
        Sitters of whom nothing is stored are skipped.

        Args:
            handed: "delivered" or "exported" for files made to be handed on, which the log
                records; erasing a sitter leaves such files unless told otherwise. Else empty.
            parts: temporary files that exist only while the block runs.

        Raises:
            SitterForgotten: one of them was stored when this vault object last used them, and isn't
                any more.
        """
        ...

    def discard_begun(self) -> None:
        """Remove the files that a killed block of `showing` had begun to write.

        They are left for another time while another process writes, or where they can't be removed.
        """
        ...

    def written(self, sitter: str) -> tuple[Written, ...]:
        """The files that show the sitter, sorted by path; raises as `get`."""
        ...

    def forget(self, sitter: str, *, delivered: bool = False) -> Erasure:
        """Remove everything that is stored of one sitter, and verify that it is gone.

        The vault keeps what is still to be done outside of it (`unended`) until `ended` is called.

        Args:
            delivered: whether delivered pictures are to be removed; stored with the erasure.

        Raises:
            IdentityNotFound: there is no such sitter.
            StorageFailed: something of it is left; the text says what.
        """
        ...

    def sweep(self, today: date, *, sure: bool = False) -> tuple[Erasure, ...]:
        """Erase every sitter whose last day was before `today`; raises as `forget`.

        Args:
            sure: a person has confirmed that the clock is right.

        Raises:
            ClockDoubtful: somebody would be erased, and `today` is far from the last use.
        """
        ...

    def unended(self) -> tuple[Erasure, ...]:
        """Erasures for which something outside of the vault is still to be done.

        Raises:
            VaultDamaged: the entry of one was altered; it is reported once.
        """
        ...

    def ended(self, erasure: Erasure, notice: ErasureNotice | None = None) -> None:
        """Mark an erasure as complete; `notice` is kept for a person to see."""
        ...

    def notices(self) -> tuple[ErasureNotice, ...]:
        """The notices that no person has seen yet, the oldest first."""
        ...

    def acknowledge(self, ids: Iterable[str]) -> None:
        """Remove the notices of these ids: a person has seen them."""
        ...
