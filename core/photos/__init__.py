"""Reads photos of any camera as upright sRGB, checks them and writes pictures."""

from __future__ import annotations

from .decoding import DECODING
from .reading import Photo, read_photo

__all__ = ["DECODING", "Photo", "read_photo"]
