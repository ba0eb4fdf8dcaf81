"""The server's process: found by its file, alone, gone without a trace, back after a kill."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

import httpx
import pytest

from ...serving import START, folders
from .conftest import Start

pytestmark = pytest.mark.slow

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals are POSIX's")


@posix
def test_file_is_its_owners_and_goes_with_the_server(start: Start) -> None:
    server = start()
    file = server.runtime / "server.json"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(server.runtime.stat().st_mode) == 0o700
    assert set(server.facts) == {"url", "port", "token", "pid", "version"}
    assert server.client.get("/v1/health").json()["version"] == server.facts["version"]
    assert server.stop() == 0
    assert not file.exists()


def test_a_log_holds_no_token(start: Start) -> None:
    server = start("--idle-exit", "1")
    said = server.process.communicate(timeout=15)
    assert server.facts["token"] not in "".join((server.printed, *said))
    assert server.printed == f"{server.facts['url']}/\n"


@posix
def test_a_terminal_shows_the_token(tmp_path: Path) -> None:
    screen, terminal = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", START, "serve"],
        env={**os.environ, **folders(tmp_path)},
        stdout=terminal,
        stderr=subprocess.PIPE,
    )
    try:
        printed = os.read(screen, 1000).decode().strip()
        facts = json.loads((tmp_path / "run" / "server.json").read_text())
        assert printed == f"{facts['url']}/#token={facts['token']}"
    finally:
        process.terminate()
    assert process.communicate(timeout=15) == (None, b"")


@posix
def test_a_browser_is_given_a_file_and_no_token(
    start: Start, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another user of the machine may list the arguments of every process."""
    given, browser = tmp_path / "given", tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$@" > {given}.part; mv {given}.part {given}\n')
    browser.chmod(0o700)
    monkeypatch.setenv("BROWSER", str(browser))
    server = start("--open", folder=tmp_path)
    until = time.monotonic() + 15
    while not given.exists() and time.monotonic() < until:
        time.sleep(0.05)
    file = server.runtime / "page.html"
    assert given.read_text().strip() == file.as_uri()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert f"{server.facts['url']}/#token={server.facts['token']}" in file.read_text()
    assert server.stop() == 0
    assert not file.exists()


def test_second_server_is_refused_by_name(start: Start, tmp_path: Path) -> None:
    start(folder=tmp_path)
    with pytest.raises(RuntimeError, match=r"10: server\.running: A server of yours is running"):
        start(folder=tmp_path)


def test_port_in_use_is_refused_by_name(start: Start) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(RuntimeError, match=f"10: server.port-taken: Port {port}"):
            start("--port", str(port))


def test_listens_on_loopback_alone(start: Start) -> None:
    server = start()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # sends nothing; tells this machine's own address
        except OSError:
            pytest.skip("this machine has no address but loopback")
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no address but loopback")
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"http://{own}:{server.facts['port']}/")


@posix
def test_starts_again_after_a_kill(start: Start, tmp_path: Path) -> None:
    first = start(folder=tmp_path)
    first.stop(signal.SIGKILL)
    assert (first.runtime / "server.json").exists()  # nobody was left to remove it
    second = start(folder=tmp_path)
    assert second.facts["token"] != first.facts["token"]
    assert second.client.get("/v1/health").is_success


@posix
def test_kill_while_enrolling_leaves_no_half_written_sitter(
    start: Start, photos: Path, tmp_path: Path
) -> None:
    for pause in (0.0, 0.2, 0.4, 0.6, 0.8):
        server = start(folder=tmp_path)
        ids = [server.send(photos / name) for name in ("obama.jpg", "obama2.jpg")]
        wanted = {
            "name": "Half",
            "pictures": ids,
            "consent": {"how": "in person"},
            "replace": True,
        }
        assert server.client.post("/v1/identities", json=wanted).status_code == 202
        time.sleep(pause)
        server.stop(signal.SIGKILL)
        again = start(folder=tmp_path)
        for each in again.client.get("/v1/identities").json():  # whole, or not there at all
            assert each["photos"] == 2
        again.stop()


def test_ends_when_idle(start: Start) -> None:
    server = start("--idle-exit", "1")
    assert server.process.wait(15) == 0


def test_hangs_up_on_a_request_that_never_comes(start: Start) -> None:
    server = start()
    with socket.create_connection(("127.0.0.1", server.facts["port"])) as silent:
        silent.sendall(b"GET / HTTP/1.1\r\n")
        silent.settimeout(20)
        assert silent.recv(100) == b""


@posix
def test_what_a_killed_server_left_undone_is_said_by_the_next(
    start: Start, photos: Path, tmp_path: Path
) -> None:
    first = start(folder=tmp_path)
    assert first.client.get("/v1/health").json()["warnings"] == []
    sent = first.client.post(
        "/v1/pictures", params={"name": "a.jpg"}, content=(photos / "obama.jpg").read_bytes()
    ).json()["id"]
    recipe = {
        "photo": {"class_type": "HeadshotsReadPictures", "inputs": {"paths": ""}},
        "step": {"class_type": "HeadshotsReplaceBackdrop", "inputs": {"pictures": ["photo", 0]}},
    }
    order = {"recipe": recipe, "pictures": {"photo": [sent]}, "wanted": ["step"], "detach": True}
    for _ in range(6):
        assert first.client.post("/v1/jobs", json=order).status_code == 201
    note = first.runtime / "work.json"
    end = time.monotonic() + 20
    while not note.exists():
        assert time.monotonic() < end
        time.sleep(0.02)
    assert stat.S_IMODE(note.stat().st_mode) == 0o600
    assert set(json.loads(note.read_text())) == {"jobs"}
    first.process.kill()
    first.process.wait()
    left = json.loads(note.read_text())["jobs"]
    second = start(folder=tmp_path)
    (said,) = second.client.get("/v1/health").json()["warnings"]
    assert (f"{left} jobs undone" if left > 1 else "a job undone") in said
    second.stop()
    assert not note.exists()
    assert start(folder=tmp_path).client.get("/v1/health").json()["warnings"] == []
