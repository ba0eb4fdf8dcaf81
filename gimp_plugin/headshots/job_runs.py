"""Does the work of each entry, for scripts directly and for people after a dialog."""

import json
from pathlib import Path

import actions
from core_client import Problem
from editing import LOOKED_AT, edit_layers
from gi.repository import Gimp
from keeping import keep_sitter
from layers import (
    chosen_layers,
    insert_change,
    insert_channel,
    insert_group,
    insert_picture,
    make_room,
    mask_with_selection,
    one_undo_step,
    read_layer,
    remembered,
)
from visits import (
    candidate,
    candidates,
    delivered,
    enrolled,
    forgotten,
    masked,
    ran,
)
from words import say

# The channels that masks become, and the step's outputs that they are, from the bottom.
_CHOOSE = "Choose the layer to work on."
_CHANNELS = {"Background": "background", "Clothes": "clothes", "Skin": "skin", "Hair": "hair"}


class Run:
    """One entry at work on one image.

    server: a `core_client.Server`.
    visit: runs a function in a thread, passing it a callback for progress.
    stop: an event that stops the work, or None.
    face: the area of the layer that belongs to the chosen one of several faces; None for all.
    """

    def __init__(self, server, visit, stop, action, image, drawables):
        self.server, self.visit, self.stop = server, visit, stop
        self.action, self.image, self.drawables = action, image, drawables
        self.face = None

    def perform(self, sitter, options):
        """Do the work; returns what was done, in words.

        Raises:
            Problem, Cancelled: see `core_client`. Nothing is left half done in the image.
        """
        return _PERFORMED.get(self.action, edit_layers)(self, sitter, dict(options))

    def layers(self):
        """The chosen layers, the lowest first.

        Raises:
            Problem: there is none.
        """
        if not self.drawables:
            raise Problem("input.invalid", say("No layer is chosen"), say(_CHOOSE))
        layers = chosen_layers(self.drawables)
        if not layers:
            raise Problem("input.invalid", say("A channel is chosen, and no layer"), say(_CHOOSE))
        return layers

    def layer(self):
        """The one chosen layer.

        Raises:
            Problem: there is none, or several.
        """
        layers = self.layers()
        if len(layers) > 1:
            raise Problem(
                "input.invalid",
                say("{count} layers are chosen", count=len(layers)),
                say("Choose one to work on."),
            )
        return layers[0]

    def _make(self, sitter, options):
        if not sitter:
            raise Problem("input.invalid", say("No sitter was named"), say("Name an enrolled one."))
        values = dict(options)
        looks, keep = values.pop("looks", None) or ["studio-grey"], values.pop("keep", 4)
        picture = values.pop("picture", None)
        made = self.visit(
            lambda report: candidates(self.server, sitter, looks, values, keep, report, self.stop)
        )
        chosen = [e for e in made.sheet if e["picture"] == picture] if picture else made.kept
        if not chosen:
            why = "; ".join(f"{e['picture']}: {', '.join(e['reasons'])}" for e in made.sheet)
            raise Problem(
                "selection.nothing-kept",
                say("No picture was good enough to keep"),
                f"{say('Enrol more and sharper photos, or try other looks.')} {why}",
            )
        fresh = self.image is None or self.image.get_base_type() != Gimp.ImageBaseType.RGB
        report = self.bring_in(made, chosen, fresh)
        if fresh and self.image is not None:
            own = say("They are in an image of its own, as only RGB can mix their layers.")
            report = f"{report}\n{own}"
        self.visit(lambda report: self.server.forget_job(made.job))
        return report

    def bring_in(self, made, entries, fresh):
        """Chosen candidates as groups of layers, the first on top.

        Args:
            fresh: in a new image; else in this one, which must be RGB, as others lack the layer
                modes that are needed.
        """
        sitter, looks, values, keep = made.request
        options = {**values, "looks": looks, "keep": keep}
        pictures = self.visit(lambda report: [candidate(made, entry) for entry in entries])
        first = pictures[0]
        image = self.image
        if fresh:
            image = Gimp.Image.new(first.width, first.height, Gimp.ImageBaseType.RGB)
        with one_undo_step(image):
            make_room(image, first.width, first.height)
            for index, picture in reversed(list(enumerate(pictures))):
                picture.facts.update(action=actions.MAKE.name, sitter=sitter, options=options)
                group = _inserted(image, picture)
                group.set_visible(index == 0)
                if group.is_group():
                    group.set_expanded(False)
                if not fresh:
                    mask_with_selection(image, group)
            image.set_selected_layers([group])
        if fresh:
            self.shown(image)
        return "\n".join(picture.name for picture in pictures)

    def shown(self, image):
        """Called with each new image; a dialog opens a window for it."""

    def _deliver(self, sitter, options):
        return "\n".join(self._delivered(layer, sitter, options) for layer in self.layers())

    def _delivered(self, layer, sitter, options):
        pixels = read_layer(layer)
        facts = remembered(layer, "sitter") or {}
        values, sitter = dict(options), sitter or facts.get("sitter", "")
        card, prefix = values.pop("card", ""), values.pop("prefix", "")
        values.setdefault("names", _file_name(prefix or sitter, facts, self.image))
        if card and not sitter:
            raise Problem(
                "input.invalid",
                say("A card says how like a sitter the picture is, and none was named"),
                say("Name the sitter, or deliver without a card."),
            )
        return self.visit(
            lambda report: delivered(self.server, pixels, values, sitter, card, report, self.stop)
        )

    def _mask(self, sitter, options):
        layer = self.layer()
        pixels = read_layer(layer)
        outputs = list(_CHANNELS.values())
        masks, notes = self.visit(
            lambda report: masked(self.server, self.action, pixels, outputs, report, self.stop)
        )
        place = layer.get_offsets()
        area = place.offset_x, place.offset_y, layer.get_width(), layer.get_height()
        with one_undo_step(self.image):
            for name, mask in zip(_CHANNELS, masks, strict=True):
                insert_channel(self.image, say(name), mask, area)
        return notes

    def _enrol(self, sitter, options):
        name = options.get("name") or sitter
        consent = str(options.get("consent") or "").strip()
        if not name:
            raise Problem("input.invalid", say("No name was given"), say("Give the sitter's name."))
        if not consent:
            raise Problem(
                "consent.missing",
                say("Nothing says that the sitter agreed"),
                say("Ask them, and say how they agreed."),
            )
        files = list(options.get("files") or [])
        chosen = [] if files else chosen_layers(self.drawables)
        if not files and not chosen:
            nothing = say("There is no photo to enrol from")
            raise Problem("input.invalid", nothing, say("Choose some."))
        layers = [(each.get_name(), read_layer(each, longest=LOOKED_AT)) for each in chosen]
        replace = bool(options.get("replace"))

        def work(report):
            sent = [self.server.send_file(path) for path in files]
            sent += [self.server.send_pixels(f"{called}.png", each) for called, each in layers]
            return enrolled(self.server, name, sent, consent, replace, report, self.stop)

        return self.visit(work)

    def _run_recipe(self, sitter, options):
        recipe, inputs = _recipe(options.get("recipe")), options.get("inputs") or {}
        node = options.get("pictures")
        layer = self.layer() if node else None
        pixels = read_layer(layer) if node else None

        pictures, text = self.visit(
            lambda report: ran(self.server, recipe, inputs, node, pixels, report, self.stop)
        )
        self._add(pictures, options, layer, pixels)
        return text or say("{count} pictures were made.", count=len(pictures))

    def _add(self, pictures, options, layer, pixels):
        """Pictures as layers, the first on top; of a new image where none is open.

        Args:
            layer, pixels: that the recipe worked on, above which they are laid; or None.
        """
        if not pictures:
            return
        image, fresh = self.image, self.image is None
        if fresh:
            image = Gimp.Image.new(pictures[0].width, pictures[0].height, Gimp.ImageBaseType.RGB)
        with one_undo_step(image):
            for each in reversed(pictures):
                each.facts.update(action=self.action.name, options=options)
                if each.changed and not pixels.scaled:
                    insert_change(
                        *(image, each.name, layer, pixels, each.samples, each.facts),
                        changed=each.changed,
                    )
                    continue
                size = (each.width, each.height)
                area = _over(layer, each) if layer is not None else None
                bits = pixels.bits if pixels else 8
                insert_picture(image, each.name, each.samples, size, layer, area, each.facts, bits)
        if fresh:
            self.shown(image)

    def _again(self, sitter, changed):
        facts = made_with(self.layer())
        action = next(each for each in actions.ACTIONS if each.name == facts["action"])
        drawables = []
        if action.layers:
            tattoos = [facts[each] for each in ("layer", "original") if each in facts]
            drawables = [self.image.get_layer_by_tattoo(each) for each in tattoos]
            if None in drawables:
                raise Problem(
                    "input.invalid",
                    say("The layer that this one was made of is gone"),
                    say("Choose another one and its entry in Filters > Headshots."),
                )
        options = {**facts["options"], **changed}
        if action is actions.MAKE:
            options.setdefault("picture", facts["picture"])
        again = Run(self.server, self.visit, self.stop, action, self.image, drawables)
        again.shown = self.shown
        return again.perform(sitter or facts.get("sitter", ""), options)

    def _forget(self, sitter, options):
        self.visit(lambda report: forgotten(self.server, sitter))
        return say("{sitter} is forgotten.", sitter=sitter)

    def _diagnose(self, sitter, options):
        return json.dumps(
            self.visit(lambda report: self.server.json("GET", "/v1/health")), indent=1
        )


