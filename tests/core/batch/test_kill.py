"""Killed, stopped and gone on with: nobody is done twice, and nobody is lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from .conftest import QUICK, Hire

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's"),
]

_RUN = "from headshots.core.cli import main; main()"
NAMES = ("Ada", "Ben", "Cleo", "Dan")


@pytest.fixture
def company(hire: Hire, tmp_path: Path) -> Path:
    for name in NAMES:
        hire(name)
    return tmp_path


def begin(company: Path, *arguments: str) -> subprocess.Popen[str]:
    """`headshots batch` in a process of its own."""
    inputs = [f"--set={name}={value}" for name, value in QUICK.items()]
    return subprocess.Popen(
        [
            *(sys.executable, "-c", _RUN, "batch", str(company / "team")),
            *(f"--out={company / 'out'}", "--workers=1", *inputs, *arguments),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # What runs the tests in the background has it ignored, which is inherited.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def through(company: Path) -> dict[str, int]:
    """When each who is through was written, by name."""
    found = (company / "out/people").glob("*/outcome.json")
    return {path.parent.name: path.stat().st_mtime_ns for path in found}


def wait_for(true: Callable[[], object], process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + 180
    while not true():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.02)


@pytest.mark.skipif(sys.platform != "linux", reason="Linux shows semaphores as files")
def test_killed_all_at_once_it_leaves_no_semaphore(company: Path) -> None:
    """As where a service or a container is killed: nobody is left to tidy up."""
    before = semaphores()
    process = begin(company)
    wait_for(lambda: len(through(company)) == 1, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate()
    until = time.monotonic() + 15  # other programs' come and go
    while left := semaphores() - before:
        assert time.monotonic() < until, left
        time.sleep(0.2)


def semaphores() -> set[str]:
    return {path.name for path in Path("/dev/shm").glob("sem.mp-*")}


def test_nobody_is_lost_or_done_twice(company: Path) -> None:
    # Killed, as by a power cut, when the first is through and the second is being worked on.
    process = begin(company)
    wait_for(lambda: len(through(company)) == 1, process)
    workers = psutil.Process(process.pid).children(recursive=True)
    process.kill()
    process.communicate()
    first = through(company)
    _, alive = psutil.wait_procs(workers, timeout=15)
    assert workers and not alive  # a head that is gone leaves nobody working

    # Gone on with, and stopped by Ctrl+C.
    process = begin(company, "--resume")
    wait_for(lambda: len(through(company)) == len(first) + 1, process)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130 and "cancelled" in said, said
    second = through(company)
    assert first.items() <= second.items() and len(second) < len(NAMES)
    assert "not yet" in (company / "out/report.html").read_text("utf-8")

    # Gone on with; the worker is killed, as where memory runs out.
    process = begin(company, "--resume")
    wait_for(lambda: len(through(company)) == len(second) + 1, process)
    for child in psutil.Process(process.pid).children(recursive=True):
        if "spawn_main" in " ".join(child.cmdline()):
            child.kill()
    _, said = process.communicate(timeout=180)
    assert process.returncode == 0, said
    last = through(company)
    assert second.items() <= last.items() and set(last) == set(NAMES)
    for name in NAMES:
        assert (company / f"out/people/{name}/{name}.jpg").stat().st_size > 1000
    assert not list((company / "out").rglob("*.old")) and not (company / "out/.unfinished").exists()
