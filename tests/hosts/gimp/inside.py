"""Runs inside GIMP, in its Python: does what the tests ask for over a socket, one JSON a line."""

import json
import socket
import time
from pathlib import Path

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

_PRECISIONS = {"u8": 150, "u16": 250, "u32": 350, "half": 550, "float": 650}  # gamma, not linear


def serve(port):
    """Until the other side hangs up."""
    Gegl.init(None)
    with socket.create_connection(("127.0.0.1", port)) as connection:
        lines = connection.makefile("rw")
        for line in lines:
            order = json.loads(line)
            try:
                answer = {"answer": _ORDERS[order.pop("order")](**order)}
            except Exception as error:
                answer = {"raised": f"{type(error).__name__}: {error}"}
            lines.write(json.dumps(answer) + "\n")
            lines.flush()


def perform(
    procedure,
    sitter="",
    options=None,
    picture=None,
    save=None,
    last=False,
    above=None,
    chosen="top",
    active=None,
    **changes,
):
    """Call one procedure on a picture that is opened and changed first; what came of it.

    Args:
        picture: path, or None for no image. save: path of the XCF to write.
        above: another picture, put above it as a layer and chosen alone: its `picture` and `moved`.
        chosen: "all" layers, or the one that is chosen anyway.
        active: "mask" or "channel" is worked on in place of the layer, as after a click on it.
        last: the procedure made an image of its own, which is saved.
        changes: see `_changed`.
    """
    image = _changed(_opened(picture), **changes) if picture else None
    if above:
        _put_above(image, **above)
    if image is not None and chosen == "all":
        image.set_selected_layers(image.get_layers())
    if active:
        _activate(image, active)
    called = Gimp.get_pdb().lookup_procedure(procedure)
    config = called.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_property("sitter", sitter)
    config.set_property("options", json.dumps(options or {}))
    if image is not None:
        config.set_core_object_array("drawables", image.get_selected_drawables())
    before = time.monotonic()
    result = called.run(config)
    seconds = time.monotonic() - before
    status = result.index(0)
    told = {
        "status": status.value_nick,
        "seconds": seconds,
        "report": result.index(1) if status == Gimp.PDBStatusType.SUCCESS else "",
        "error": "" if status == Gimp.PDBStatusType.SUCCESS else Gimp.get_pdb().get_last_error(),
        "layers": [layer.get_name() for layer in image.get_layers()] if image else [],
    }
    if last:
        image = Gimp.get_images()[0]
    if save:
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(save), None)
    if image is not None:
        image.delete()
    told["left"] = [[layer.get_name() for layer in each.get_layers()] for each in Gimp.get_images()]
    for each in Gimp.get_images():
        each.delete()
    return told


def describe(xcf, pixels):
    """What a saved XCF holds, read anew; samples go to files in the folder `pixels`."""
    image = _opened(xcf)
    counted = iter(range(1000))
    told = {
        "width": image.get_width(),
        "height": image.get_height(),
        "layers": [_described(layer, Path(pixels), counted) for layer in image.get_layers()],
        "channels": {
            each.get_name(): _samples(each, Path(pixels, each.get_name()), "Y u8", 1)
            for each in image.get_channels()
        },
    }
    image.delete()
    return told


def native(xcf, pixels):
    """[path, height, width, bytes a pixel] of the lowest layer and of all that shows, in the format
    of the image; and the mask of the upmost layer as `describe` gives it.
    """
    image = _opened(xcf)
    mask = image.get_layers()[0].get_mask()
    told = {
        "below": _native(image.get_layers()[-1], Path(pixels, "below")),
        "mask": _samples(mask, Path(pixels, "mask"), "Y u8", 1) if mask else None,
    }
    merged = image.merge_visible_layers(Gimp.MergeType.CLIP_TO_IMAGE)
    told["shown"] = _native(merged, Path(pixels, "shown"))
    image.delete()
    return told


