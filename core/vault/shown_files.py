"""Files that show sitters: listed before they are there, and not written of who is forgotten."""

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
    """Write files that show sitters, so that they go when these are forgotten.

    Every writer of such files comes here, or to `list_shown`. Killed at any moment, it leaves none
    that the vault doesn't know; and nobody is forgotten amid it.

    Args:
        sitters: names; empty ones, and those of whom nothing is stored, are passed over.
        handed: see `Vault.showing`.
        mode: of the files, as `write_whole` takes it; they are their owner's alone unless they are
            made for others.

    Raises:
        SitterForgotten: one of them was forgotten meanwhile. WriteFailed.
    """
    with showing(sitters, files, handed):
        for path, data in files.items():
            write_file(path, data, mode=mode)


def list_shown(paths: Iterable[Path], sitters: Iterable[str]) -> None:
    """List files that another program wrote, and that show sitters.

    Raises:
        SitterForgotten: one of them was forgotten meanwhile; the files are removed.
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
    """Take one who is enrolled now for a new sitter, whoever of that name was forgotten before.

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
    """See `Vault.showing`; where the vault is on another machine, nobody is looked for."""
    names = [each for each in sitters if each]
    try:
        if not names:
            return nullcontext()
        return open_vault().showing(names, files, handed=handed, parts=parts)
    except IdentityNotFound:  # the vault is on another machine, which lists what it is handed back
        return nullcontext()
