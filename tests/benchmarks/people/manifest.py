"""The manifest: whose photos lie in which file of which public repository."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

SPLITS = ("development", "held-out")
_MANIFEST = Path(__file__).with_name("manifest.toml")


@dataclass(frozen=True)
class Photo:
    """One file. path: inside its repository. sha256: of its bytes, in hex."""

    path: str
    sha256: str

    @property
    def name(self) -> str:
        """Its file's name without folders."""
        return PurePosixPath(self.path).name


@dataclass(frozen=True)
class Person:
    """One person, by a neutral id.

    repository: "owner/name" on GitHub. commit: 40 hex digits. split: one of SPLITS. tests: whether
    the tests' own photos show this person, so that they are nobody's stranger.
    """

    id: str
    repository: str
    commit: str
    split: str
    photos: tuple[Photo, ...]
    tests: bool = False


def people(path: Path = _MANIFEST) -> tuple[Person, ...]:
    """Everybody in the manifest, in its order."""
    table = tomllib.loads(path.read_text("utf-8"))
    commits: Mapping[str, str] = table["commits"]
    return tuple(_person(id, entry, commits) for id, entry in table["people"].items())


def _person(id: str, entry: Mapping[str, Any], commits: Mapping[str, str]) -> Person:
    repository, folder = entry["repository"], entry.get("folder", "")
    photos = (
        Photo(str(PurePosixPath(folder, file)), sha256) for file, sha256 in entry["photos"].items()
    )
    return Person(
        id=id,
        repository=repository,
        commit=commits[repository],
        split=entry["split"],
        photos=tuple(photos),
        tests=entry.get("tests", False),
    )
