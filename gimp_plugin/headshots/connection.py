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
from words import say

START_SECONDS = 30
IDLE_EXIT_SECONDS = 1800
_ANEW = "Try again, which starts it anew; in Settings and diagnostics you can copy what is known."


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
            say("The plug-in doesn't know where headshots is"),
            say("Choose the program headshots where it is installed."),
        )
    server = find(installation.runtime)
    if server is None:
        report(Connection(State.STARTING, say("headshots is starting")))
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
        lines = ran.stderr.strip().splitlines() or [
            say("it ended with {code}", code=ran.returncode)
        ]
        raise _no_headshots(program, lines[-1])


def _no_headshots(program, why):
    return Problem(
        "connection.not-installed",
        say("{program} can't be used: {why}", program=program, why=why),
        say("Choose the program headshots in the folder where it was installed."),
    )


def _examined(server, version):
    if server.version != version:
        return Connection(
            State.VERSION_DIFFERS,
            say(
                "The running server is headshots {running}, the plug-in is of {own}",
                running=server.version,
                own=version,
            ),
            say(
                "Update the plug-in or stop the old server (process {pid}), then restart GIMP.",
                pid=server.pid,
            ),
            server,
        )
    try:
        health = server.json("GET", "/v1/health", timeout=60)
    except Problem as problem:
        if problem.code != "server.token":
            return Connection(State.STOPPED, problem.what, problem.remedy)
        return Connection(
            State.STOPPED,
            problem.what,
            say("Stop that server (process {pid}); another is then started.", pid=server.pid),
            server,
        )
    if not health["ready"]:
        missing = ", ".join(health["weights_missing"])
        reason = say("Something is missing")
        remedy = " ".join(health["remedies"])
        if missing:
            reason = say("Weights are missing: {names}", names=missing)
            remedy = say("Fetch the weights.")
        return Connection(State.WEIGHTS_MISSING, reason, remedy, server, health)
    text = ". ".join((f"headshots {server.version}", *health["warnings"]))
    return Connection(State.READY, text, "", server, health)


def _started(installation):
    """Start a server; returns it, or a connection that says why there is none."""
    if sandbox := _sandbox():
        return Connection(
            State.STOPPED,
            say("GIMP runs in {sandbox}, which lets it start no other program", sandbox=sandbox),
            say("Run `headshots serve` in a terminal, then try again (docs/gimp.md)."),
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
            say("{program} can't be started: {why}", program=command[0], why=error.strerror),
            say("headshots was moved or removed: choose the program where it is now."),
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        server = find(installation.runtime)
        if server is not None:
            return server
        if process.poll() is not None:
            server = find(installation.runtime)  # another process may have started one first
            lines = process.stderr.read().decode("utf-8", "replace").strip().splitlines()
            ended = say("The server ended at once")
            return server or Connection(
                State.STOPPED, f"{ended}: {lines[-1]}" if lines else ended, say(_ANEW)
            )
        time.sleep(0.2)
    return Connection(
        State.STOPPED,
        say("The server didn't answer within {seconds} seconds", seconds=START_SECONDS),
        say(_ANEW),
    )


def _sandbox():
    if Path("/.flatpak-info").exists():
        return say("a Flatpak")
    return say("a Snap") if os.environ.get("SNAP_NAME") == "gimp" else ""


def environment():
    """The environment without the variables that point to GIMP's own libraries."""
    of_gimp = ("PYTHON", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "DYLD_", "GIMP")
    return {name: value for name, value in os.environ.items() if not name.startswith(of_gimp)}


def quiet():
    """How a program is started without a window of its own."""
    return {"creationflags": subprocess.CREATE_NO_WINDOW} if os.name == "nt" else {}
