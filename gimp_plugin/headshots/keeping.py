"""Keeps the sitter in an edited layer: its original is the layer below it."""

from core_client import Problem
from layers import insert_change, insert_picture, mask_with_selection, one_undo_step, read_layer
from visits import kept
from words import say


def keep_sitter(run, sitter, values):
    """Do the work of the entry for the `job_runs.Run`; see its `perform`.

    Raises:
        Problem: there is no pair of layers, or the edit was refused.
    """
    edit, original = pair_of(run.image, run.layers())
    ours, theirs = read_layer(original), read_layer(edit)
    picture, corner, notes = run.visit(
        lambda report: kept(run.server, run.action, theirs, ours, values, sitter, report, run.stop)
    )
    told = notes.partition(": ")[2]  # after the name that the picture was sent by
    if picture is None:
        raise Problem(
            "selection.nothing-kept",
            say("Nothing was added, as the edit is {why}", why=told),
            say("Edit the original anew, and let the face stay as it is."),
        )
    picture.facts.update(action=run.action.name, sitter=sitter, options=values)
    picture.facts.update(layer=edit.get_tattoo(), original=original.get_tattoo())
    # A layer that was too large was sent smaller: back to its own pixels.
    across, down = ours.area[2] / ours.width, ours.area[3] / ours.height
    place = original.get_offsets()
    area = (
        place.offset_x + round(corner[0] * across),
        place.offset_y + round(corner[1] * down),
        round(picture.width * across),
        round(picture.height * down),
    )
    name = f"{run.action.title}: {edit.get_name()}"
    size = (picture.width, picture.height)
    with one_undo_step(run.image):
        if picture.changed and not ours.scaled:
            made = insert_change(
                *(run.image, name, original, ours, picture.samples, picture.facts),
                changed=picture.changed,
                above=edit,
            )
        else:
            made = insert_picture(
                run.image, name, picture.samples, size, edit, area, picture.facts, ours.bits
            )
        mask_with_selection(run.image, made)
    return told


def pair_of(image, chosen):
    """The layer that was edited and its original: the upper and the lower of the two chosen, or the
    chosen one and the one below it.

    Raises:
        Problem: they are no two layers in one place.
    """
    layers = sorted(chosen, key=image.get_item_position)
    if len(layers) == 1:
        parent = layers[0].get_parent()
        beside = image.get_layers() if parent is None else parent.get_children()
        position = image.get_item_position(layers[0])
        layers += beside[position + 1 : position + 2]
    if len(layers) != 2 or layers[0].get_parent() != layers[1].get_parent():
        raise Problem(
            "input.invalid",
            say("There are no two layers to compare"),
            say("Put the edited picture above its original, in one image or group, and choose it."),
        )
    return tuple(layers)
