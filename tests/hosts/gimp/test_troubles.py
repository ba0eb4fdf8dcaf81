"""What the plug-in says where its server is absent, strange, dying or stopped from elsewhere."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from headshots import __version__

from ...serving import Running, begin, folders
from .conftest import ADA
from .console import Console
from .prepare import Gimp

Told = dict[str, Any]
Installed = Callable[..., None]


@pytest.fixture
def installed(inside: Console) -> Iterator[Installed]:
    """Changes what the plug-in knows of the installation, for one test."""
    file = inside.folder / "plug-ins" / "headshots" / "installation.json"
    before = file.read_text()

    def change(**changes: Any) -> None:
        file.write_text(json.dumps({**json.loads(before), **changes}))

    yield change
    file.write_text(before)


def failing(inside: Console, procedure: str = "settings", **arguments: Any) -> str:
    """The error of a procedure, which has to fail."""
    told = inside.ask("perform", procedure=f"headshots-{procedure}", **arguments)
    assert told["status"] == "execution-error", told
    return told["error"]


def test_not_installed(inside: Console, installed: Installed) -> None:
    installed(command=[])
    said = failing(inside)
    assert "doesn't know where headshots is" in said and "Choose the program" in said


def test_moved_away(inside: Console, installed: Installed, tmp_path: Path) -> None:
    installed(command=[str(tmp_path / "gone")], runtime=str(tmp_path))
    said = failing(inside)
    assert "gone can't be started: No such file" in said and "Settings and diagnostics" in said


def test_a_server_that_ends_at_once_says_why(
    inside: Console, installed: Installed, tmp_path: Path
) -> None:
    program = ["sh", "-c", "echo 'setup.error: headshots needs fastapi.' >&2; exit 5"]
    installed(command=program, runtime=str(tmp_path))
    assert "ended at once: setup.error: headshots needs fastapi." in failing(inside)


def test_another_version(inside: Console, installed: Installed, server: Running) -> None:
    installed(version="0.0.9")
    said = failing(inside)
    assert f"is headshots {__version__}, the plug-in is of 0.0.9" in said
    assert f"process {server.facts['pid']}" in said


def test_another_token(
    inside: Console, installed: Installed, server: Running, tmp_path: Path
) -> None:
    (tmp_path / "server.json").write_text(json.dumps({**server.facts, "token": "another"}))
    installed(runtime=str(tmp_path))
    said = failing(inside)
    assert "no token, or not this server's" in said and "Stop that server" in said


def test_weights_that_are_missing(
    inside: Console,
    installed: Installed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("HEADSHOTS_WEIGHTS_DIR", str(tmp_path / "none"))
    running = begin(tmp_path)
    try:
        installed(runtime=str(tmp_path / "run"))
        said = failing(inside)
        assert "Weights are missing: " in said and "Fetch the weights." in said
    finally:
        running.stop()


def test_it_starts_a_server_where_none_runs(
    inside: Console, installed: Installed, gimp: Gimp, tmp_path: Path, data_dir: Path
) -> None:
    told = json.loads((inside.folder / "plug-ins/headshots/installation.json").read_text())
    # Where GIMP lives in a folder, the way back to this machine's own programs.
    back = ["chroot", "/machine"] if gimp.root else []
    variables = {**folders(tmp_path), **_weights()}
    setting = ["env", *(f"{name}={value}" for name, value in variables.items())]
    installed(command=[*back, *setting, *told["command"]], runtime=str(tmp_path / "run"))
    answer = inside.ask("perform", procedure="headshots-settings")
    assert answer["status"] == "success", answer
    facts = json.loads((tmp_path / "run" / "server.json").read_text())
    assert json.loads(answer["report"])["version"] == facts["version"]
    _end(facts["pid"])


def test_a_server_that_dies_at_work(
    inside: Console, installed: Installed, photos: Path, tmp_path: Path
) -> None:
    running = begin(tmp_path)
    installed(runtime=str(tmp_path / "run"))
    files = [str(photos / name) for name in ("obama.jpg", "obama2.jpg", "obama3.jpg")]
    enrol = {"name": ADA, "consent": "in person", "files": files}
    threading.Thread(target=_kill_at_work, args=(running,), daemon=True).start()
    said = failing(inside, "enrol", options=enrol)
    assert "server has stopped" in said and "starts by itself" in said


def test_a_job_stopped_from_elsewhere_changes_nothing(
    inside: Console, server: Running, ada: str, photos: Path
) -> None:
    asked: list[float] = []

    def stop() -> None:
        (job,) = _running(server)
        server.client.post(f"/v1/jobs/{job}/cancel")
        asked.append(time.monotonic())

    watcher = threading.Thread(target=stop)
    watcher.start()
    told = inside.ask(
        "perform",
        procedure="headshots-make",
        sitter=ada,
        picture=photos / "obama.jpg",
        options={"width": 1024, "count": 4, "seed": 11},
    )
    came = time.monotonic()
    watcher.join()
    assert told["status"] == "cancel", told
    assert len(told["layers"]) == 1 and told["left"] == []
    assert came - asked[0] < 10  # one on a quiet machine


@pytest.mark.parametrize(
    ("procedure", "arguments", "said"),
    [
        ("retouch", {"options": {"skin": 7}}, "skin"),
        ("retouch", {"sitter": "Nobody"}, "Nobody"),
        ("score", {}, "No sitter was named"),
        ("make", {}, "No sitter was named"),
        ("enrol", {"options": {"name": "X"}}, "Nothing says that the sitter agreed"),
        ("enrol", {"options": {"consent": "in person"}}, "No name was given"),
        ("run-recipe", {}, "No recipe was named"),
        ("run-recipe", {"options": {"recipe": "unknown"}}, "unknown"),
        ("again", {}, "doesn't say how it was made"),
        ("forget", {"sitter": "Nobody"}, "Nobody"),
    ],
)
def test_what_cannot_be_done_is_said(
    procedure: str, arguments: Told, said: str, inside: Console, server: Running, photos: Path
) -> None:
    arguments = {"picture": photos / "astronaut.png", **arguments}
    assert said in failing(inside, procedure, **arguments)


def test_a_picture_without_a_face_is_said(inside: Console, ada: str, tmp_path: Path) -> None:
    Image.new("RGB", (300, 300), "grey").save(tmp_path / "wall.png")
    told = inside.ask(
        "perform", procedure="headshots-score", sitter=ada, picture=tmp_path / "wall.png"
    )
    assert "no face" in told["report"].lower() + told["error"].lower()


def _kill_at_work(running: Running) -> None:
    _running(running)
    running.process.send_signal(signal.SIGKILL)


def _running(server: Running) -> list[str]:
    """Ids of the jobs that run, once some do."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        every = server.client.get("/v1/jobs").json()
        if found := [each["id"] for each in every if each["state"] == "running"]:
            return found
        time.sleep(0.02)
    raise AssertionError("no job was begun")


def _weights() -> dict[str, str]:
    return {"HEADSHOTS_WEIGHTS_DIR": os.environ["HEADSHOTS_WEIGHTS_DIR"]}


def _end(pid: int) -> None:
    os.kill(pid, signal.SIGTERM)
