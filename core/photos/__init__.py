"""Photos in and out: reading any camera's file as upright sRGB, checking it, writing it."""

from __future__ import annotations

from .decoding import DECODING
from .reading import Photo, read_photo

__all__ = ["DECODING", "Photo", "read_photo"]
