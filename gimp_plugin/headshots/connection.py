"""Connects the plug-in to its server: finds it, starts it, or says why it can't.

It uses only the standard library, as GIMP's Python has nothing else, and doesn't depend on GIMP.
"""

import json
import os
import subprocess
import time
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path

from core_client import Problem, Server

START_SECONDS = 30
IDLE_EXIT_SECONDS = 1800


class State(Enum):
    """The state of the connection to the server."""

    NOT_INSTALLED = "not installed"
    STOPPED = "stopped"
    STARTING = "starting"
    VERSION_DIFFERS = "version differs"
    WEIGHTS_MISSING = "weights missing"
    READY = "ready"


@dataclass
class Connection:
    """The connection's state, its reason and the remedy.

    server: None if none answers.
    health: the response to `GET /v1/health`, or None.
    """

    state: State
    reason: str
    remedy: str = ""
    server: Server | None = None
    health: dict | None = None

    def problem(self):
        """The reason why nothing can be done now, as an error."""
        code = f"connection.{self.state.value.replace(' ', '-')}"
        return Problem(code, self.reason, self.remedy)


@dataclass
class Installation:
    """Where headshots is, as `headshots gimp-install` wrote it beside the plug-in.

    command: starts headshots.
    runtime: folder of server.json.
    version: of headshots, and so of the plug-in.
    """

    command: list = field(default_factory=list)
    runtime: str = ""
    version: str = ""

    @classmethod
    def read(cls, path):
        """From the JSON file at `path`; an empty one where it is missing or damaged."""
        try:
            record = json.loads(Path(path).read_text("utf-8"))
            return cls(list(record["command"]), str(record["runtime"]), str(record["version"]))
        except (OSError, ValueError, KeyError, TypeError):
            return cls()


def connect(installation, report=lambda connection: None):
    """Connect to the server of this user; it is started if none runs.

    Args:
        report: called with the state "starting" while it starts.
    """
    if not installation.command:
        return Connection(
            State.NOT_INSTALLED,
            "The plug-in doesn't know where headshots is",
            "Choose the program headshots, where it is installed.",
        )
    server = find(installation.runtime)
    if server is None:
        report(Connection(State.STARTING, "headshots is starting"))
        server = _started(installation)
    return server if isinstance(server, Connection) else _examined(server, installation.version)


def find(runtime):
    """The server named by server.json in the folder `runtime`, if it answers."""
    try:
        facts = json.loads((Path(runtime) / "server.json").read_text("utf-8"))
        if not facts["url"].startswith("http://127.0.0.1:"):
            return None
        server = Server(facts["url"], facts["token"], facts["version"], facts.get("pid"))
        server.json("GET", "/v1/jobs", timeout=5)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    except Problem as problem:
        # It runs, but refuses the token; the caller's first request reports that.
        return server if problem.code == "server.token" else None
    return server


def repoint(program, folder):
    """Make a `headshots` install its own plug-in into GIMP's folder.

    Args:
        program: the command that starts it, a list.

    Raises:
        Problem: it is no headshots, or the installation fails.
    """
    command = [*program, "gimp-install", "--folder", str(folder)]
    program = program[0]
    try:
        ran = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=START_SECONDS,
            env=environment(),
            **quiet(),
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise _no_headshots(program, getattr(error, "strerror", None) or error) from None
    if ran.returncode:
        said = ran.stderr.strip().splitlines()
        raise _no_headshots(program, said[-1] if said else f"it ended with {ran.returncode}")


def _no_headshots(program, why):
    return Problem(
        "connection.not-installed",
        f"{program} can't be used: {why}",
        "Choose the program `headshots` in the folder where it was installed.",
    )


def _examined(server, version):
    if server.version != version:
        return Connection(
            State.VERSION_DIFFERS,
            f"The running server is headshots {server.version}, the plug-in is of {version}",
            "Run `headshots gimp-install`, stop the old server "
            f"(process {server.pid}), and restart GIMP.",
            server,
        )
    try:
        health = server.json("GET", "/v1/health", timeout=60)
    except Problem as problem:
        remedy = problem.remedy
        if problem.code == "server.token":
            remedy = f"Stop that server (process {server.pid}); another starts when it is needed."
        return Connection(State.STOPPED, problem.what, remedy)
    if not health["ready"]:
        missing = ", ".join(health["weights_missing"])
        reason = f"Weights are missing: {missing}" if missing else "Something is missing"
        remedy = " ".join(health["remedies"])
        return Connection(State.WEIGHTS_MISSING, reason, remedy, server, health)
    text = ". ".join((f"headshots {server.version}", *health["warnings"]))
    return Connection(State.READY, text, "", server, health)


def _started(installation):
    """Start a server; returns it, or a connection that says why there is none."""
    if sandbox := _sandbox():
        return Connection(
            State.STOPPED,
            f"GIMP runs in {sandbox}, which lets it start no other program",
            "Run `headshots serve` in a terminal, then try again (docs/gimp.md).",
        )
    command = [*installation.command, "serve", "--idle-exit", str(IDLE_EXIT_SECONDS)]
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,  # so that it survives GIMP's Cancel, which kills this process
            env=environment(),
            **quiet(),
        )
    except OSError as error:
        return Connection(
            State.NOT_INSTALLED,
            f"{command[0]} can't be started: {error.strerror}",
            "headshots was moved or removed: install it, then run `headshots gimp-install`.",
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        server = find(installation.runtime)
        if server is not None:
            return server
        if process.poll() is not None:
            server = find(installation.runtime)  # another process may have started one first
            said = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
            return server or Connection(
                State.STOPPED,
                f"The server ended at once: {said[-1]}" if said else "The server ended at once",
                "Run `headshots serve` in a terminal to see more.",
            )
        time.sleep(0.2)
    return Connection(
        State.STOPPED,
        f"The server didn't answer within {START_SECONDS} seconds",
        "Run `headshots serve` in a terminal to see why.",
    )


def _sandbox():
    if Path("/.flatpak-info").exists():
        return "a Flatpak"
    return "a Snap" if os.environ.get("SNAP_NAME") == "gimp" else ""


def environment():
    """The environment without the variables that point to GIMP's own libraries."""
    of_gimp = ("PYTHON", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "DYLD_", "GIMP")
    return {name: value for name, value in os.environ.items() if not name.startswith(of_gimp)}


def quiet():
    """How a program is started without a window of its own."""
    return {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {}
