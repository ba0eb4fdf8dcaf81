"""After a full run nothing of the sitter lies in plain in any folder that we write to."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import PIL.Image
import pytest

from headshots.core.identity.codec import from_bytes
from headshots.core.identity.identity import Identity
from headshots.core.vault.sealed import SealedVault

from ..leaks import found, secrets_of
from ..serving import begin, folders

pytestmark = pytest.mark.slow

NAME = "Zyxara Quillfeather"
CLIENT = "Wexley Thornquist"
START = "from headshots.core.cli import main; main()"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A machine of its own: data, configuration, temp, cache and home folders; the work goes on in
    it, and dumps of memory are welcome there.
    """
    folder = tmp_path_factory.mktemp("home")
    own = {
        **folders(folder),
        "HEADSHOTS_CONFIG_DIR": str(folder / "config"),
        **{name: str(folder / "tmp") for name in ("TMPDIR", "TEMP", "TMP")},
        "XDG_CACHE_HOME": str(folder / "cache"),
        "HOME": str(folder),
        "HEADSHOTS_DEBUG": "1",
        "PYTHONFAULTHANDLER": "1",
    }
    (folder / "tmp").mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name, value in own.items():
            patch.setenv(name, value)
        patch.chdir(folder)
        with _dumps_allowed():
            yield folder


@contextmanager
def _dumps_allowed() -> Iterator[None]:
    """Let processes that are started leave a dump of their memory, where the system can."""
    if sys.platform == "win32":
        yield
        return
    import resource

    before = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (before[1], before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, before)


def command(home: Path, *arguments: str) -> None:
    """What the command line says is kept beside what it writes, as a terminal's log might."""
    ran = subprocess.run([sys.executable, "-c", START, *arguments], capture_output=True, cwd=home)
    assert ran.returncode in (0, 9), ran.stderr  # 9: none was good enough, which is no matter here
    with (home / "stderr.log").open("ab") as log:
        log.write(ran.stderr)


def test_nothing_of_a_sitter_is_anywhere_in_plain(home: Path, photos: Path) -> None:
    """The command line enrols, makes, delivers; a server does as much, with pixels as GIMP sends
    them, and crashes amid work.
    """
    shown = [photos / "obama.jpg", photos / "obama2.jpg"]
    command(home, "enroll", NAME, *map(str, shown), "--consent", "yes")
    small = ("--count", "1", "--width", "256")
    command(home, "generate", NAME, *small, "--out", str(home / "delivered"))
    for _ in range(2):  # what is written over is gone as well
        command(home, "retention", NAME, "--days", "9")
    server = begin(home)
    ids = [server.send(photo) for photo in shown]
    wanted = {"name": CLIENT, "pictures": ids, "consent": {"how": "in person"}}
    job = server.client.post("/v1/identities", json=wanted).json()
    assert server.ended(job["id"])["state"] == "done"
    pixels = np.asarray(PIL.Image.open(shown[0]).convert("RGB"))
    size = {"width": pixels.shape[1], "height": pixels.shape[0]}
    sent = server.client.post("/v1/pictures", params=size, content=pixels.tobytes()).json()["id"]
    scored = server.order(recipe="score_a_picture", inputs={"name": CLIENT}, pictures=_read(sent))
    assert server.ended(scored["id"])["state"] == "done"
    server.order(recipe="generate", inputs={"Sitter.name": CLIENT, "Studio.count": 9}, detach=True)
    # With a job under way, without time to tidy up, and with a wish to leave a dump.
    server.process.send_signal(signal.SIGKILL if sys.platform == "win32" else signal.SIGABRT)
    said = server.process.communicate(timeout=15)
    (home / "server.log").write_text("".join(said))
    assert sys.platform == "win32" or "Fatal Python error" in said[1]  # faulthandler's own dump

    vault = SealedVault(home / "data" / "vault.sqlite3", home / "config" / "keys")
    # What is measured of pixels that were sent holds no secret that the photo's own bytes don't.
    secrets = {bytes(row[64:96]) for row in pixels.reshape(len(pixels), -1)[::40]}
    for name in (NAME, CLIENT):
        secrets |= set().union(*secrets_of(from_bytes(vault.get(name, "identity"))).values())
    assert len(secrets) > 60
    assert (home / "data" / "vault.sqlite3").stat().st_size > 100_000
    spared = (home / "delivered", home / "data" / "weights")
    assert found(home, secrets, besides=spared) == []


def _read(id: str) -> dict[str, list[str]]:
    return {"Pictures": [id]}


@pytest.mark.parametrize("what", ["name", "photo", "embedding"])
@pytest.mark.parametrize("where", ["log", "temp file", "name of a file", "page of SQLite", "dump"])
def test_a_leak_is_found(tmp_path: Path, astronaut: Identity, what: str, where: str) -> None:
    """The search above would find a leak of any kind in any place."""
    secrets = secrets_of(astronaut)
    assert found(tmp_path, set().union(*secrets.values())) == []
    for leaked in sorted(secrets[what])[:4]:
        place = tmp_path / "planted"
        place.mkdir()
        match where:
            case "log":
                (place / "x.log").write_bytes(b"12:00 INFO made " + leaked + b"\n")
            case "temp file":
                (place / "tmpabc").write_bytes(os.urandom(5000) + leaked + os.urandom(5000))
            case "name of a file":
                if what == "name" and b"\0" not in leaked:
                    Path(os.fsdecode(os.fsencode(place) + b"/x" + leaked)).touch()
                else:
                    (place / "x").write_bytes(leaked)
            case "page of SQLite":
                with closing(sqlite3.connect(place / "v.sqlite3")) as db, db:
                    db.execute("CREATE TABLE t (b BLOB)")
                    db.execute("INSERT INTO t VALUES (?)", (leaked,))
            case _:
                (place / "core.17").write_bytes(bytes(100_000) + leaked + bytes(100_000))
        assert leaked in {secret for _, secret in found(tmp_path, secrets[what])}
        assert found(tmp_path, secrets[what], besides=[place]) == []
        for file in place.iterdir():
            file.unlink()
        place.rmdir()
