"""Samples of a picture as they are sent to the server and received from it.

sRGB, 8 or 16 bits (the lower byte first), straight alpha, rows from the top. Doesn't depend on
GIMP.
"""

from dataclasses import dataclass


@dataclass
class Pixels:
    """Samples of a part of a drawable.

    samples: bytes of (height, width, channels).
    bits: of each sample, 8 or 16.
    area: (x, y, width, height) that they show, in the drawable's own pixels; larger than the
        samples where these were scaled down.
    provenance: how they were made, from the server; None if unknown.
    """

    samples: bytes
    width: int
    height: int
    channels: int
    area: tuple
    bits: int = 8
    provenance: dict | None = None

    @property
    def scaled(self):
        return (self.width, self.height) != self.area[2:]


def split(rgba, bits):
    """(RGB samples, the fourth channel as 8-bit samples) of RGBA samples."""
    depth = bits // 8
    colours = bytearray(len(rgba) // 4 * 3)
    for channel in range(3):
        for byte in range(depth):
            colours[channel * depth + byte :: 3 * depth] = rgba[channel * depth + byte :: 4 * depth]
    return bytes(colours), rgba[4 * depth - 1 :: 4 * depth]  # the upper byte of what is 0 or full


def both(one, other):
    """The lower of two masks, of which one is 0 or full in each place."""
    joined = int.from_bytes(one, "little") & int.from_bytes(other, "little")
    return joined.to_bytes(len(one), "little")


def inverted(mask):
    """A mask of 8 bits that is full where `mask` is 0, and 0 where it is full."""
    return bytes(mask).translate(bytes(range(255, -1, -1)))
