"""Pixels between GIMP and the server."""

import gi

gi.require_version("Gegl", "0.4")
from gi.repository import Gegl  # noqa: E402
from samples import Pixels  # noqa: E402

RGBA, RGB, MASK = "R'G'B'A u8", "R'G'B' u8", "Y u8"
# Larger layers are reduced to this longer side: the server needs many times a picture's memory.
LONGEST = 8192


def read(drawable, area=None, longest=LONGEST):
    """The pixels of a drawable; GEGL converts them from its format.

    R'G'B' is non-linear sRGB, so that gray, indexed, deep and unusually profiled images are right.

    Args:
        area: (x, y, width, height) within the drawable; default: all of it.
    """
    area = area or (0, 0, drawable.get_width(), drawable.get_height())
    channels, form = (4, RGBA) if drawable.has_alpha() else (3, RGB)
    x, y, width, height = area
    scale = min(1.0, longest / max(width, height))
    if scale < 1:
        x, y = round(x * scale), round(y * scale)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    part = Gegl.Rectangle.new(x, y, width, height)
    samples = drawable.get_buffer().get(part, scale, form, Gegl.AbyssPolicy.CLAMP)
    return Pixels(bytes(samples), width, height, channels, area)


def write(drawable, samples, width, height, form):
    """Fill a drawable that is not yet shown with samples of a format above."""
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), form, samples)
    buffer.flush()
    drawable.update(0, 0, width, height)


def write_mask(drawable, samples, width, height, area):
    """Fill `area`, (x, y, width, height), of a drawable with a mask of another size."""
    whole = Gegl.Rectangle.new(0, 0, width, height)
    small = Gegl.Buffer.new(MASK, 0, 0, width, height)
    small.set(whole, MASK, samples)
    x, y, wide, high = area
    if (wide, high) != (width, height):
        enlarged = Gegl.Rectangle.new(0, 0, wide, high)
        samples = bytes(small.get(enlarged, wide / width, MASK, Gegl.AbyssPolicy.CLAMP))
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(x, y, wide, high), MASK, samples)
    buffer.flush()
    drawable.update(x, y, wide, high)