_PERFORMED = {
    actions.MAKE: Run._make,
    actions.ENROL: Run._enrol,
    actions.DELIVER_LAYER: Run._deliver,
    actions.KEEP: keep_sitter,
    actions.MASK_CHANNELS: Run._mask,
    actions.RUN: Run._run_recipe,
    actions.AGAIN: Run._again,
    actions.FORGET: Run._forget,
    actions.SETTINGS: Run._diagnose,
}


def made_with(layer):
    """How a layer, or the group that it is in, was made.

    Raises:
        Problem: it isn't recorded.
    """
    facts = remembered(layer, "action")
    if facts is None:
        raise Problem(
            "input.invalid",
            say("The layer doesn't say how it was made"),
            say("Choose one that came from Filters > Headshots."),
        )
    return facts


def _inserted(image, picture):
    """A headshot as a group of its layers, or as one layer where it has none."""
    if picture.layers:
        return insert_group(image, picture.name, picture.layers, picture.facts)
    size = (picture.width, picture.height)
    return insert_picture(image, picture.name, picture.samples, size, facts=picture.facts)


def _file_name(prefix, facts, image):
    """What a layer's file is called: prefix, look and number of a headshot; else as its image."""
    look = (facts.get("provenance") or {}).get("look")
    parts = prefix, look, facts.get("picture")
    if facts.get("picture"):
        return " ".join(filter(None, parts))
    return " ".join(filter(None, (prefix, Path(image.get_name()).stem)))


def _over(layer, picture):
    """Where a picture made of `layer` lies, (x, y, width, height): on it where it has its shape,
    else in its middle.
    """
    place, wide, high = layer.get_offsets(), layer.get_width(), layer.get_height()
    alike = abs(picture.width / picture.height - wide / high) < 0.01 * wide / high
    width, height = (wide, high) if alike else (picture.width, picture.height)
    x, y = place.offset_x + (wide - width) // 2, place.offset_y + (high - height) // 2
    return x, y, width, height


def _recipe(wanted):
    """A recipe's name or JSON; read from a file if `wanted` is the path of one."""
    if not wanted:
        nothing = say("No recipe was named")
        raise Problem("recipe.unreadable", nothing, say("Name one, or give a file."))
    if isinstance(wanted, str) and wanted.endswith(".json"):
        try:
            return json.loads(Path(wanted).read_text("utf-8"))
        except (OSError, ValueError) as error:
            raise Problem(
                "recipe.unreadable",
                say("{name} can't be read: {why}", name=wanted, why=error),
                say("Choose another."),
            ) from None
    return wanted
