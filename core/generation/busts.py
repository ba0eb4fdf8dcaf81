"""Busts in a look or in a light as PNG files, kept in memory: what hosts show beside a choice."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from ..photos.writing import encode
from .looks import Look
from .patterns import light_of
from .studio.mannequin import light_picture, look_picture


@lru_cache(64)
def look_png(look: Look, width: int) -> bytes:
    """What a look does, on a bust; see `look_picture`."""
    return encode(look_picture(look, width), "png")


@lru_cache(256)
def light_png(pattern: str, side: str, ratio: float, width: int) -> bytes:
    """A pattern of light on the head of a bust; see `light_picture`.

    side: "left" or "right", as seen in the picture. ratio: see `light_of`.

    Raises:
        UnknownName: there is no such pattern.
    """
    light = light_of(pattern, ratio)
    light = replace(light, azimuth=light.azimuth * (1 if side == "right" else -1))
    return encode(light_picture(light, width), "png")
