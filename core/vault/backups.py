"""Whether a backup can still read sitters who were erased after it was made.

It can if it holds both the vault and its key.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .backup_exclusion import TAG, is_excluded
from .key_store import Place

_READS = "still reads whom it held, after they are forgotten here"
_REMEDY = "`headshots key --folder FOLDER` brings the key out of its reach (docs/privacy.md)."


@dataclass(frozen=True)
class Reach:
    """Whether a backup of the vault has its key too.

    apart: no usual backup holds both.
    summary: the same in words, and what to do.
    """

    apart: bool
    summary: str


def reach(vault: Path, place: Place) -> Reach:
    """Whether a backup of the file `vault` has the key in `place` too."""
    if place.kind == "keyring":
        return Reach(
            False,
            "A keyring mostly lies in the home folder, sealed under your login password: a backup "
            f"of both, with that password, {_READS}. {_REMEDY}",
        )
    if is_excluded(place.folder):
        return Reach(
            True,
            f"The key's folder is marked with {TAG}: a backup that heeds this has the vault "
            "without its key, and reads nothing. See that yours does (docs/privacy.md).",
        )
    where = _holding_both(vault, place.folder)
    if not where:
        return Reach(True, "The vault and its key lie on two disks; back up one of them alone.")
    how = ", sealed under the passphrase: with that it" if place.kind == "passphrase" else ", and"
    return Reach(False, f"A backup of {where} holds the vault and its key{how} {_READS}. {_REMEDY}")


def _holding_both(vault: Path, keys: Path) -> str:
    """What has both in it, in words; empty if they are on two disks."""
    places = [path.absolute().resolve() for path in (vault, keys)]
    if all(place.is_relative_to(Path.home().resolve()) for place in places):
        return "your home folder"
    return "this disk" if len(set(map(_disk, places))) == 1 else ""


def _disk(path: Path) -> int:
    """The disk that the path is on, or will be on."""
    return next(each for each in (path, *path.parents) if each.exists()).stat().st_dev
