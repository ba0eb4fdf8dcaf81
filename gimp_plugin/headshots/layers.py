"""Inserts results as layers: in one undo step, with the score in the name and the origin inside."""

import json
from contextlib import contextmanager

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp  # noqa: E402
from pixels import (  # noqa: E402
    LONGEST,
    mask_samples,
    read,
    write,
    write_change,
    write_mask,
)
from samples import both  # noqa: E402

PARASITE = "headshots"

# GIMP's modes for the server's blend modes, which are those of OpenRaster.
_MODES = {
    "src-over": "NORMAL",
    "multiply": "MULTIPLY",
    "color-dodge": "DODGE",
    "overlay": "OVERLAY",
    "hard-light": "HARDLIGHT",
    "plus": "ADDITION",
    "difference": "DIFFERENCE",
}


@contextmanager
def one_undo_step(image):
    """A context whose changes are undone by one Ctrl+Z."""
    image.undo_group_start()
    try:
        yield
    finally:
        image.undo_group_end()
        Gimp.displays_flush()


def chosen_layers(drawables):
    """The layers among what GIMP says is chosen, the lowest first; those of active masks, too."""
    layers = []
    for each in drawables:
        if isinstance(each, Gimp.LayerMask):
            each = Gimp.Layer.from_mask(each)
        if isinstance(each, Gimp.Layer) and each not in layers:
            layers.append(each)
    return sorted(
        layers, key=lambda layer: layer.get_image().get_item_position(layer), reverse=True
    )


def make_room(image, width, height):
    """Grow the image's canvas to at least this size; its content stays in the middle."""
    now = image.get_width(), image.get_height()
    wide, high = max(now[0], width), max(now[1], height)
    if (wide, high) != now:
        image.resize(wide, high, (wide - now[0]) // 2, (high - now[1]) // 2)


def insert_picture(image, name, samples, size, above=None, area=None, facts=None, bits=8):
    """A layer of one picture.

    Args:
        samples: RGB rows of `size`, (width, height).
        above: the layer that it is inserted above; default: on top.
        area: (x, y, width, height) of the image to fill; default: its own size at the corner.
    """
    layer = _inserted(image, name, *size, above)
    write(layer, samples, size, bits)
    if area is not None:
        if size != area[2:]:
            layer.scale(*area[2:], False)
        layer.set_offsets(*area[:2])
    if facts is not None:
        remember(layer, facts)
    return layer


def insert_change(image, name, source, pixels, samples, facts, changed=None, above=None):
    """A layer above `source` of what was made of its `pixels`, which were sent unscaled.

    Args:
        samples, changed: see `pixels.write_change`.
        above: the layer that it is inserted above instead.
    """
    x, y, width, height = pixels.area
    place = source.get_offsets()
    layer = _inserted(image, name, width, height, above or source)
    write_change(layer, source, pixels, samples, changed)
    layer.set_offsets(place.offset_x + x, place.offset_y + y)
    remember(layer, facts)
    return layer


def insert_group(image, name, layers, facts=None):
    """A group of layers, bottom to top, in the middle of the selection, or of the image.

    Args:
        layers: (described as the server does, RGB samples, mask samples or None) for each.
    """
    group = Gimp.GroupLayer.new(image, name)
    image.insert_layer(group, None, 0)
    x, y = _middle(image)
    for shape, samples, mask in layers:
        width, height = shape["width"], shape["height"]
        layer = _layer(image, shape["name"], width, height)
        image.insert_layer(layer, group, 0)
        layer.set_offsets(x - width // 2, y - height // 2)
        write(layer, samples, (width, height))
        layer.set_mode(getattr(Gimp.LayerMode, _MODES[shape["blend"]]))
        # The layers were computed for sRGB samples; GIMP would blend some modes in linear light.
        layer.set_blend_space(Gimp.LayerColorSpace.RGB_PERCEPTUAL)
        layer.set_composite_space(Gimp.LayerColorSpace.RGB_PERCEPTUAL)
        layer.set_opacity(100 * shape["opacity"])
        if mask is not None:
            channel = layer.create_mask(Gimp.AddMaskType.WHITE)
            layer.add_mask(channel)
            write_mask(channel, mask, width, height)
    if facts is not None:
        remember(group, facts)
    return group


def insert_channel(image, name, mask, area):
    """A channel that is not shown.

    Args:
        mask: (samples, width, height). area: (x, y, width, height) of the image that it is of.
    """
    samples, width, height = mask
    colour = Gegl.Color.new("red")
    size = image.get_width(), image.get_height()
    channel = Gimp.Channel.new(image, name, *size, 50, colour)
    channel.set_visible(False)
    image.insert_channel(channel, None, 0)
    write_mask(channel, samples, width, height, area)


def mask_with_selection(image, layer):
    """Mask the layer to the selection, if there is one."""
    if not Gimp.Selection.is_empty(image):
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.SELECTION))


def mask_with_change(layer, changed):
    """Show only what was changed in the layer, and of that what its mask shows, if it has one.

    Args:
        changed: 8-bit samples of the layer's size, 0 or full.
    """
    if 0 not in changed:
        return
    mask = layer.get_mask()
    if mask is None:
        mask = layer.create_mask(Gimp.AddMaskType.WHITE)
        layer.add_mask(mask)
    samples = both(mask_samples(mask), changed)
    write_mask(mask, samples, layer.get_width(), layer.get_height())


def remember(item, facts):
    """Attach `facts` to the item, which XCF files keep."""
    flags = Gimp.PARASITE_PERSISTENT | Gimp.PARASITE_UNDOABLE
    item.attach_parasite(Gimp.Parasite.new(PARASITE, flags, json.dumps(facts).encode()))


def remembered(item, wanted):
    """The facts attached to the item or its nearest group that has the key `wanted`; else None."""
    while item is not None:
        facts = _facts(item)
        if facts.get(wanted) is not None:
            return facts
        item = item.get_parent()
    return None


def read_layer(layer, area=None, longest=LONGEST):
    """The pixels of a layer with its provenance; a part has its own framing."""
    pixels = read(layer, area, longest)
    facts = remembered(layer, "provenance")
    if facts is not None:
        whole = area is None or area == (0, 0, layer.get_width(), layer.get_height())
        pixels.provenance = facts["provenance"] if whole else {**facts["provenance"], "look": ""}
    return pixels


def _middle(image):
    """(x, y) of the middle of what is selected, or of the image."""
    _, selected, left, top, right, bottom = Gimp.Selection.bounds(image)
    if not selected:
        return image.get_width() // 2, image.get_height() // 2
    return (left + right) // 2, (top + bottom) // 2


def _facts(item):
    parasite = item.get_parasite(PARASITE)
    try:
        facts = json.loads(bytes(parasite.get_data())) if parasite else None
    except ValueError:
        facts = None
    return facts if isinstance(facts, dict) else {}


def _inserted(image, name, width, height, above):
    """A new layer above another one, or on top."""
    layer = _layer(image, name, width, height)
    parent = above.get_parent() if above is not None else None
    place = image.get_item_position(above) if above is not None else 0
    image.insert_layer(layer, parent, place)
    return layer


def _layer(image, name, width, height):
    kind = Gimp.ImageType.RGBA_IMAGE
    if image.get_base_type() == Gimp.ImageBaseType.GRAY:
        kind = Gimp.ImageType.GRAYA_IMAGE
    elif image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        kind = Gimp.ImageType.INDEXEDA_IMAGE
    return Gimp.Layer.new(image, name, width, height, kind, 100, Gimp.LayerMode.NORMAL)
