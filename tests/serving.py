"""A real server in a process of its own, and a client that bears its token."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

START = "from headshots.core.cli import main; main()"


def begin(
    folder: Path, *arguments: str, under: Sequence[str] = (), python: str = sys.executable
) -> Running:
    """A server whose data, runtime and output folders are in `folder`; whoever asks stops it.

    Args:
        under: the command that runs it, such as a tracer.
        python: whose headshots it is.

    Raises:
        RuntimeError: it didn't start; the text holds its exit code and what it said.
    """
    process = subprocess.Popen(
        [*under, python, "-P", "-c", START, "serve", *arguments],
        env={**os.environ, **folders(folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    printed = process.stdout.readline()
    if not printed.startswith("http://127.0.0.1:"):
        said = process.communicate(timeout=15)[1]
        raise RuntimeError(f"{process.returncode}: {said.strip()}")
    facts = json.loads((folder / "run" / "server.json").read_text())
    return Running(process, folder / "run", facts, printed)


def folders(folder: Path) -> dict[str, str]:
    """The environment that keeps a server's folders in `folder`."""
    return {
        "HEADSHOTS_DATA_DIR": str(folder / "data"),
        "HEADSHOTS_RUNTIME_DIR": str(folder / "run"),
        "HEADSHOTS_OUTPUT_DIR": str(folder / "out"),
    }


@dataclass
class Running:
    """One server. facts: what its file says. printed: its first line."""

    process: subprocess.Popen[str]
    runtime: Path
    facts: dict[str, Any]
    printed: str
    client: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        headers = {"Authorization": f"Bearer {self.facts['token']}"}
        self.client = httpx.Client(base_url=self.facts["url"], headers=headers, timeout=30)

    def stop(self, how: int = signal.SIGTERM) -> int:
        """End it; its exit code."""
        self.client.close()
        self.process.send_signal(how)
        return self.process.wait(15)

    def send(self, path: Path) -> str:
        """Upload a photo; its id."""
        answer = self.client.post(
            "/v1/pictures", params={"name": path.name}, content=path.read_bytes()
        )
        assert answer.status_code == 201, answer.text
        return answer.json()["id"]

    def order(self, **wanted: Any) -> dict[str, Any]:
        """Order a job."""
        answer = self.client.post("/v1/jobs", json=wanted)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def ended(self, id: str, seconds: float = 180) -> dict[str, Any]:
        """Watch a job until it has ended."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            job = self.client.get(f"/v1/jobs/{id}").json()
            if job["state"] in ("done", "failed", "cancelled"):
                return job
            time.sleep(0.05)
        raise AssertionError(f"the job {id} did not end: {job}")
