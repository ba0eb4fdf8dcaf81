"""Writes files that show sitters: the vault lists them first, and refuses erased sitters."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path

from ..errors import IdentityNotFound, SitterForgotten
from ..files import write_file
from . import open_vault
from .vault import Handed


def write_shown(
    files: Mapping[Path, bytes], sitters: Iterable[str], *, handed: Handed = "", mode: int = 0o600
) -> None:
    """Write files that show sitters, so that erasing a sitter removes them.

    Every writer of such files uses this or `list_shown`. If it is killed at any moment, it leaves
    no file that the vault doesn't list. No sitter is erased while it writes.

    Args:
        sitters: names; empty ones, and those of whom nothing is stored, are skipped.
        handed: see `Vault.showing`.
        mode: of the files, as in `write_whole`; only their owner may read them unless they are made
            for others.

    Raises:
        SitterForgotten: one of them was erased meanwhile.
        WriteFailed: a file can't be written.
    """
    with showing(sitters, files, handed):
        for path, data in files.items():
            write_file(path, data, mode=mode)


def list_shown(paths: Iterable[Path], sitters: Iterable[str]) -> None:
    """List files that another program wrote, and that show sitters.

    Raises:
        SitterForgotten: one of them was erased meanwhile; the files are removed.
    """
    files = list(paths)
    try:
        with showing(sitters, files):
            pass
    except SitterForgotten:
        for path in files:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise


def begin_anew(sitter: str, kind: str) -> str:
    """Treat a sitter who is enrolled now as new, even if one of that name was erased before.

    Returns:
        The version of what is stored of them under `kind`; empty if the vault is elsewhere.
    """
    with suppress(IdentityNotFound):  # the vault is on another machine
        vault = open_vault()
        vault.met_anew(sitter)
        return vault.read(sitter, kind).version
    return ""


def showing(
    sitters: Iterable[str],
    files: Collection[Path],
    handed: Handed = "",
    parts: Collection[Path] = (),
) -> AbstractContextManager[None]:
    """See `Vault.showing`; does nothing where the vault is on another machine."""
    names = [each for each in sitters if each]
    try:
        if not names:
            return nullcontext()
        return open_vault().showing(names, files, handed=handed, parts=parts)
    except IdentityNotFound:  # the vault is on another machine, which lists what it is handed back
        return nullcontext()
