"""Files of public repositories, by git: from a clone at hand, or one made for the purpose."""

from __future__ import annotations

import hashlib
import os
import subprocess
from pathlib import Path

from headshots.core.errors import DownloadFailed, InputError

from .manifest import Person, Photo

HOST = "https://github.com/"


class _GitFailed(Exception):
    """git ended with an error; its first words."""


def fetched(repository: str, commit: str, folder: Path, host: str = HOST) -> Path:
    """A bare clone in `folder` of this one commit, without its files: git fetches each when read.

    repository: "owner/name", below `host`.

    Raises:
        DownloadFailed: git couldn't fetch it.
    """
    try:
        _git("init", "--quiet", "--bare", str(folder))
        _git("-C", str(folder), "remote", "add", "origin", host + repository)
        only = ("--quiet", "--depth=1", "--filter=blob:none")
        _git("-C", str(folder), "fetch", *only, "origin", commit)
    except _GitFailed as failure:
        raise DownloadFailed(
            f"{host + repository} can't be fetched: {failure}",
            f"Check the network, or give a clone: --clone {repository}=PATH.",
        ) from failure
    return folder


def check_clone(clone: Path, repository: str) -> None:
    """Raises InputError where `clone` is no folder with a git repository."""
    try:
        _git("-C", str(clone), "rev-parse", "--git-dir")
    except _GitFailed as failure:
        raise InputError(
            f"{clone} is no clone of {repository}: {failure}", f"Clone {HOST}{repository} there."
        ) from failure


def content(clone: Path, person: Person, photo: Photo) -> bytes:
    """The photo's bytes from a clone of its repository, bare or not.

    Raises:
        InputError: the clone has no such commit or file, or another content.
    """
    try:
        data = _git("-C", str(clone), "cat-file", "blob", f"{person.commit}:{photo.path}")
    except _GitFailed as failure:
        raise InputError(
            f"{photo.path} can't be read from {clone}: {failure}",
            f"Fetch the commit {person.commit} of {person.repository}.",
        ) from failure
    if hashlib.sha256(data).hexdigest() != photo.sha256:
        raise InputError(
            f"{photo.path} of {person.repository} is not the photo of the manifest",
            "Its SHA-256 differs: fetch the repository anew.",
        )
    return data


def _git(*arguments: str) -> bytes:
    """What git writes.

    Raises:
        _GitFailed: it ended with an error.
    """
    # A repository that is gone must not have git ask for a name and a password.
    environment = {**os.environ, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    run = subprocess.run(["git", *arguments], capture_output=True, env=environment)
    if run.returncode:
        words = run.stderr.decode(errors="replace").strip() or "git gave no reason"
        raise _GitFailed(words.splitlines()[0])
    return run.stdout
