"""The light that was asked of a picture, as its origin tells it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .generator import Origin
from .looks import Light

_HARDEST = 100.0  # a light without any fill, whose ratio is infinite


@dataclass(frozen=True)
class AskedLight:
    """What can be found again in a finished picture of a look's light.

    azimuth, elevation: of the key in degrees from the face's own forward axis; azimuth > 0 is
    image right. ratio: key ratio, 1..100. strength: how far it replaces the photo's own, 0..1.
    """

    azimuth: float
    elevation: float
    ratio: float
    strength: float = 1.0

    @classmethod
    def of(cls, light: Light) -> AskedLight:
        """Of a light whose azimuth is mirrored to its side already."""
        ratio = min(light.ratio, _HARDEST)
        return cls(light.azimuth, light.elevation, ratio, light.strength)

    @classmethod
    def told(cls, origin: Origin | None) -> AskedLight | None:
        """What `origin` says was asked; None where it doesn't say."""
        told = origin.settings if origin else {}
        figures = [told.get(name) for name in _NAMES]
        numbers = [x for x in figures if isinstance(x, int | float) and not isinstance(x, bool)]
        return cls(*map(float, numbers)) if len(numbers) == len(figures) else None

    @property
    def settings(self) -> Mapping[str, float]:
        """For an origin's settings, from which `told` reads it."""
        figures = self.azimuth, self.elevation, self.ratio, self.strength
        return {name: round(each, 2) for name, each in zip(_NAMES, figures, strict=True)}


_NAMES = ("key-azimuth", "key-elevation", "key-ratio", "light-strength")
