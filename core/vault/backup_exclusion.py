"""Marks folders so that backups leave them out (Cache Directory Tagging Specification)."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from ..errors import InputError, StorageFailed
from ..files import discard_parts, write_whole

TAG = "CACHEDIR.TAG"
_SIGNATURE = b"Signature: 8a477f597d28d172789f06886806bc55"
_TEXT = _SIGNATURE + (
    b"\n# The key of a headshots vault lies here, so that a backup of the vault has no key to it.\n"
    b"# https://bford.info/cachedir/\n"
)


def exclude(folder: Path) -> None:
    """Make `folder` if it does not exist, and mark it so that backups leave it out.

    On macOS it is excluded from Time Machine as well.

    Raises:
        InputError: it has files in it, which backups would leave out too.
        StorageFailed: it can't be made or marked.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not is_marked(folder):
            discard_parts(folder / TAG)  # of a process that was killed while writing it
            if any(folder.iterdir()):
                raise InputError(
                    f"{folder} has files in it, which backups would leave out together with it",
                    "Name a folder that is new or empty.",
                )
            write_whole(folder / TAG, _TEXT)
    except OSError as error:
        raise StorageFailed(
            f"The folder {folder} can't be used: {error.strerror}", "Name another folder."
        ) from error
    if sys.platform == "darwin":
        with suppress(OSError):
            subprocess.run(["tmutil", "addexclusion", folder], capture_output=True, check=False)


def is_marked(folder: Path) -> bool:
    """Whether the folder itself is there and marked."""
    try:
        with (folder / TAG).open("rb") as tag:
            return tag.read(len(_SIGNATURE)) == _SIGNATURE
    except OSError:
        return False


def is_excluded(folder: Path) -> bool:
    """Whether the folder, or one that it lies in, is marked."""
    return any(map(is_marked, (folder, *folder.parents)))
