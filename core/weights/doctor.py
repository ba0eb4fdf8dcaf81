"""Examines the installation for `headshots doctor`: what is missing and how to fix it."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec
from pathlib import Path

from ... import __version__
from ..errors import HeadshotsError
from ..installation import adding, completing
from ..progress import SILENT, Progress
from ..settings import settings
from ..vault import open_vault
from ..vault.news import others_write
from . import store
from .catalogue import CATALOGUE, Weight
from .store import State

# Compiled packages that the default path runs on, by module.
RUNTIMES: Mapping[str, str] = {
    "ai_edge_litert": "finds, measures and recognises faces",
    "cv2": "resizes and warps pictures",
    "ncnn": "enlarges pictures",
    "onnxruntime": "cuts the sitter from the background and judges likeness",
    "pillow_heif": "reads HEIC photos from phones",
    "pymatting": "cleans the colours along the cut",
    "rawpy": "reads camera RAW photos (DNG and others)",
}

# What each extra of pyproject.toml brings: its modules, and what they are for.
EXTRAS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "diffusion": (
        (
            "torch",
            "diffusers",
            "transformers",
            "accelerate",
            "peft",
            "huggingface_hub",
            "onnx",
            "gguf",
            "psutil",
            "yaml",
        ),
        "generators on a GPU",
    ),
    "cluster": (("ray",), "batches over many machines"),
}


@dataclass(frozen=True)
class Folder:
    """One of our folders.

    private: no other user of this machine can read it.
    """

    path: Path
    exists: bool
    writable: bool
    private: bool


@dataclass(frozen=True)
class Runtime:
    """A compiled package.

    version: empty if unknown.
    trouble: why it doesn't load, or empty.
    """

    module: str
    purpose: str
    version: str
    trouble: str


@dataclass(frozen=True)
class FileState:
    """A pinned file and its state on disk."""

    weight: Weight
    state: State


@dataclass(frozen=True)
class Extra:
    """An optional extra.

    missing: its modules that aren't installed; empty if it is installed.
    """

    name: str
    purpose: str
    missing: tuple[str, ...]

    @property
    def command(self) -> str:
        """The command line that installs it."""
        return adding(self.name)


@dataclass(frozen=True)
class Examination:
    """The state of this installation.

    threads: that one model run may use, of `cores`.
    vault_key: where the vault's key lies, in words.
    backups: whether a backup holds both the vault and its key, in words.
    weights: the default and demo files; the test photos are listed only if at least one was
        fetched.
    remedies: what to do, in order; empty: all is well.
    """

    version: str
    python: str
    executable: Path
    system: str
    cores: int
    threads: int
    data: Folder
    vault_key: str
    backups: str
    weights_folder: Folder
    runtimes: tuple[Runtime, ...]
    weights: tuple[FileState, ...]
    extras: tuple[Extra, ...]
    remedies: tuple[str, ...]

    @property
    def well(self) -> bool:
        return not self.remedies


def examine() -> Examination:
    """Examine everything; takes about a second, as it loads the runtimes and hashes the files."""
    chosen = settings()
    data, weights_folder = _folder(chosen.data_dir), _folder(chosen.weights)
    key, backups, locked = _vault_key()
    runtimes = tuple(_runtime(module, purpose) for module, purpose in RUNTIMES.items())
    files = tuple(FileState(weight, store.state_of(weight)) for weight in CATALOGUE.values())
    if all(file.state is State.MISSING for file in files if file.weight.group == "tests"):
        files = tuple(file for file in files if file.weight.group != "tests")
    return Examination(
        version=__version__,
        python=platform.python_version(),
        executable=Path(sys.executable),
        system=platform.platform(),
        cores=os.cpu_count() or 1,
        threads=chosen.threads,
        data=data,
        vault_key=key,
        backups=backups,
        weights_folder=weights_folder,
        runtimes=runtimes,
        weights=files,
        extras=tuple(
            Extra(name, purpose, tuple(module for module in modules if find_spec(module) is None))
            for name, (modules, purpose) in EXTRAS.items()
        ),
        remedies=(*locked, *_remedies(data, weights_folder, runtimes, files)),
    )


def load_runtimes(progress: Progress = SILENT) -> None:
    """Import each runtime once, so that nobody waits for it at the first picture.

    pymatting compiles itself for this processor when it is imported for the first time, which
    takes up to a minute, and keeps the result beside itself. What doesn't load is for `examine` to
    say.
    """
    for place, (module, purpose) in enumerate(RUNTIMES.items()):
        progress.update(place / len(RUNTIMES), f"Preparing what {purpose}")
        _runtime(module, purpose)


def _folder(path: Path) -> Folder:
    nearest = next(each for each in (path, *path.parents) if each.exists())
    exists = nearest == path
    # Windows keeps the user's own folders from others by itself and has no such bits.
    private = os.name == "nt" or not exists or path.stat().st_mode & 0o077 == 0
    return Folder(path, exists, nearest.is_dir() and os.access(nearest, os.W_OK), private)


def _vault_key() -> tuple[str, str, tuple[str, ...]]:
    """Where the vault's key lies, what backups can read with it, and remedies for problems."""
    try:
        vault = open_vault()
        place, backups = vault.place(), vault.reach().summary
        vault.sitters()
    except HeadshotsError as error:
        return error.what, "", (str(error),)
    return place, backups, ()


def _runtime(module: str, purpose: str) -> Runtime:
    try:
        loaded = import_module(module)
    except Exception as error:  # a broken binary can raise anything
        return Runtime(module, purpose, "", str(error) or type(error).__name__)
    version = getattr(loaded, "__version__", "")
    if not version:
        packages = metadata.packages_distributions().get(module, [])
        version = metadata.version(packages[0]) if packages else ""
    return Runtime(module, purpose, str(version), "")


def _remedies(
    data: Folder,
    weights_folder: Folder,
    runtimes: tuple[Runtime, ...],
    files: tuple[FileState, ...],
) -> tuple[str, ...]:
    remedies: list[str] = []
    for runtime in runtimes:
        if runtime.trouble:
            remedies.append(
                f"{runtime.module} does not load ({runtime.trouble}): run "
                f"`{completing(again=True)}`."
            )
    for folder in dict.fromkeys((data, weights_folder)):
        if not folder.writable:
            remedies.append(
                f"{folder.path} can't be written: mend its permissions, or name another folder in "
                "HEADSHOTS_DATA_DIR."
            )
    if others_write(data.path):
        remedies.append(f"Others can write to {data.path}: run `chmod 700 {data.path}`.")
    elif not data.private:
        remedies.append(f"Others can look into {data.path}: run `chmod 700 {data.path}`.")
    commands = {
        file.weight.command: None for file in files if file.state is not State.PRESENT
    }  # a dict keeps the order
    for command in commands:
        names = ", ".join(
            file.weight.name
            for file in files
            if file.state is not State.PRESENT and file.weight.command == command
        )
        remedies.append(f"Missing or corrupt: {names}. Run `{command}`.")
    return tuple(remedies)
