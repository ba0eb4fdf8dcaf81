"""Samples of a picture as they are sent to the server and received from it.

sRGB, 8 bits, straight alpha, rows from the top. Doesn't depend on GIMP.
"""

from dataclasses import dataclass


@dataclass
class Pixels:
    """Samples of a part of a drawable.

    samples: bytes of (height, width, channels).
    area: (x, y, width, height) that they show, in the drawable's own pixels; larger than the
        samples where these were scaled down.
    provenance: how they were made, from the server; None if unknown.
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
