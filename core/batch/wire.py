"""A person's task and result as bytes: JSON and files, nothing executable.

u32     length of the header, little-endian
header  JSON (UTF-8): the facts, and name and size of each file
files   one after the other
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from .outcome import Outcome
from .work import Task, WorkResult

_LENGTH = struct.Struct("<I")


def task_to_bytes(task: Task) -> bytes:
    """The task as bytes, its photos included, as a remote worker can't read them."""
    facts = {
        "document": task.document,
        "name": task.name,
        "folder": task.folder,
        "consent": task.consent,
        "inputs": task.inputs,
        "handing_back": task.handing_back,
        "only_room": task.only_room,
    }
    photos = (
        (name, data.read_bytes() if isinstance(data, Path) else data) for name, data in task.photos
    )
    return _packed(facts, photos)


def task_from_bytes(data: bytes) -> Task:
    """The task that `task_to_bytes` wrote."""
    facts, files = _unpacked(data)
    return Task(**facts, photos=files)


def result_to_bytes(result: WorkResult) -> bytes:
    """A person's result as bytes."""
    rooms = [(_written(each.shape), each.tobytes()) for each in result.rooms]
    facts = {"outcome": asdict(result.outcome), "rooms": len(rooms)}
    return _packed(facts, [("", result.identity), *rooms, *result.files.items()])


def result_from_bytes(data: bytes) -> WorkResult:
    """The result that `result_to_bytes` wrote."""
    facts, ((_, identity), *files) = _unpacked(data)
    rooms = tuple(
        np.frombuffer(pixels, np.float32).reshape([int(side) for side in shape.split("x")])
        for shape, pixels in files[: facts["rooms"]]
    )
    outcome = Outcome.from_json(facts["outcome"])
    return WorkResult(outcome, dict(files[facts["rooms"] :]), identity, rooms)


def _written(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))


def _packed(facts: Mapping[str, Any], files: Iterable[tuple[str, bytes]]) -> bytes:
    contents = list(files)
    sizes = [[name, len(data)] for name, data in contents]
    header = json.dumps({"facts": facts, "files": sizes}).encode()
    return b"".join([_LENGTH.pack(len(header)), header, *(data for _, data in contents)])


def _unpacked(data: bytes) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    (length,) = _LENGTH.unpack_from(data)
    at = _LENGTH.size + length
    header: dict[str, Any] = json.loads(data[_LENGTH.size : at])
    files: list[tuple[str, bytes]] = []
    for name, size in header["files"]:
        files.append((name, data[at : at + size]))
        at += size
    return header["facts"], files
