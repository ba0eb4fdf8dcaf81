"""Turns ComfyUI's error responses into sentences."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ..errors import ComfyuiError, ComfyuiFailed, ComfyuiOutOfMemory

_NO_MEMORY = ("OutOfMemory", "Allocation on device")
_LONGEST = 400


def refusal(text: str) -> str:
    """The reason in the response to a refused request; empty if the form is unknown."""
    try:
        answer: Any = json.loads(text)
        error = answer.get("error") or {}
        texts = [error] if isinstance(error, str) else [error.get("message"), error.get("details")]
        return "; ".join(
            _short(each) for each in (*texts, faults(answer.get("node_errors"))) if each
        )
    except (ValueError, AttributeError):
        return ""


def faults(node_errors: Mapping[str, Any] | None) -> str:
    """The errors of the nodes of a prompt."""
    return "; ".join(_faults(node_errors or {}))


def failure(where: str, data: Mapping[str, Any], titles: Mapping[str, str]) -> ComfyuiError:
    """The error for a failed node, from the data of ComfyUI's event "execution_error"."""
    node = titles.get(str(data.get("node_id")), str(data.get("node_type")))
    kind, message = str(data.get("exception_type", "")), str(data.get("exception_message", ""))
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
            detail = ": ".join(str(each[key]) for key in ("message", "details") if each.get(key))
            yield _short(f"node {id} ({fault.get('class_type')}): {detail}")


def _short(text: str) -> str:
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 3] + "..."