def _native(drawable, path):
    width, height = drawable.get_width(), drawable.get_height()
    whole = Gegl.Rectangle.new(0, 0, width, height)
    samples = bytes(drawable.get_buffer().get(whole, 1.0, None, Gegl.AbyssPolicy.NONE))
    path.write_bytes(samples)
    return [str(path), height, width, len(samples) // (width * height)]


def shown(xcf, pixels, name):
    """Show one layer or group of a saved XCF alone; its samples as the screen would have them."""
    image = _opened(xcf)
    for layer in image.get_layers():
        layer.set_visible(layer.get_name() == name)
    image.flatten()
    told = _samples(image.get_layers()[0], Path(pixels), "R'G'B' u8", 3)
    image.delete()
    return told


def menu():
    """Where each of our procedures is in the menus, and for what it may be called."""
    pdb = Gimp.get_pdb()
    told = {}
    for name in pdb.query_procedures("headshots-.*", *[".*"] * 7):
        found = pdb.lookup_procedure(name)
        told[name] = {
            "label": found.get_menu_label(),
            "paths": found.get_menu_paths(),
            "types": found.get_image_types(),
        }
    return told


def again(xcf, name, procedure="headshots-again", save=None, options=None):
    """Call a procedure on the layer called `name` of a saved XCF."""
    image = _opened(xcf)
    (layer,) = [each for each in image.get_layers() if each.get_name() == name]
    image.set_selected_layers([layer])
    called = Gimp.get_pdb().lookup_procedure(procedure)
    config = called.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_property("options", json.dumps(options or {}))
    config.set_core_object_array("drawables", [layer])
    result = called.run(config)
    told = {
        "status": result.index(0).value_nick,
        "error": Gimp.get_pdb().get_last_error(),
        "layers": [each.get_name() for each in image.get_layers()],
    }
    if save:
        Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(save), None)
    image.delete()
    return told


def _opened(path):
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))


def _put_above(image, picture, moved=(0, 0)):
    """Another picture as the upmost layer, which is chosen."""
    layer = Gimp.file_load_layer(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(picture))
    image.insert_layer(layer, None, 0)
    layer.set_offsets(*moved)
    image.set_selected_layers([layer])


def _activate(image, part):
    """A mask of the chosen layer, or a channel of the image, as what is worked on."""
    (layer,) = image.get_selected_layers()
    if part == "mask":
        layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE))
        layer.set_edit_mask(True)
        return
    size = image.get_width(), image.get_height()
    channel = Gimp.Channel.new(image, "Marks", *size, 50, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    image.set_selected_channels([channel])


def _changed(
    image,
    mode="RGB",
    precision="u8",
    profile=None,
    select=None,
    scale=None,
    canvas=None,
    cut=None,
    moved=None,
):
    """An image in another mode, depth, profile or size.

    Args:
        canvas: (width, height) that the layer is given without scaling what is in it.
        select: (x, y, width, height) to be selected. cut: the same, to be made transparent.
        moved: (x, y) of the layer.
    """
    layer = image.get_layers()[0]
    if profile and precision != "u8":  # first, so that what follows gives all levels
        image.convert_precision(Gimp.Precision(_PRECISIONS[precision]))
        precision = "u8"
    if scale:
        Gimp.context_push()
        if scale[0] > image.get_width():
            Gimp.context_set_interpolation(Gimp.InterpolationType.NONE)  # takes its time else
        image.scale(*scale)
        Gimp.context_pop()
    if canvas:
        image.resize(*canvas, 0, 0)
        layer.resize_to_image_size()
    if profile:
        made = Gimp.ColorProfile.new_from_file(Gio.File.new_for_path(profile))
        image.convert_color_profile(made, Gimp.ColorRenderingIntent.PERCEPTUAL, True)
    if mode == "GRAY":
        image.convert_grayscale()
    if mode == "INDEXED":
        image.convert_indexed(
            Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 255, False, True, ""
        )
    if precision != "u8":
        image.convert_precision(Gimp.Precision(_PRECISIONS[precision]))
    if cut:
        layer.add_alpha()
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *cut)
        layer.edit_clear()
        Gimp.Selection.none(image)
    if moved:
        layer.set_offsets(*moved)
    if select:
        image.select_rectangle(Gimp.ChannelOps.REPLACE, *select)
    return image


def _described(layer, folder, counted):
    offsets = layer.get_offsets()
    parasite = layer.get_parasite("headshots")
    mask = layer.get_mask()
    told = {
        "name": layer.get_name(),
        "visible": layer.get_visible(),
        "opacity": layer.get_opacity(),
        "mode": layer.get_mode().value_nick,
        "offsets": [offsets.offset_x, offsets.offset_y],
        "size": [layer.get_width(), layer.get_height()],
        "facts": json.loads(bytes(parasite.get_data())) if parasite else None,
        "number": (number := next(counted)),
        "layers": [],
    }
    if layer.is_group():
        told["layers"] = [_described(each, folder, counted) for each in layer.get_children()]
    else:
        told["samples"] = _samples(layer, folder / f"{number}", "R'G'B'A u8", 4)
    told["mask"] = _samples(mask, folder / f"{number}-mask", "Y u8", 1) if mask else None
    return told


def _samples(drawable, path, form, channels):
    """[path, height, width, channels] of samples written as raw rows."""
    width, height = drawable.get_width(), drawable.get_height()
    whole = Gegl.Rectangle.new(0, 0, width, height)
    samples = drawable.get_buffer().get(whole, 1.0, form, Gegl.AbyssPolicy.NONE)
    path.write_bytes(bytes(samples))
    return [str(path), height, width, channels]


_ORDERS = {each.__name__: each for each in (perform, describe, native, shown, menu, again)}
