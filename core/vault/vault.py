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

    data: None where nothing is. version: stands for it as it is now, nothing included. Whatever
    is written, or forgotten, gives another.
    """

    data: bytes | None
    version: str


@dataclass(frozen=True)
class Blob:
    """Something sealed that is kept. sha256: of the sealed bytes, hex; size: their number."""

    kind: str
    sha256: str
    size: int


@dataclass(frozen=True)
class Forgotten:
    """A sitter who was forgotten.

    id: of these facts. name: empty where it couldn't be read any more.
    why: "request" or "expiry". delivered: delivered pictures are to go as well.
    key: SHA-256 of their sealed key, hex. salt: for what stands for the name in the receipt.
    files: what shows them outside of the vault, as it was when they were forgotten.
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
class Untold:
    """That a sitter was forgotten, for a person to see who didn't look on.

    id: of the facts. name: empty where it couldn't be read any more. day: ISO 8601.
    why: "expiry"; "request" where the program that was asked for it died.
    left: files that show them and are still there.
    """

    id: str
    name: str
    day: str
    why: Why
    left: tuple[Path, ...]


@dataclass(frozen=True)
class Written:
    """A file outside of the vault that shows a sitter. delivered: it was made to be handed on."""

    path: Path
    delivered: bool


@dataclass(frozen=True)
class Shown(Written):
    """Such a file as it was at some moment. sha256: of its content, hex, empty if unreadable."""

    sha256: str
    size: int


class Vault(Protocol):
    """Keeps what belongs to sitters until a day, and forgets it for good.

    A sitter's name is any name a person has (`check_name`); names that differ only in case,
    spacing or Unicode composition are the same sitter. A kind says what the bytes are
    ("identity"): lower-case letters, digits and hyphens. Whoever reads while another writes sees
    the old bytes or the new ones, never a part.

    Every method raises InputError for a name or kind that can't be one, StorageFailed where the
    disk refuses, VaultLocked without the key and VaultDamaged for what was altered.
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
            version: that of what `data` was made of, and is to replace. None: nothing was read,
                and nothing may be stored there; the sitter may be a new one.
            until: the last day that the sitter is kept. None: it stays as it was; a new sitter's
                is that of the policy.

        Raises:
            IdentityExists: without a version, something is stored there; it is unchanged.
            SitterForgotten: the sitter was forgotten since, and may have been enrolled anew.
            SitterChanged: something else was stored there since; it is unchanged.
        """
        ...

    def read(self, sitter: str, kind: str) -> Stored:
        """What is stored there, and the version for a `put` that replaces it."""
        ...

    def get(self, sitter: str, kind: str) -> bytes:
        """The bytes stored last.

        Raises:
            IdentityNotFound: nothing is stored there.
        """
        ...

    def remove(self, sitter: str, kind: str) -> None:
        """Remove what is stored there, while the sitter stays.

        Raises:
            IdentityNotFound: nothing is stored there.
            InputError: it is all that is stored of the sitter, who would have to be forgotten.
        """
        ...

    def fingerprint(self, sitter: str, kind: str) -> str:
        """SHA-256 of the bytes stored, hex; raises as `get`."""
        ...

    def sitters(self) -> tuple[str, ...]:
        """All sitters' names as they were first written, sorted without regard to case."""
        ...

    def kinds(self, sitter: str) -> tuple[str, ...]:
        """What is stored of one sitter, sorted; empty for a name that isn't known."""
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
        """A block that writes files which show sitters; it doesn't use the vault itself.

        They are listed before it begins, and nobody is forgotten until it ends. Sitters of whom
        nothing is stored are passed over.

        Args:
            handed: what the files are made to be handed on for, which is noted in the log;
                forgetting leaves such files unless it is asked for them. Empty for others.
            parts: files that are there only while the block runs.

        Raises:
            SitterForgotten: one of them was stored when this vault was asked of them before, and
                isn't any more.
        """
        ...

    def discard_begun(self) -> None:
        """Remove what a block of `showing` that was killed had begun to write.

        It is left for another time while somebody else writes, or where it can't be removed.
        """
        ...

    def written(self, sitter: str) -> tuple[Written, ...]:
        """The files that show the sitter, in the order of their paths; raises as `get`."""
        ...

    def forget(self, sitter: str, *, delivered: bool = False) -> Forgotten:
        """Remove everything that is stored of one sitter, and verify that it is gone.

        What is to be done beyond the vault is kept in it, as `unended`, until `ended` is told.

        Args:
            delivered: what becomes of delivered pictures; kept for whoever removes them.

        Raises:
            IdentityNotFound: there is no such sitter.
            StorageFailed: something of it is left; the text says what.
        """
        ...

    def sweep(self, today: date, *, sure: bool = False) -> tuple[Forgotten, ...]:
        """Forget everybody whose last day was before `today`; raises as `forget`.

        Args:
            sure: a person has said that the clock is right.

        Raises:
            ClockDoubtful: somebody would be forgotten, and `today` is far from the last use.
        """
        ...

    def unended(self) -> tuple[Forgotten, ...]:
        """Those who are forgotten and for whom something beyond the vault is still to be done.

        Raises:
            VaultDamaged: what was to be done for somebody was altered; it is told once.
        """
        ...

    def ended(self, gone: Forgotten, untold: Untold | None = None) -> None:
        """Note that nothing is left to do for one who is forgotten, but to tell a person of it."""
        ...

    def untold(self) -> tuple[Untold, ...]:
        """What no person has seen yet, the oldest first."""
        ...

    def told(self, ids: Iterable[str]) -> None:
        """Note that a person has seen it."""
        ...
