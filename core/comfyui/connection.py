"""A connection to one running ComfyUI: its routes, as server.py of ComfyUI 0.3.75 has them."""

from __future__ import annotations

import json
import ssl
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from secrets import token_hex
from typing import Any, cast
from urllib.parse import quote

import httpx
from websockets.exceptions import InvalidHandshake, WebSocketException
from websockets.sync.client import ClientConnection, connect

from ..errors import ComfyuiRefused, ComfyuiUnreachable
from .addresses import Address
from .words import faults, refusal

_CONNECT_SECONDS, _ANSWER_SECONDS = 5.0, 60.0

File = Mapping[str, str]  # filename, subfolder, type: how ComfyUI names one of its files
Event = tuple[str, Mapping[str, Any]]


class Connection:
    """A client of one ComfyUI.

    Raises:
        ComfyuiUnreachable: from every method, if it doesn't answer.
        ComfyuiRefused: from every method, if it refuses.
    """

    def __init__(self, address: Address) -> None:
        self.address = address
        self._tls = ssl.create_default_context()
        # Without the environment's proxies, so that pictures go only to the named address.
        self._http = httpx.Client(
            base_url=address.url,
            timeout=httpx.Timeout(_ANSWER_SECONDS, connect=_CONNECT_SECONDS),
            verify=self._tls,
            trust_env=False,
        )

    def close(self) -> None:
        """Close the connection."""
        self._http.close()

    def waiting(self) -> int:
        """The number of prompts that run or wait there."""
        return int(self._json("GET", "/prompt")["exec_info"]["queue_remaining"])

    def declaration(self, node_class: str) -> Mapping[str, Any] | None:
        """What a class of nodes declares; None if this ComfyUI doesn't have it."""
        answer = self._json("GET", f"/object_info/{quote(node_class, safe='')}")
        return answer.get(node_class)

    def version(self) -> str:
        """ComfyUI's version, such as "0.3.75"."""
        return str(self._json("GET", "/system_stats")["system"].get("comfyui_version", ""))

    def upload(self, file: File, data: bytes) -> None:
        """Write a file there, replacing one of that name."""
        self._ask(
            "POST",
            "/upload/image",
            files={"image": (file["filename"], data, "image/png")},
            data={"type": file["type"], "subfolder": file["subfolder"], "overwrite": "true"},
        )

    def fetch(self, file: File) -> bytes:
        """The content of a file there."""
        params = {name: file[name] for name in ("filename", "subfolder", "type")}
        return self._ask("GET", "/view", params=params).content

    @contextmanager
    def listening(self) -> Generator[Listener]:
        """A listener for events of the prompts that are sent while the block runs."""
        client = token_hex(16)
        try:
            socket = connect(
                f"ws{self.address.url.removeprefix('http')}/ws?clientId={client}",
                max_size=None,
                proxy=None,
                open_timeout=_CONNECT_SECONDS,
                close_timeout=1,
                ssl=self._tls if self.address.encrypted else None,
            )
        except (OSError, InvalidHandshake) as error:
            raise self._unreachable(error) from error
        with socket:
            yield Listener(client, socket, self._unreachable)

    def send(self, prompt: Mapping[str, Any], listener: Listener) -> str:
        """Queue a prompt; returns its id."""
        body = {"prompt": prompt, "client_id": listener.client}
        answer = self._json("POST", "/prompt", json=body)
        if answer.get("node_errors"):  # it would run the valid rest
            self.stop(answer["prompt_id"])
            raise self._refused(faults(answer["node_errors"]))
        return str(answer["prompt_id"])

    def stop(self, prompt: str) -> None:
        """Take a prompt out of the queue, or interrupt it."""
        self._ask("POST", "/queue", json={"delete": [prompt]})
        self._ask("POST", "/interrupt", json={"prompt_id": prompt})

    def running(self, prompt: str) -> bool:
        """Whether a prompt is running."""
        return any(each[1] == prompt for each in self._json("GET", "/queue")["queue_running"])

    def history(self, prompt: str) -> Mapping[str, Any]:
        """The history entry of a prompt; empty if there is none."""
        return self._json("GET", f"/history/{prompt}").get(prompt, {})

    def forget(self, prompt: str) -> None:
        """Delete the history entry of a prompt."""
        self._ask("POST", "/history", json={"delete": [prompt]})

    def free(self) -> None:
        """Make it free the memory of earlier prompts."""
        self._ask("POST", "/free", json={"free_memory": True})

    def _json(self, method: str, path: str, **options: Any) -> dict[str, Any]:
        try:
            answer = self._ask(method, path, **options).json()
        except ValueError:
            answer = None
        if not isinstance(answer, dict):
            raise ComfyuiRefused(
                f"What answers at {self.address} is no ComfyUI", "Check the address."
            )
        return cast(dict[str, Any], answer)

    def _ask(self, method: str, path: str, **options: Any) -> httpx.Response:
        try:
            answer = self._http.request(method, path, **options)
        except httpx.HTTPError as error:
            raise self._unreachable(error) from error
        if answer.is_success:
            return answer
        reason = refusal(answer.text) or f"status {answer.status_code} to {path}"
        raise self._refused(reason)

    def _refused(self, reason: str) -> ComfyuiRefused:
        return ComfyuiRefused(
            f"The ComfyUI {self.address} refused: {reason}",
            "Correct the recipe, or give that ComfyUI what it lacks.",
        )

    def _unreachable(self, error: Exception) -> ComfyuiUnreachable:
        return ComfyuiUnreachable(
            f"The ComfyUI {self.address} doesn't answer ({type(error).__name__})",
            "Start it, or check its address.",
        )


class Listener:
    """The events of a ComfyUI about the prompts of one client."""

    def __init__(self, client: str, socket: ClientConnection, unreachable: Any) -> None:
        self.client = client
        self._socket, self._unreachable_error = socket, unreachable

    def next(self, timeout: float) -> Event | None:
        """The next event and its data; None if no relevant one came in `timeout` seconds.

        Raises:
            ComfyuiUnreachable: the connection broke.
        """
        try:
            message = self._socket.recv(timeout=timeout)
        except TimeoutError:
            return None
        except WebSocketException as error:
            raise self._unreachable_error(error) from error
        if isinstance(message, bytes):  # a preview
            return None
        event = json.loads(message)
        return event["type"], event.get("data") or {}
