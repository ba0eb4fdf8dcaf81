"""Photos in and out: reading any camera's file as upright sRGB, checking it, writing it."""

from __future__ import annotations

from .reading import Photo, read_photo

__all__ = ["Photo", "read_photo"]
