"""Puts layers through a step: each edited one comes as a layer above its own."""

import actions
from core_client import Problem
from gi.repository import Gimp
from layers import (
    insert_change,
    insert_picture,
    mask_with_change,
    mask_with_selection,
    one_undo_step,
    read_layer,
)
from pixels import LONGEST
from visits import LAYER, edited
from words import figure, say

# Layers are sent no larger than this for enrolment and scoring.
LOOKED_AT = 4096
_STRANGER = "not the sitter"  # the reason on the card of somebody else
_SELECT_ONE = "Select one of them with the rectangle tool, with some room around, and try again"


def edit_layers(run, sitter, values):
    """Do the work of an entry with a step for the `job_runs.Run`; see its `perform`.

    All layers are worked on before the first result is laid, so that a trouble with one of them
    leaves the image as it was.
    """
    if run.action.sitter == "needed" and not sitter:
        raise Problem("input.invalid", say("No sitter was named"), say("Name an enrolled one."))
    sitter = sitter if run.action.sitter else ""
    layers = run.layers()
    several = len(layers) > 1
    done = [(layer, *_edited(run, layer, sitter, values)) for layer in layers]
    report = []
    with one_undo_step(run.image):
        for layer, pixels, picture, notes, cards in done:
            if picture is None:
                notes = "\n".join(filter(None, [notes, *(said(*each) for each in cards)]))
            else:
                picture.facts.update(
                    action=run.action.name, sitter=sitter, options=values, layer=layer.get_tattoo()
                )
                _lay(run, picture, layer, pixels, cards)
            report.append(f"{layer.get_name()}: {notes}" if several else notes)
    if any(pixels.scaled for _, pixels, *_ in done):
        sizes = {f"{pixels.width}x{pixels.height}" for _, pixels, *_ in done if pixels.scaled}
        report.append(
            say("The layer is large: it was worked on at {sizes}.", sizes=", ".join(sorted(sizes)))
        )
    if run.image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        report.append(say("The image is indexed: what came is held to its palette."))
    return "\n".join(filter(None, report)) or say("Done.")


def said(card, reasons):
    """A scorecard in words: verdict and figures, then a reason a line; a stranger has none."""
    if card["reasons"] == [_STRANGER]:
        return f"{say(card['verdict'])}: {say(_STRANGER)}"
    line = f"{say(card['verdict'])}: {say('likeness')} {figure(card['likeness'], 3)}"
    if card["percentile"] is not None:
        line += say(", percentile {percentile}", percentile=round(card["percentile"]))
    return "\n".join([line, *reasons])


def _edited(run, layer, sitter, values):
    """The pixels of a layer, and what `visits.edited` makes of them."""
    longest = LOOKED_AT if run.action is actions.SCORE_PICTURE else LONGEST
    pixels = read_layer(layer, _area(run, layer), longest)

    def work(report):
        return edited(run.server, run.action, pixels, values, sitter, report, run.stop)

    try:
        picture, notes, cards = run.visit(work)
    except Problem as problem:
        what = problem.what.replace(repr(LAYER), repr(layer.get_name()))
        remedy = say(_SELECT_ONE) if problem.code == "face.several" else problem.remedy
        raise Problem(problem.code, what, remedy) from None
    return pixels, picture, notes.removeprefix(f"{LAYER}: "), cards


def _lay(run, picture, layer, pixels, cards):
    """Insert the picture as a layer above `layer`, as large as the part it was made from.

    What was not changed stays `layer`'s own pixels to the bit; but for a new backdrop, which comes
    with the sitter, only what was changed is shown.
    """
    name = say("{entry} of {layer}", entry=run.action.title, layer=layer.get_name())
    if cards:
        name += f", {say('likeness')} {figure(cards[0][0]['likeness'], 2)}"
    same_size = not pixels.scaled and (picture.width, picture.height) == pixels.area[2:]
    if same_size and picture.changed:
        # Nothing of the old backdrop is to be left in the new one.
        replaced = picture.changed if run.action is actions.BACKDROP else None
        made = insert_change(
            run.image, name, layer, pixels, picture.samples, picture.facts, replaced
        )
        mask_with_selection(run.image, made)
        if replaced is None:
            mask_with_change(made, picture.changed)
        return
    made = insert_picture(
        run.image,
        name,
        picture.samples,
        (picture.width, picture.height),
        above=layer,
        area=_in_image(layer, pixels.area),
        facts=picture.facts,
        bits=pixels.bits,
    )
    mask_with_selection(run.image, made)


def _in_image(layer, area):
    """`area` of the layer, (x, y, width, height), in the image."""
    place = layer.get_offsets()
    return place.offset_x + area[0], place.offset_y + area[1], *area[2:]


def _area(run, layer):
    """The part of `layer` that the entry uses: (x, y, width, height), or None for all of it."""
    if run.face:
        return run.face
    if not run.action.within or Gimp.Selection.is_empty(run.image):
        return None
    there, x, y, width, height = layer.mask_intersect()
    if not there:
        raise Problem(
            "input.invalid",
            say("The selection lies outside of the layer"),
            say("Choose the layer under it, or select something else."),
        )
    # The surroundings help to detect and judge a face.
    aside, above = width // 4, height // 4
    left, top = max(0, x - aside), max(0, y - above)
    right = min(layer.get_width(), x + width + aside)
    bottom = min(layer.get_height(), y + height + above)
    return left, top, right - left, bottom - top
