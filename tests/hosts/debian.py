"""Programs that tests drive and that no Python package brings: Debian's, where none is there.

    .venv/bin/python tests/hosts/debian.py [NAME...]

installs those named, or all, if they are missing.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from filelock import FileLock
from platformdirs import user_cache_path


class Program(NamedTuple):
    """A program under the names that it has on different systems, and the packages with it."""

    names: tuple[str, ...]
    packages: tuple[str, ...]


PROGRAMS = {
    "chromium": Program(
        ("chromium", "chromium-browser", "google-chrome", "chrome", "msedge"),
        ("chromium", "fonts-dejavu-core", "fonts-liberation"),
    ),
    "strace": Program(("strace",), ("strace",)),
    "faketime": Program(("faketime",), ("faketime",)),
    "exiftool": Program(("exiftool",), ("libimage-exiftool-perl",)),
    # Version 7 (Debian 13) is "magick"; version 6 also bears its number of bits.
    "imagemagick": Program(("magick", "convert-im6.q16"), ("imagemagick",)),
    "darktable": Program(("darktable",), ("darktable",)),
    "xvfb": Program(("Xvfb",), ("xvfb",)),
    "xdotool": Program(("xdotool",), ("xdotool",)),
}


def program(name: str) -> Path:
    """Where the program is; on Debian, as root, it is installed if it is missing.

    Two that ask at once get the same one: the second waits for the first.

    Raises:
        RuntimeError: it isn't there, and can't be installed here.
        subprocess.CalledProcessError: apt-get can't install it.
    """
    wanted = PROGRAMS[name]
    if found := _found(wanted):
        return found
    if not can_install():
        raise RuntimeError(
            f"The tests need {name}, which is not installed. "
            f"On Debian and Ubuntu: sudo apt-get install {' '.join(wanted.packages)}"
        )
    with alone("apt"):
        if not _found(wanted):
            apt("update")
            apt("install", *wanted.packages)
    if found := _found(wanted):
        return found
    raise RuntimeError(f"{' and '.join(wanted.packages)} brought no {name}")


def imagemagick(tool: str) -> list[str]:
    """The command line of one of ImageMagick's tools, such as "convert"; raises as `program`."""
    there = program("imagemagick")
    if there.name == "magick":
        return [str(there), tool]
    return [str(there.with_name(f"{tool}-im6.q16"))]


def cache() -> Path:
    """The folder of what tests keep from one run to the next."""
    folder = user_cache_path("headshots", appauthor=False, ensure_exists=True) / "tests"
    folder.mkdir(exist_ok=True)
    return folder


@contextmanager
def alone(what: str) -> Generator[None]:
    """No other process of the tests does `what` meanwhile."""
    with FileLock(cache() / f"{what}.lock"):
        yield


def can_install() -> bool:
    """Whether Debian's packages can be installed here."""
    return sys.platform == "linux" and os.geteuid() == 0 and shutil.which("apt-get") is not None


def apt(command: str, *packages: str) -> None:
    """apt-get without questions or noise."""
    # Something else on the machine may be installing as well, and a mirror may stumble.
    settings = ("DPkg::Lock::Timeout=600", "Acquire::Retries=3")
    options = ("-qq", "-y", "--no-install-recommends", *(f"-o{each}" for each in settings))
    subprocess.run(
        ["apt-get", *options, command, *packages],
        env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        check=True,
    )


def _found(wanted: Program) -> Path | None:
    return next((Path(path) for name in wanted.names if (path := shutil.which(name))), None)


if __name__ == "__main__":
    for each in sys.argv[1:] or PROGRAMS:
        sys.stdout.write(f"{program(each)}\n")
