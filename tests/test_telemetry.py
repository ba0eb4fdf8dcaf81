"""Nothing is told to anybody: real runs under a tracer that sees connections and files."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from headshots import TELEMETRY_OFF

from .packages import PROGRAMS
from .serving import begin, folders
from .tiny.models import sd15
from .tracing import Trace, read, trace_of, traced

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="strace is Linux's"),
]

_RUN = "from headshots.core.cli import main; main()"
NAME = "Ada"
SMALL = ("--count=1", "--width=256")
# Nobody's folders but the desktop's, which stay empty.
_DESKTOP = ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
# Who watches or builds is told nothing: with these set, onnxruntime is silent by itself.
_BUILDERS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "GITLAB_CI", "JENKINS_URL", "BUILD_ID", "TRAVIS")
# What is ours to write outside the folders that the settings name, each gone when the run is over.
_IN_MEMORY = ("/dev/shm/headshots-", "/dev/shm/sem.", "/dev/null")
# Whose they are: the user's, the desktop's, and the runtime folder that is set for the session.
_STRANGE = ("home", "session")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A machine of its own, whose user has empty folders; the environment is set to it."""
    folder = tmp_path_factory.mktemp("machine")
    own = {
        **folders(folder),
        "HEADSHOTS_CONFIG_DIR": str(folder / "config"),
        "HEADSHOTS_MODELS_DIR": str(folder / "models"),
        "HOME": str(folder / "home"),
        "XDG_RUNTIME_DIR": str(folder / "session"),
        **{name: str(folder / "home") for name in _DESKTOP},
        "TMPDIR": str(folder / "tmp"),
    }
    for name in ("home", "tmp", "session", "traces"):
        (folder / name).mkdir()
    # Here, and with the telemetry of this process off: it imports what diffusers does.
    sd15(folder / "models" / "narrow")
    with pytest.MonkeyPatch.context() as patch:
        # The last is set by torch, where this process has it.
        for name in (*_BUILDERS, *TELEMETRY_OFF, "TORCHINDUCTOR_CACHE_DIR"):
            patch.delenv(name, raising=False)
        for name, value in own.items():
            patch.setenv(name, value)
        yield folder


def command(home: Path, name: str, *arguments: object) -> Trace:
    """What `headshots` does with these arguments."""
    words = [sys.executable, "-c", _RUN, *map(str, arguments)]
    return trace_of(words, home / "traces" / name, folder=home, environment=os.environ)


def elsewhere(trace: Trace, home: Path) -> list[str]:
    """What was written outside our folders; what is compiled lies beside its source."""
    ours = [path for path in home.iterdir() if path.name not in _STRANGE]
    return sorted(
        str(path)
        for path in map(Path, map(os.path.normpath, trace.written))
        if not any(map(path.is_relative_to, ours))
        and "__pycache__" not in path.parts
        and not str(path).startswith(_IN_MEMORY)
    )


def check(trace: Trace, home: Path, *, families: set[str], addresses: set[str]) -> None:
    """No socket but these, no address but these, no file but ours, and nothing left behind."""
    assert trace.families <= families and trace.addresses <= addresses
    assert elsewhere(trace, home) == [] and not trace.rings
    strange = [path for name in (*_STRANGE, "tmp") for path in (home / name).rglob("*")]
    # torch makes the folder for what it would compile, and nothing is compiled.
    assert [path for path in strange if not path.name.startswith("torchinductor_")] == []
    assert [path for path in trace.written if path.parts[1] == "dev" and path.is_file()] == []


def test_the_tracer_sees_a_look_up_and_a_file(home: Path, tmp_path: Path) -> None:
    program = (
        "import socket, pathlib, threading, contextlib\n"
        "def tell():\n"
        "    with contextlib.suppress(OSError): socket.create_connection(('192.0.2.1', 9), 0.1)\n"
        f"    pathlib.Path({str(tmp_path / 'device id')!r}).write_text('1')\n"
        "thread = threading.Thread(target=tell); thread.start(); thread.join()\n"
    )
    trace = trace_of(
        [sys.executable, "-c", program], home / "traces/told", folder=home, environment=os.environ
    )
    assert "192.0.2.1" in trace.addresses and "AF_INET" in trace.families
    assert elsewhere(trace, home) == [str(tmp_path / "device id")]


def test_the_command_line_tells_nobody(home: Path, photos: Path) -> None:
    shown = [photos / "obama.jpg", photos / "obama2.jpg"]
    painted = ("--generator=diffusion", "--model=narrow", "--steps=2")
    runs: dict[str, tuple[object, ...]] = {
        "doctor": ("doctor",),
        "enroll": ("enroll", NAME, *shown, "--consent", "yes"),
        "generate": ("generate", NAME, *SMALL, "--out=made", "--format=png"),
        "paint": ("generate", NAME, *SMALL, *painted, "--out=painted"),
        "score": ("score", NAME, photos / "obama3.jpg"),
        "refine": ("refine", NAME, photos / "obama3.jpg", "--out=refined"),
        "deliver": ("deliver", photos / "obama3.jpg", "--size=linkedin", "--out=delivered"),
    }
    # urllib3, which diffusers brings, binds a port of ::1 to learn whether there is an IPv6; torch
    # asks the system for the user's name, and that a service on a local socket.
    probe = {"paint": ({"AF_INET6", "AF_UNIX"}, {"::1", "AF_UNIX"})}
    for name, arguments in runs.items():
        families, addresses = probe.get(name, (set(), set()))
        check(command(home, name, *arguments), home, families=families, addresses=addresses)


def test_a_server_tells_nobody(home: Path, photos: Path) -> None:
    file = home / "traces" / "serve"
    server = begin(home, under=traced(file))
    ids = [server.send(photos / name) for name in ("obama.jpg", "obama2.jpg")]
    wanted = {"name": "Bea", "pictures": ids, "consent": {"how": "in person"}}
    job = server.client.post("/v1/identities", json=wanted).json()
    assert server.ended(job["id"])["state"] == "done"
    inputs = {"Sitter.name": "Bea", "Studio.count": 1, "Studio.width": 256}
    job = server.order(recipe="generate", inputs=inputs)
    assert server.ended(job["id"])["state"] in ("done", "failed")  # none good enough is no matter
    assert server.stop() == 0
    trace = read(file, home)
    check(trace, home, families={"AF_INET"}, addresses={"127.0.0.1"})


def test_a_batch_tells_nobody(home: Path, photos: Path) -> None:
    for name in ("Cleo", "Dan"):
        folder = home / "team" / name
        folder.mkdir(parents=True)
        for each in ("obama.jpg", "obama2.jpg"):
            shutil.copy(photos / each, folder / each)
        (folder / "consent.txt").write_text("yes")
    inputs = ("--set=count=1", "--set=width=256", "--workers=2")
    trace = command(home, "batch", "batch", "team", "--out=company", *inputs)
    check(trace, home, families=set(), addresses=set())


def test_every_package_beside_us_was_looked_at() -> None:
    """Whoever adds one runs `tests/packages.py`, and writes down what it does."""
    root = Path(__file__).parents[1]
    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    extras: list[list[str]] = list(project["optional-dependencies"].values())
    wanted = [each for group in (project["dependencies"], *extras) for each in group]
    names = {re.split(r"[^\w-]", each)[0] for each in wanted} - {"headshots"}
    assert names == set(PROGRAMS)
    _, _, told = (root / "docs" / "privacy.md").read_text("utf-8").partition("beside us do")
    assert {name for name in names if f"`{name}`" not in told.partition("\n## ")[0]} == set()
