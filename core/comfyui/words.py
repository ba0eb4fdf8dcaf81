"""What a ComfyUI says is wrong, in a sentence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import ComfyuiError, ComfyuiFailed, ComfyuiOutOfMemory

_NO_MEMORY = ("OutOfMemory", "Allocation on device")
_LONGEST = 400


def refusal(text: str) -> str:
    """What the answer to a request that was refused says; empty if nothing that is known."""
    try:
        said: Any = json.loads(text)
        error = said.get("error") or {}
        told = [error] if isinstance(error, str) else [error.get("message"), error.get("details")]
        return "; ".join(_short(each) for each in (*told, faults(said.get("node_errors"))) if each)
    except (ValueError, AttributeError):
        return ""


def faults(node_errors: Mapping[str, Any] | None) -> str:
    """What is wrong with which nodes of a prompt."""
    return "; ".join(_faults(node_errors or {}))


def failure(where: str, said: Mapping[str, Any], titles: Mapping[str, str]) -> ComfyuiError:
    """What a node failed of, by the data of ComfyUI's event "execution_error"."""
    node = titles.get(str(said.get("node_id")), str(said.get("node_type")))
    kind, message = str(said.get("exception_type", "")), str(said.get("exception_message", ""))
    if any(word in f"{kind} {message}" for word in _NO_MEMORY):
        return ComfyuiOutOfMemory(
            f"{where}: {node}: the graphics card's memory didn't suffice",
            "Make fewer or smaller pictures at once, or name a ComfyUI with more memory.",
        )
    return ComfyuiFailed(
        f"{where}: {node} failed: {_short(message) or kind}",
        "Run the recipe in ComfyUI itself, whose log says more.",
    )


def _faults(node_errors: Mapping[str, Any]) -> Iterator[str]:
    for id, fault in node_errors.items():
        for each in fault.get("errors", ()):
            said = ": ".join(str(each[key]) for key in ("message", "details") if each.get(key))
            yield _short(f"node {id} ({fault.get('class_type')}): {said}")


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 3] + "..."
