"""Framing: where a picture's edges may fall on a photo of the sitter, and what composes well."""

from __future__ import annotations

from .crop import Crop
from .framing import PORTRAIT, Framing
from .outline import Outline
from .solver import COARSE, best_crop

__all__ = ["COARSE", "PORTRAIT", "Crop", "Framing", "Outline", "best_crop"]
