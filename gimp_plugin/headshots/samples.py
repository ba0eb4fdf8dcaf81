"""Samples of a picture as they travel to the server and back.

sRGB, 8 bits, straight alpha, rows from the top. Nothing here knows GIMP.
"""

from dataclasses import dataclass


@dataclass
class Pixels:
    """Samples of a part of a drawable.

    samples: bytes of (height, width, channels). area: (x, y, width, height) that they show, in the
    drawable's own pixels; larger than the samples where these were scaled down.
    provenance: how they were made, as the server told it; None where nothing says.
    """

    samples: bytes
    width: int
    height: int
    channels: int
    area: tuple
    provenance: dict | None = None

    @property
    def scaled(self):
        return (self.width, self.height) != self.area[2:]


def with_alpha(rgb, rgba):
    """RGBA samples: the colours of `rgb`, the alpha of `rgba`."""
    mixed = bytearray(rgba)
    for channel in range(3):
        mixed[channel::4] = rgb[channel::3]
    return bytes(mixed)
