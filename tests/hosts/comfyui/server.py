"""A real ComfyUI server for a test, and a client of its `/prompt`, `/ws` and `/history`."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from websockets.sync.client import connect

from .prepare import ROOT, Environment

LAUNCH = Path(__file__).with_name("launch.py")
ENDS = {"execution_success", "execution_error", "execution_interrupted"}
FEATURES = {"supports_preview_metadata": True}


class Refused(Exception):
    """ComfyUI didn't take a prompt; holds its answer."""

    def __init__(self, answer: dict[str, Any]) -> None:
        super().__init__(json.dumps(answer, indent=1)[:2000])
        self.answer = answer


@dataclass
class Run:
    """What became of a prompt.

    end: the event that ended it; detail: that event's data.
    events: every event in order, as (name, data).
    previews: the pictures that were sent while it ran, as encoded.
    outputs: what the nodes showed, by node id.
    node_errors: of nodes that were left out because their inputs were not valid.
    """

    end: str = ""
    detail: dict[str, Any] = field(default_factory=dict)
    events: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    previews: list[bytes] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    node_errors: dict[str, Any] = field(default_factory=dict)

    def succeeded(self) -> Run:
        """The run itself; AssertionError, with what ComfyUI said, if any of it failed."""
        said = self.detail.get("exception_message", self.end), self.detail.get("node_type")
        assert (self.end, self.node_errors) == ("execution_success", {}), said
        return self

    @property
    def executed(self) -> list[str]:
        """Ids of the nodes that were run, not answered from the cache, in order."""
        return [data["node"] for name, data in self.events if name == "executing" and data["node"]]

    def under_way(self, *, progressed: bool) -> list[str]:
        """Ids of the nodes that have begun, or that have reported progress as well."""
        if not progressed:
            return self.executed
        states = [state for data in self.of("progress_state") for state in data["nodes"].values()]
        return [state["node_id"] for state in states if 0 < state["value"] < state["max"]]

    def of(self, event: str) -> list[dict[str, Any]]:
        """The data of every such event."""
        return [data for name, data in self.events if name == event]


@dataclass
class Server:
    """A running server. base: its folder, with input, output, temp and custom_nodes in it."""

    url: str
    base: Path
    log: Path
    process: subprocess.Popen[bytes]

    def get(self, path: str) -> Any:
        """The JSON answer to a GET."""
        return json.loads(self.read(path))

    def read(self, path: str) -> bytes:
        """The bytes of the answer to a GET."""
        with urllib.request.urlopen(self.url + path, timeout=60) as answer:
            return answer.read()

    def post(self, path: str, body: Any = None) -> Any:
        """The JSON answer to a POST; None if it is empty.

        Raises:
            Refused: the status is not a good one.
        """
        data = json.dumps(body).encode() if body is not None else b""
        request = urllib.request.Request(
            self.url + path, data, {"Content-Type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                read = answer.read()
        except urllib.error.HTTPError as error:
            raise Refused(json.loads(error.read() or b"{}")) from None
        return json.loads(read) if read else None

    def run(
        self,
        prompt: Mapping[str, Any],
        *,
        interrupt_on: str = "",
        later: bool = False,
        limit: float = 300,
    ) -> Run:
        """Run a prompt to its end, as the front end does.

        interrupt_on: id of a node; once it runs, an interrupt is asked for. The run's events then
            hold ("asked to interrupt", {"at": seconds}), and each has its own "at".
        later: then only after its first progress.

        Raises:
            Refused: ComfyUI found no node of it fit to run.
            TimeoutError: it takes longer than `limit` seconds.
        """
        client, done = uuid.uuid4().hex, Run()
        with connect(
            f"{self.url.replace('http', 'ws')}/ws?clientId={client}", max_size=None
        ) as events:
            # As the front end does: previews only go to who says this.
            events.send(json.dumps({"type": "feature_flags", "data": FEATURES}))
            accepted = self.post("/prompt", {"prompt": prompt, "client_id": client})
            done.node_errors = accepted["node_errors"]
            until = time.monotonic() + limit
            while not done.end:
                self._note(
                    events.recv(timeout=until - time.monotonic()), accepted["prompt_id"], done
                )
                if interrupt_on and interrupt_on in done.under_way(progressed=later):
                    interrupt_on = ""
                    done.events.append(("asked to interrupt", {"at": time.monotonic()}))
                    self.post("/interrupt")
        done.outputs = self._history(accepted["prompt_id"])["outputs"]
        return done

    @staticmethod
    def _note(message: str | bytes, prompt: str, done: Run) -> None:
        if isinstance(message, bytes):
            done.previews.append(message)
            return
        event = json.loads(message)
        data = {"at": time.monotonic(), **(event.get("data") or {})}
        if data.get("prompt_id", prompt) != prompt:
            return
        done.events.append((event["type"], data))
        blocked = data.get("exception_type") == "ExecutionBlocked"  # the rest of the prompt goes on
        if event["type"] in ENDS and not blocked:
            done.end, done.detail = event["type"], data

    def _history(self, prompt: str) -> Any:
        """What is kept of a prompt, which is there a little after its last event."""
        for _ in range(500):
            found = self.get(f"/history/{prompt}")
            if prompt in found:
                return found[prompt]
            time.sleep(0.02)
        raise TimeoutError(f"no history of {prompt}")


@contextmanager
def serving(
    environment: Environment,
    base: Path,
    *,
    packs: Mapping[str, Path] | None = None,
    newest_front_end: bool = False,
    variables: Mapping[str, str] | None = None,
    port: int = 0,
    arguments: Sequence[str] = (),
) -> Iterator[Server]:
    """A server while the block runs.

    base: an empty folder of the server's own.
    packs: what to link into custom_nodes, by name; default: this checkout as "headshots".
    variables: of the environment, beside those of this process. port: default: a free one.
    arguments: of ComfyUI, beside ours.
    """
    for folder in ("input", "output", "temp", "custom_nodes", "models", "user"):
        (base / folder).mkdir(parents=True, exist_ok=True)
    for name, path in ({"headshots": ROOT} if packs is None else packs).items():
        (base / "custom_nodes" / name).symlink_to(path, target_is_directory=True)
    port = port or free_port()
    command = [
        *(str(environment.python), "-s", "-X", "utf8", str(LAUNCH), str(environment.engine)),
        *("--cpu", "--listen", "127.0.0.1", "--port", str(port), "--base-directory", str(base)),
        *("--disable-api-nodes", "--database-url", "sqlite:///:memory:"),
        *("--preview-method", "none", "--disable-auto-launch"),
        *arguments,
    ]
    if newest_front_end:
        command += ["--front-end-root", str(environment.front_end)]
    ours = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    log = base / "server.log"
    with log.open("wb") as written:
        process = subprocess.Popen(
            command,
            cwd=base,
            env={**ours, **(variables or {})},
            stdin=subprocess.DEVNULL,
            stdout=written,
            stderr=subprocess.STDOUT,
        )
    server = Server(f"http://127.0.0.1:{port}", base, log, process)
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(server: Server, process: subprocess.Popen[bytes]) -> None:
    """Until the server answers."""
    for _ in range(1200):
        if process.poll() is not None:
            break
        try:
            server.get("/system_stats")
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"ComfyUI didn't start:\n{server.log.read_text('utf-8')[-4000:]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
