"""Moves what older versions kept in plain, one folder a sitter, into the sealed vault."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from ..errors import IdentityDamaged, StorageFailed
from .vault import Vault


def move(plain: Path, vault: Vault) -> int:
    """Put every sitter under `plain` into `vault`, and remove them there; returns how many.

    `plain/<key>/name.txt` holds the name, `<kind>.bin` the bytes. What was stored there last wins:
    only an older version, used since, can have written it. Nothing is removed before it is stored,
    so this may be cut off at any point and begun again, by several processes at once too.

    Raises:
        StorageFailed: a folder that can't be read or removed; what was moved stays moved.
    """
    if not plain.is_dir():
        return 0
    moved = 0
    try:
        for place in sorted(plain.iterdir()):
            moved += _moved(place, vault)
        with suppress(FileNotFoundError):
            plain.rmdir()
    except OSError as error:
        raise StorageFailed(
            f"The sitters in {plain} can't be moved into the vault: {error.strerror or error}",
            "Mend the folder's permissions, or remove what doesn't belong there.",
        ) from error
    return moved


def _moved(place: Path, vault: Vault) -> bool:
    """Whether there was anything to move."""
    files = sorted(place.glob("*.bin"))
    try:
        for file in files:
            vault.put(_name(place), file.stem, file.read_bytes())
    except FileNotFoundError:  # another process was quicker
        pass
    for file in (*files, *place.glob(".*.part"), place / "name.txt"):  # the name goes last
        file.unlink(missing_ok=True)
    with suppress(FileNotFoundError):
        place.rmdir()
    return bool(files)


def _name(place: Path) -> str:
    try:
        return (place / "name.txt").read_text("utf-8")
    except (FileNotFoundError, UnicodeDecodeError):
        if any(place.glob("*.bin")):
            raise IdentityDamaged(
                f"The sitter's folder {place} doesn't say whose it is",
                "Remove that folder and enrol its sitter again.",
            ) from None
        raise FileNotFoundError(place) from None
