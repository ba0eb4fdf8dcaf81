"""A cache of results: the same step on the same inputs is computed once per process."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from threading import Lock
from typing import Any, cast

GIBIBYTE = 2**30


class Cache:
    """Step outputs by content key; the least recently used are dropped first.

    Use it within one process only: keys don't include the settings, which are fixed per process.

    Args:
        most_bytes: of arrays, bytes and text in the cache; a larger result isn't stored.
    """

    def __init__(self, most_bytes: int = GIBIBYTE) -> None:
        self._most = most_bytes
        self._size = 0
        self._entries: OrderedDict[str, tuple[tuple[Any, ...], int]] = OrderedDict()
        self._lock = Lock()

    def get(self, key: str) -> tuple[Any, ...] | None:
        """The outputs kept under `key`, or None."""
        with self._lock:
            if key not in self._entries:
                return None
            self._entries.move_to_end(key)
            return self._entries[key][0]

    def put(self, key: str, outputs: tuple[Any, ...]) -> None:
        """Store `outputs` if they fit."""
        size = size_of(outputs)
        if size > self._most:
            return
        with self._lock:
            if key in self._entries:
                self._size -= self._entries.pop(key)[1]
            self._entries[key] = outputs, size
            self._size += size
            while self._size > self._most:
                self._size -= self._entries.popitem(last=False)[1][1]

    def clear(self) -> None:
        """Drop everything; needed when a sitter is erased, as results derive from their photos."""
        with self._lock:
            self._entries.clear()
            self._size = 0


def size_of(value: object, counted: set[int] | None = None) -> int:
    """Bytes that the arrays, bytes and text within `value` take, each counted once."""
    counted = set() if counted is None else counted
    if id(value) in counted:
        return 0
    nbytes = getattr(value, "nbytes", None)
    if isinstance(nbytes, int):
        counted.add(id(value))
        return 0 if 0 in getattr(value, "strides", ()) else nbytes  # 0: one broadcast value
    if isinstance(value, bytes | str):
        counted.add(id(value))
        return len(value)
    parts: Iterable[object] = ()
    if isinstance(value, list | tuple):
        parts = cast(Sequence[object], value)
    elif isinstance(value, Mapping):
        parts = cast(Mapping[object, object], value).values()
    elif hasattr(value, "arrays"):  # a portrait; its measurements are released
        parts = cast(Any, value).arrays
    elif is_dataclass(value):
        parts = [getattr(value, part.name) for part in fields(value)]
    return sum(size_of(each, counted) for each in parts)
