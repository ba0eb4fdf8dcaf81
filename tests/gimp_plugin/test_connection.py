"""How things stand between the plug-in and its server, whatever is found."""

from __future__ import annotations

import json
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from connection import Connection, Installation, State, connect, find, repoint
from core_client import Cancelled, Problem, Server

from headshots import __version__

from ..serving import Running

DAMAGED = ("", "{", "[]", "{}", '{"command": 1, "runtime": "", "version": ""}')


def connected(running: Running, **changes: Any) -> Connection:
    """What the plug-in finds of the running server."""
    told = {"command": ["no-such-program"], "runtime": str(running.runtime)}
    return connect(Installation(**{**told, "version": __version__, **changes}))


def test_a_server_is_found_and_ready(running: Running) -> None:
    connection = connected(running)
    assert connection.state is State.READY and connection.health["version"] == __version__
    assert connection.server.url == running.facts["url"]


def test_another_version_says_which(running: Running) -> None:
    connection = connected(running, version="0.0.9")
    assert connection.state is State.VERSION_DIFFERS and "0.0.9" in connection.reason
    assert connection.problem().code == "connection.version-differs"


def test_another_token_is_said(running: Running, tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(json.dumps({**running.facts, "token": "another"}))
    connection = connected(running, runtime=str(tmp_path))
    assert connection.state is State.STOPPED and "Stop that server" in connection.remedy


@pytest.mark.parametrize("text", DAMAGED)
def test_a_damaged_installation_is_none(text: str, tmp_path: Path) -> None:
    (tmp_path / "installation.json").write_text(text)
    installation = Installation.read(tmp_path / "installation.json")
    assert installation == Installation() == Installation.read(tmp_path / "none.json")
    connection = connect(installation)
    assert connection.state is State.NOT_INSTALLED and "Choose the program" in connection.remedy


@pytest.mark.parametrize("text", [*DAMAGED, '{"url": "http://example.org", "token": "t"}'])
def test_a_damaged_or_foreign_server_file_is_no_server(text: str, tmp_path: Path) -> None:
    (tmp_path / "server.json").write_text(text)
    assert find(tmp_path) is None and find(tmp_path / "none") is None


def test_a_program_that_is_gone(tmp_path: Path) -> None:
    connection = connect(Installation([str(tmp_path / "gone")], str(tmp_path), __version__))
    assert connection.state is State.NOT_INSTALLED and "can't be started" in connection.reason


def test_a_server_that_ends_at_once_says_why(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "import sys; sys.exit('setup.error: it lacks a part')"]
    states: list[State] = []
    connection = connect(
        Installation(command, str(tmp_path), __version__), lambda each: states.append(each.state)
    )
    assert states == [State.STARTING] and connection.state is State.STOPPED
    assert connection.reason == "The server ended at once: setup.error: it lacks a part"


def test_only_headshots_is_taken_for_another_installation(tmp_path: Path) -> None:
    for program in (str(tmp_path / "gone"), "false"):
        with pytest.raises(Problem, match=r"can't be used") as caught:
            repoint([program], tmp_path)
        assert caught.value.code == "connection.not-installed"


def test_what_the_server_refuses_comes_with_its_code(running: Running) -> None:
    server = Server(running.facts["url"], running.facts["token"])
    with pytest.raises(Problem) as caught:
        server.recipe("no such recipe")
    assert caught.value.code == "input.unknown-name" and caught.value.remedy


def test_a_photo_that_is_gone(running: Running, tmp_path: Path) -> None:
    server = Server(running.facts["url"], running.facts["token"])
    with pytest.raises(Problem, match=r"gone\.jpg can't be read") as caught:
        server.send_file(tmp_path / "gone.jpg")
    assert str(tmp_path) not in str(caught.value)


def test_a_server_that_is_gone() -> None:
    server = Server("http://127.0.0.1:9", "token")  # no one listens on the port of "discard"
    with pytest.raises(Problem) as caught:
        server.watch("a job")
    assert caught.value.code == "server.stopped"
    server.forget_job("a job")
    server.forget_picture("a picture")


def test_a_stopped_job_is_cancelled(running: Running, photos: Path) -> None:
    server = Server(running.facts["url"], running.facts["token"])
    sent = server.send_file(photos / "obama.jpg")
    recipe = {
        "photo": {"class_type": "HeadshotsReadPictures", "inputs": {"paths": ""}},
        "step": {"class_type": "HeadshotsReplaceBackdrop", "inputs": {"pictures": ["photo", 0]}},
    }
    job = server.order(recipe, pictures={"photo": [sent]}, wanted=["step"])["id"]
    stop = threading.Event()
    stop.set()
    with pytest.raises(Cancelled):
        server.watch(job, stop=stop)
