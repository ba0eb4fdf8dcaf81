"""Refiners, which improve pictures, and the guard that never lets likeness fall."""

from __future__ import annotations

from ..registry import Registry
from .refiner import Enlarger, Personal, Refiner

REFINERS: Registry[Refiner] = Registry("refiner")
REFINERS.add("retouch", "refinement.retouch:load")
REFINERS.add("upscale", "refinement.upscale:load")
REFINERS.add("detail", "refinement.detail:load")

__all__ = ["REFINERS", "Enlarger", "Personal", "Refiner"]
