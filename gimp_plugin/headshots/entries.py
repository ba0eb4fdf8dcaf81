"""The forms and the work of the entries that need more than a step's form."""

from urllib.parse import quote

import actions
import gi
from core_client import Problem
from entry import Entry, StepEntry
from forms import Form
from inputs import SETTLED, SITTER, recipe_inputs
from job_runs import made_with
from keeping import pair_of
from layers import chosen_layers
from light_picture import LightPicture
from making import MakeEntry
from recipes import CARD
from settings import SettingsEntry
from sitters import EnrolEntry, ForgetEntry
from widgets import ask_text, choice, choice_of_able, label, why_not
from words import capital, say

gi.require_version("Gtk", "3.0")
from gi.repository import Gtk  # noqa: E402


class KeepEntry(StepEntry):
    """Also says which layer counts as edited and which as its original."""

    def show(self, fetched):
        super().show(fetched)
        try:
            edit, original = pair_of(self.dialog.image, chosen_layers(self.dialog.drawables))
        except Problem as problem:
            self.able = False
            self.dialog.tell(str(problem))
            return
        names = {"edit": edit.get_name(), "original": original.get_name()}
        self.add(label(say("“{edit}” was edited, “{original}” is its original.", **names)))


class RecipeEntry(Entry):
    """Asks for a recipe and its inputs, with a form made from its steps."""

    def fetch(self):
        server = self.dialog.server
        recipes = server.json("GET", "/v1/recipes")
        documents = {each["name"]: server.recipe(each["name"]) for each in recipes}
        return {**super().fetch(), "recipes": recipes, "documents": documents}

    def show(self, fetched):
        self.fetched = fetched
        reasons = {each["name"]: each["missing"] for each in fetched["recipes"] if each["missing"]}
        widget, self.recipe = choice_of_able([each["name"] for each in fetched["recipes"]], reasons)
        tooltip = say("Your own lie in the folder recipes of the configuration folder")
        self.add(Form(first=[(say("_Recipe"), widget, tooltip)]))
        if reasons:
            self.add(why_not(reasons, say("Why some can't be run now")))
        self.inputs = Gtk.Box(orientation=Gtk.Orientation.VERTICAL)
        self.add(self.inputs)
        widget.connect("changed", lambda _: self._chosen())
        self._chosen()

    def _chosen(self):
        for child in self.inputs.get_children():
            self.inputs.remove(child)
        recipes = {each["name"]: each for each in self.fetched["recipes"]}
        self.described = recipes[self.recipe()]
        self.form = Form()
        for address, text, declared, value in self._inputs():
            if text.split(": ")[-1] == say(SITTER):
                asking = choice(self.fetched["sitters"], value)
                self.form.add_row(address, capital(text), asking, say("Who is in the picture"))
            else:
                self.form.add_input(address, declared, value, text)
        self.inputs.pack_start(self.form, False, False, 0)
        if self._hands_layer_over():
            node = self.described["titles"][self.described["pictures"][0]]
            goes = say("The chosen layer goes to “{node}”.", node=node)
            self.inputs.pack_start(label(goes), False, False, 6)
        self.inputs.show_all()

    def _inputs(self):
        """The `inputs.recipe_inputs` of the chosen recipe."""
        document = self.fetched["documents"][self.recipe()]
        besides = (*SETTLED, "paths") if self._hands_layer_over() else SETTLED
        inputs, titles = self.described["inputs"], self.described["titles"]
        return recipe_inputs(document, inputs, self.fetched["steps"], besides, titles)

    def _hands_layer_over(self):
        return bool(self.described["pictures"] and self.dialog.drawables)

    def work(self):
        options = {"recipe": self.recipe(), "inputs": self.form.values()}
        if self._hands_layer_over():
            options["pictures"] = self.described["pictures"][0]
        return self.dialog.work_at().perform("", options)


