"""The wall behind the sitter; see `backgrounds`."""

from __future__ import annotations

from .backgrounds import wall

__all__ = ["wall"]
