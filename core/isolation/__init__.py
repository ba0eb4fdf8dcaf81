"""Strangers' files are read in a process apart, with bounds on its memory and its time."""

from __future__ import annotations

from .pool import Bytes, Pool, apart, read_apart, reading_apart

__all__ = ["Bytes", "Pool", "apart", "read_apart", "reading_apart"]