class RetouchEntry(StepEntry):
    """Strengths by part, which a preset sets, and which can be saved as one."""

    settled = (*SETTLED, "preset")

    def fetch(self):
        return {**super().fetch(), "presets": self.dialog.server.json("GET", "/v1/presets")}

    def show(self, fetched):
        super().show(fetched)
        self._parts = {each["name"]: each["parts"] for each in fetched["presets"]}
        self._presets = Gtk.ComboBoxText(tooltip_text=say("Sets the strengths of all parts"))
        for each in fetched["presets"]:
            self._presets.append(each["name"], each["label"])
        self._presets.connect("changed", self._preset_chosen)
        save = Gtk.Button(label=say("_Save as preset..."), use_underline=True)
        save.connect("clicked", lambda _: self._save())
        line = Gtk.Box(spacing=8)
        line.pack_start(Gtk.Label(label=say("Preset")), False, False, 0)
        line.pack_start(self._presets, True, True, 0)
        line.pack_start(save, False, False, 0)
        self.add(line)

    def _preset_chosen(self, presets):
        self.form.set_numbers(self._parts.get(presets.get_active_id(), {}))

    def _save(self):
        hint = say("Name, such as my-studio")
        name = ask_text(self.dialog.window, say("Save as preset"), hint)
        if not name:
            return
        parts = {part: self.form.values()[part] for part in self._parts["natural"]}
        path = f"/v1/presets/{quote(name, safe='')}"

        def save():
            self.dialog.beside(lambda: self.dialog.server.json("PUT", path, parts))
            if name not in self._parts:
                self._presets.append(name, name)
            self._parts[name] = parts
            self._presets.set_active(list(self._parts).index(name))
            self.dialog.tell(
                say("{name} is saved; it can be chosen wherever headshots retouches.", name=name)
            )

        self.dialog.doing(save)


class RelightEntry(StepEntry):
    """Shows the chosen light on a bust above the form."""

    def beside_form(self, form):
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=8)
        column.add(LightPicture(self.dialog.server, form))
        column.add(form)
        super().beside_form(column)


class DeliverEntry(StepEntry):
    """Also asks what the files' names begin with, and for the language of an authenticity card."""

    def show(self, fetched):
        super().show(fetched)
        inputs = fetched["steps"][CARD]["inputs"]
        (declared,) = (each for each in inputs if each["name"] == "language")
        made = choice(["", *declared["choices"]], labels=[say("none"), *declared["labels"]])
        tooltip = say(
            "In which language a page is written beside the file that says how like the sitter "
            "the picture is and what was changed in it; it needs the sitter"
        )
        self.form.add_row("card", say("Authenticity card"), made, tooltip)
        prefix = Gtk.Entry(activates_default=True)
        tooltip = say(
            "What file names begin with, before the look and the number; empty: the sitter"
        )
        self.form.add_row("prefix", say("Name begins with"), (prefix, prefix.get_text), tooltip)


class AgainEntry(Entry):
    """Shows the recipe of a layer, to be changed and run again."""

    def show(self, fetched):
        facts = made_with(self.dialog.work_at().layer())
        action = next(each for each in actions.ACTIONS if each.name == facts["action"])
        sitter = facts.get("sitter")
        facts_in_words = say("Made by {entry}.", entry=action.title)
        if sitter:
            facts_in_words = say("Made by {entry}, of {sitter}.", entry=action.title, sitter=sitter)
        self.add(label(facts_in_words))
        self.form = Form(
            fetched["steps"][action.step]["inputs"] if action.step else [],
            SETTLED,
            facts["options"],
        )
        self.add(self.form)

    def work(self):
        return self.dialog.work_at().perform("", self.form.values())


def entry_of(action):
    """The class of an action's entry."""
    return _ENTRIES.get(action, StepEntry)


_ENTRIES = {
    actions.MAKE: MakeEntry,
    actions.RETOUCH: RetouchEntry,
    actions.RELIGHT: RelightEntry,
    actions.KEEP: KeepEntry,
    actions.ENROL: EnrolEntry,
    actions.DELIVER_LAYER: DeliverEntry,
    actions.RUN: RecipeEntry,
    actions.AGAIN: AgainEntry,
    actions.FORGET: ForgetEntry,
    actions.SETTINGS: SettingsEntry,
}
