"""Reads untrusted files in separate processes with limits on memory and time."""

from __future__ import annotations

from .pool import Bytes, Pool, apart, read_apart, reading_apart

__all__ = ["Bytes", "Pool", "apart", "read_apart", "reading_apart"]
