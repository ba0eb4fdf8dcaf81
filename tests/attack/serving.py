"""A server on a machine that is attacked, and a client on its loopback."""

from __future__ import annotations

import contextlib
import json
import random
import time
from pathlib import Path
from typing import Any

import httpx

from .forked import Child
from .homes import Home


class Client:
    """One server that runs on a machine, and what is asked of it."""

    def __init__(self, home: Home) -> None:
        self.home = home
        (home.folder / "run" / "server.json").unlink(missing_ok=True)
        self.child = home.command("serve")
        self._http: httpx.Client | None = None

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        if self._http:
            self._http.close()

    @property
    def http(self) -> httpx.Client:
        """The client, once the server listens.

        Raises:
            RuntimeError: it doesn't.
        """
        if self._http is None:
            facts = self._facts()
            self._http = httpx.Client(
                base_url=facts["url"],
                headers={"Authorization": f"Bearer {facts['token']}"},
                timeout=30,
            )
        return self._http

    def send(self, path: Path) -> str:
        """Upload a photo; its id."""
        answer = self.http.post("/v1/pictures", params={"name": "a"}, content=path.read_bytes())
        return answer.json()["id"]

    def _facts(self) -> dict[str, Any]:
        file = self.home.folder / "run" / "server.json"
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError, ValueError):
                return json.loads(file.read_text())
            time.sleep(0.01)
        raise RuntimeError("the server doesn't listen")


def serving_job(home: Home, name: str, dice: random.Random) -> Child:
    """A server with a job under way: enrolment, or pictures of a sitter."""
    with Client(home) as client, contextlib.suppress(httpx.HTTPError, KeyError):
        inputs = {"Sitter.name": name, "Studio.count": 2, "Studio.width": 256}
        client.http.post("/v1/jobs", json={"recipe": "generate", "inputs": inputs})
    return client.child
