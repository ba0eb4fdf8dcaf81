"""A machine of its own in a folder, what lies on it, and whether it is sound."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterable
from contextlib import closing
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import PIL.Image

from headshots.core.errors import HeadshotsError
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.settings import settings
from headshots.core.weights.store import weight_path

from ..leaks import found, secrets_of
from .forked import Child, Outcome

PHOTOS = ("photo-obama", "photo-obama2", "photo-biden")
# Names that stand nowhere by chance, so that each place that holds one is a leak.
NAMES = (
    *("Zyxara Quillfeather", "Wexley Thornquist", "Mirabeau Oxenstrand", "Jutta Pfefferkwist"),
    *("Ilvane Drosselmoor", "Bartholme Ziggurath"),
)
_WEIGHTS = settings().weights
_OPENS = {".jpg", ".png", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Stored:
    """What a vault holds.

    sitters: SHA-256 of what is stored of each, by kind. until: their last days.
    receipts: how many there are. policy: days that are kept at most, as chosen.
    """

    sitters: dict[str, dict[str, str]]
    until: dict[str, str]
    receipts: int
    policy: int | None


class Home:
    """Folders of one machine, below `folder`: data, config, out, run, tmp, cache."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data, self.config, self.out = (folder / name for name in ("data", "config", "out"))
        for name in ("out", "tmp", "cache", "desk"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        self.log = folder.parent / f"{folder.name}.log"  # beside, as it is no part of the machine
        self.clock = 0.0  # seconds that it is off, where libfaketime is loaded

    @property
    def environment(self) -> dict[str, str]:
        """The variables that make a process work here."""
        return {
            "HEADSHOTS_DATA_DIR": str(self.data),
            "HEADSHOTS_CONFIG_DIR": str(self.config),
            "HEADSHOTS_RUNTIME_DIR": str(self.folder / "run"),
            "HEADSHOTS_OUTPUT_DIR": str(self.out),
            "HEADSHOTS_WEIGHTS_DIR": str(_WEIGHTS),
            "HEADSHOTS_MASTER": "file",
            "HEADSHOTS_THREADS": "1",
            "HEADSHOTS_DEBUG": "1",
            **{name: str(self.folder / "tmp") for name in ("TMPDIR", "TEMP", "TMP")},
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            "HOME": str(self.folder),
            "FAKETIME": f"{self.clock:+.0f}",
        }

    def begin(self, action: Callable[[], int | None], memory: int | None = None) -> Child:
        """Do `action` in a process on this machine."""

        def inside() -> int | None:
            import tempfile

            for name in [name for name in os.environ if name.startswith("HEADSHOTS_")]:
                del os.environ[name]
            os.environ.pop("CI", None)  # in which some programs behave better than elsewhere
            os.environ.update(self.environment)
            tempfile.tempdir = None
            os.chdir(self.folder / "desk")
            settings.cache_clear()
            try:
                return action()
            except HeadshotsError as error:  # as the command line says it
                sys.stderr.write(f"{error.code}: {error}\n")
                return error.exit_code

        return Child(inside, self.log, memory)

    def command(self, *arguments: str) -> Child:
        """Run `headshots` with these arguments, in a process on this machine."""

        def action() -> int:
            from headshots.core.cli import run

            return run(arguments)

        return self.begin(action)

    def stored(self) -> Stored | Outcome:
        """What the vault holds, once it was opened as any program opens it; how that failed."""
        told = self.folder.parent / f"{self.folder.name}.stored"
        told.unlink(missing_ok=True)

        def look() -> int:
            vault = _opened()
            sitters = {
                name: {kind: vault.fingerprint(name, kind) for kind in vault.kinds(name)}
                for name in vault.sitters()
            }
            until = {name: vault.until(name).isoformat() for name in sitters}
            receipts = len(list((self.data / "receipts").glob("*.json")))
            vault.audit()  # raises where it is not whole
            told.write_text(json.dumps([sitters, until, receipts, vault.policy()]))
            return 0

        outcome = self.begin(look).wait()
        return Stored(*json.loads(told.read_text())) if told.exists() else outcome

    def plant(self, *names: str, days: int = 20) -> None:
        """Store sitters, in a process on this machine; raises where that fails."""
        _identities()  # here, where all processes find them

        def put() -> int:
            from headshots.core.recipes.actions.sitters import store

            for name in names:
                store(named(name, days), replace=True)
            return 0

        outcome = self.begin(put).wait()
        assert outcome.code == 0, outcome.said.decode(errors="replace")

    def faults(self) -> list[str]:
        """What is wrong with the vault's file, keys and receipts."""
        if not (self.data / "vault.sqlite3").exists():
            return []
        wrong: list[str] = []
        with closing(sqlite3.connect(self.data / "vault.sqlite3", timeout=60)) as db:
            checks = {
                "integrity_check": [("ok",)],
                "foreign_key_check": [],
            }
            for pragma, sound in checks.items():
                if db.execute(f"PRAGMA {pragma}").fetchall() != sound:
                    wrong.append(f"{pragma} fails")
            for what in ("sitters WHERE key IS NULL", "pending_erasures"):
                if db.execute(f"SELECT count(*) FROM {what}").fetchone() != (0,):
                    wrong.append(f"rows in {what}")
        for file in (self.data / "receipts").glob("*"):
            try:
                json.loads(file.read_text())
            except ValueError:
                wrong.append(f"the receipt {file.name} is no JSON")
        return wrong

    def torn(self, folder: Path | None = None) -> list[str]:
        """Files in the folder of deliveries that are not whole."""
        return [
            f"{path.name}: {why}"
            for path in sorted((folder or self.out).rglob("*"))
            if path.is_file() and (why := _torn(path))
        ]

    def plain(self) -> list[str]:
        """Where something of a sitter lies in plain that should not."""
        besides = [self.out, self.folder / "team"]
        places = [(self.folder, besides)]
        if Path("/dev/shm").is_dir():
            places.append((Path("/dev/shm"), []))
        return [
            f"{name} holds {secret[:24]!r}"
            for folder, spared in places
            for name, secret in found(folder, secrets(), spared)
        ]

    def clear(self) -> None:
        """Take the machine away."""
        shutil.rmtree(self.folder, ignore_errors=True)


def photo(name: str) -> str:
    """The path of one of `PHOTOS`."""
    return str(weight_path(name))


@cache
def _identities() -> tuple[Identity, ...]:
    """Real sitters, each of one photo; in this process, so that children need not make them.

    Models hold threads, which no child has: so they are made in a child, too.
    """
    from tempfile import TemporaryDirectory

    from headshots.core.identity.codec import from_bytes, to_bytes

    with TemporaryDirectory() as folder:

        def make() -> int:
            from headshots.core.faces import ANALYSERS
            from headshots.core.photos import read_photo
            from headshots.core.vault.consent import agreed

            analyser, judge = ANALYSERS.get("embedded"), ANALYSERS.get("dlib")
            for each in PHOTOS:
                told = enrol(
                    "Sitter",
                    [read_photo(Path(photo(each)), longest=1600)],
                    consent=agreed("Sitter", "yes", days=30),
                    analyser=analyser,
                    judge=judge,
                )
                (Path(folder) / each).write_bytes(to_bytes(told.identity))
            return 0

        outcome = Child(make, Path(folder) / "log").wait()
        assert outcome.code == 0, outcome.said.decode(errors="replace")
        return tuple(from_bytes((Path(folder) / each).read_bytes()) for each in PHOTOS)


def named(name: str, days: int = 20, uses: str = "generate, tune and deliver") -> Identity:
    """A real sitter under that name, who is kept for so many days."""
    from headshots.core.vault.consent import agreed

    number = int(hashlib.sha256(name.encode()).hexdigest(), 16)
    identity = _identities()[number % len(PHOTOS)]
    return replace(identity, name=name, consent=agreed(name, f"yes to {uses}", days=days))


@cache
def secrets() -> frozenset[bytes]:
    """Pieces of every sitter's name, photos and measurements."""
    of_faces = [
        piece
        for each in _identities()
        for what, pieces in secrets_of(each).items()
        if what != "name"
        for piece in pieces
    ]
    of_names = [secret for name in NAMES for secret in secrets_of(named(name))["name"]]
    return frozenset((*of_faces, *of_names))


def lost(before: Stored, after: Stored, besides: Iterable[str]) -> list[str]:
    """What was committed before, and is not as it was, of all but `besides`."""
    spared = set(besides)
    return [
        name
        for name, kinds in before.sitters.items()
        if name not in spared and after.sitters.get(name) != kinds
    ]


def _opened() -> Any:
    from headshots.core.vault import open_vault

    return open_vault()


def _torn(path: Path) -> str:
    if path.suffix == ".part":
        return "a part that was begun"
    try:
        match path.suffix:
            case suffix if suffix in _OPENS:
                with PIL.Image.open(path) as image:
                    image.load()
            case ".zip" | ".ora":
                with zipfile.ZipFile(path) as archive:
                    if bad := archive.testzip():
                        return f"{bad} is damaged in it"
            case ".json":
                json.loads(path.read_text("utf-8"))
            case ".html":
                return "" if path.read_text("utf-8").rstrip().endswith("</html>") else "cut off"
            case ".csv":
                path.read_text("utf-8-sig")
            case _:
                return "nobody knows what it is"
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        return str(error)
    return ""
