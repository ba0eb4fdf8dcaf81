"""Files of public repositories, by git: from a clone at hand, or one made for the purpose."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from headshots.core.errors import DownloadFailed, InputError

from .manifest import Person, Photo

HOST = "https://github.com/"


def fetched(repository: str, commit: str, folder: Path, host: str = HOST) -> Path:
    """A bare clone in `folder` of this one commit, without its files: git fetches each when read.

    repository: "owner/name", below `host`.

    Raises:
        DownloadFailed: git couldn't fetch it.
    """
    _git("init", "--quiet", "--bare", str(folder))
    _git("remote", "add", "origin", host + repository, clone=folder)
    try:
        _git("fetch", "--quiet", "--depth=1", "--filter=blob:none", "origin", commit, clone=folder)
    except InputError as error:
        raise DownloadFailed(
            f"{host + repository} couldn't be fetched: {error.what}",
            f"Check the network, or give a clone: --clone {repository}=PATH.",
        ) from error
    return folder


def check_clone(clone: Path, repository: str) -> None:
    """Raises InputError where `clone` is no folder with a git repository."""
    try:
        _git("rev-parse", "--git-dir", clone=clone)
    except InputError as error:
        raise InputError(
            f"{clone} is no clone of {repository}", f"Clone {HOST}{repository} there."
        ) from error


def content(clone: Path, person: Person, photo: Photo) -> bytes:
    """The photo's bytes from a clone of its repository, bare or not.

    Raises:
        InputError: the clone has no such commit or file, or another content.
    """
    data = _git("cat-file", "blob", f"{person.commit}:{photo.path}", clone=clone)
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise InputError(
            f"{photo.path} of {person.repository} is not the photo of the manifest",
            "Its SHA-256 differs: fetch the repository anew.",
        )
    return data


def _git(*arguments: str, clone: Path | None = None) -> bytes:
    where = ["-C", str(clone)] if clone else []
    # A repository that is gone must not have git ask for a name and a password.
    run = subprocess.run(
        ["git", *where, *arguments],
        capture_output=True,
        env={**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"},
    )
    if run.returncode:
        words = (run.stderr.decode(errors="replace").strip().splitlines() or ["no reason given"])[0]
        raise InputError(
            f"git couldn't read {arguments[-1]} in {clone}: {words}",
            "Fetch that commit, or leave the clone out to have it fetched.",
        )
    return run.stdout
