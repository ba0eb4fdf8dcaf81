"""Reads the header of a .safetensors file without loading a tensor."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any, cast

from .errors import ModelUnreadable

# As the format's own readers do (safetensors, `MAX_HEADER_SIZE`).
_LONGEST = 100_000_000


@dataclass(frozen=True)
class Header:
    """The header of a .safetensors file.

    shapes: of the tensors by name.
    metadata: text entries of the file's maker.
    kinds: of the tensors' elements by name, such as "F16", "BF16" and "F8_E4M3".
    """

    shapes: Mapping[str, tuple[int, ...]]
    metadata: Mapping[str, str]
    kinds: Mapping[str, str]

    @property
    def tensors(self) -> Mapping[str, int]:
        """Number of elements by name."""
        return {name: prod(shape) for name, shape in self.shapes.items()}


def read_header(path: Path) -> Header:
    """The header of `path`: eight bytes of length, little-endian, then JSON.

    Raises:
        ModelUnreadable: it can't be opened, or is cut off or no .safetensors file.
    """
    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            text = file.read(length) if 2 <= length <= _LONGEST else b""
        size = path.stat().st_size
    except OSError as error:
        raise ModelUnreadable(
            f"{path} can't be opened: {error.strerror}", "Check that you may read it."
        ) from error
    try:
        said: Any = json.loads(text)
        tensors = {
            name: (
                tuple(_whole(side) for side in each["shape"]),
                _whole(each["data_offsets"][1]),
                str(each["dtype"]),
            )
            for name, each in said.items()
            if name != "__metadata__"
        }
        metadata = said.get("__metadata__") or {}
        if not isinstance(metadata, dict):
            raise TypeError
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, RecursionError):
        raise _damaged(path, "it is no .safetensors file") from None
    if size < 8 + length + max((end for _, end, _ in tensors.values()), default=0):
        raise _damaged(path, "it is cut off")
    written = {str(key): str(value) for key, value in cast(dict[Any, Any], metadata).items()}
    return Header(
        {name: shape for name, (shape, _, _) in tensors.items()},
        written,
        {name: kind for name, (_, _, kind) in tensors.items()},
    )


def _whole(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or value < 0:
        raise TypeError
    return value


def _damaged(path: Path, why: str) -> ModelUnreadable:
    return ModelUnreadable(f"{path} can't be used: {why}", "Fetch it again.")


def metadata_of(data: bytes) -> Mapping[str, str]:
    """The metadata in the bytes of a file that we wrote ourselves."""
    length = int.from_bytes(data[:8], "little")
    said: dict[str, dict[str, str]] = json.loads(data[8 : 8 + length])
    return said.get("__metadata__", {})


def in_order(data: bytes) -> bytes:
    """The bytes of a file that we wrote, with a sorted header: the library's order is random."""
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    text = json.dumps(header, sort_keys=True, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data[8 + length :]
