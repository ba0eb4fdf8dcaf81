"""The vault contract: bytes under a sitter's name and a kind."""

from __future__ import annotations

from typing import Protocol


class Vault(Protocol):
    """Keeps what belongs to sitters, and forgets it for good.

    A sitter's name is any name a person has (`check_name`); names that differ only in case,
    spacing or Unicode composition are the same sitter. A kind says what the bytes are
    ("identity"): lower-case letters, digits and hyphens. Whoever reads while another writes sees
    the old bytes or the new ones, never a part.

    Every method raises InputError for a name or kind that can't be one, and StorageFailed where
    the disk refuses.
    """

    def put(self, sitter: str, kind: str, data: bytes, *, replace: bool = True) -> None:
        """Store `data`; the first `put` of a sitter decides how the name is written.

        Raises:
            IdentityExists: without `replace`, something is stored there already; it is unchanged.
        """
        ...

    def get(self, sitter: str, kind: str) -> bytes:
        """The bytes stored last.

        Raises:
            IdentityNotFound: nothing is stored there.
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

    def forget(self, sitter: str) -> None:
        """Remove everything that is stored of one sitter, and verify that it is gone.

        Raises:
            IdentityNotFound: there is no such sitter.
            StorageFailed: something of it is left; the text says what.
        """
        ...
