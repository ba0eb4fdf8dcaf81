"""Pixels between GIMP and the server."""

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402
from samples import Pixels, inverted  # noqa: E402

MASK = "Y u8"
# R'G'B' is sRGB, whatever the profile of the image; as float it goes on beyond sRGB's own range.
_FORMATS = {
    (3, 8): "R'G'B' u8",
    (4, 8): "R'G'B'A u8",
    (3, 16): "R'G'B' u16",
    (4, 16): "R'G'B'A u16",
}
_UNBOUNDED = "R'G'B'A float"
_EVEN = "Y' u8"
# Larger layers are reduced to this longer side: the server needs many times a picture's memory.
LONGEST = 8192


def read(drawable, area=None, longest=LONGEST):
    """The pixels of a drawable; GEGL converts them from its format.

    They have 16 bits where the image holds more than 8 bits of sRGB do.

    Args:
        area: (x, y, width, height) within the drawable; default: all of it.
    """
    area = area or (0, 0, drawable.get_width(), drawable.get_height())
    channels, bits = 4 if drawable.has_alpha() else 3, 16 if _is_deep(drawable.get_image()) else 8
    x, y, width, height = area
    scale = min(1.0, longest / max(width, height))
    if scale < 1:
        x, y = round(x * scale), round(y * scale)
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    part = Gegl.Rectangle.new(x, y, width, height)
    samples = drawable.get_buffer().get(
        part, scale, _FORMATS[channels, bits], Gegl.AbyssPolicy.CLAMP
    )
    return Pixels(bytes(samples), width, height, channels, area, bits)


def _is_deep(image):
    """Whether 8 bits of sRGB don't hold all that the image may."""
    profile = image.get_color_profile()
    wide = profile is not None and not profile.is_equal(Gimp.ColorProfile.new_rgb_srgb())
    return image.get_precision() != Gimp.Precision.U8_NON_LINEAR or wide


def write(drawable, samples, size, bits=8):
    """Fill a drawable that is not yet shown.

    Args:
        size: (width, height) of the samples, RGB.
    """
    width, height = size
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), _FORMATS[3, bits], samples)
    buffer.flush()
    drawable.update(0, 0, width, height)


def write_change(drawable, source, pixels, samples, changed=None):
    """Fill a drawable that is not yet shown with `source` as it is, and what was changed in it.

    The change is added to the source's own samples, so that they keep their depth and colours
    beyond sRGB, which no sample that was sent holds.

    Args:
        source: the drawable that `pixels` are of, without scaling.
        samples: RGB of the result, as deep as `pixels`.
        changed: where given, 8-bit samples, full where nothing of the source is to be left: there
            the result stands alone.
    """
    x, y, width, height = pixels.area
    whole = Gegl.Rectangle.new(0, 0, width, height)
    before = Gegl.Buffer.new(_UNBOUNDED, 0, 0, width, height)
    part = Gegl.Rectangle.new(x, y, width, height)
    source.get_buffer().copy(part, Gegl.AbyssPolicy.NONE, before, whole)
    sent, result = (Gegl.Buffer.new(_UNBOUNDED, 0, 0, width, height) for _ in range(2))
    sent.set(whole, _FORMATS[pixels.channels, pixels.bits], pixels.samples)
    result.set(whole, _FORMATS[3, pixels.bits], samples)
    graph = Gegl.Node()
    read = {}
    for name, buffer in (("before", before), ("sent", sent), ("result", result)):
        read[name] = graph.create_child("gegl:buffer-source")
        read[name].set_property("buffer", buffer)
    less, more, kept = (graph.create_child(f"gegl:{n}") for n in ("subtract", "add", "multiply"))
    for each in (less, more, kept):
        each.set_property("srgb", True)
    target = drawable.get_buffer()
    written = graph.create_child("gegl:write-buffer")
    written.set_property("buffer", target)
    read["sent"].connect_to("output", less, "aux")
    if changed is None:
        read["result"].connect_to("output", less, "input")
        read["before"].connect_to("output", more, "input")
        less.connect_to("output", more, "aux")
    else:
        own = Gegl.Buffer.new(_EVEN, 0, 0, width, height)
        own.set(whole, _EVEN, inverted(changed))
        unchanged = graph.create_child("gegl:buffer-source")
        unchanged.set_property("buffer", own)
        read["before"].connect_to("output", less, "input")
        less.connect_to("output", kept, "input")
        unchanged.connect_to("output", kept, "aux")
        read["result"].connect_to("output", more, "input")
        kept.connect_to("output", more, "aux")
    more.connect_to("output", written, "input")
    written.process()
    target.flush()
    drawable.update(0, 0, width, height)


def mask_samples(mask):
    """The samples of a layer mask, 8 bits."""
    whole = Gegl.Rectangle.new(0, 0, mask.get_width(), mask.get_height())
    return bytes(mask.get_buffer().get(whole, 1.0, MASK, Gegl.AbyssPolicy.NONE))


def write_mask(drawable, samples, width, height, area=None):
    """Fill `area`, (x, y, width, height), of a drawable with a mask, which may have another size.

    Args:
        area: default: as large as the mask, at the corner.
    """
    area = area or (0, 0, width, height)
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
