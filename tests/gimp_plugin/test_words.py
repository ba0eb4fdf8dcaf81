"""Every text that a person reads in GIMP is one of the plug-in's words, and has its German."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import actions
import pytest
import words
from connection import State
from german import GERMAN

from headshots.core.scorecard import Verdict
from headshots.core.vault.consent import WAYS

from .conftest import PLUG_IN

# Scripts get English.
FILES = sorted(set(PLUG_IN.glob("*.py")) - {PLUG_IN / "german.py", PLUG_IN / "headless.py"})
TREES = {file: ast.parse(file.read_text("utf-8")) for file in FILES}


# What `say` is given where it isn't a text: the texts that this may be.
VARIABLE = {
    "self.label": {each.label for each in actions.ACTIONS},
    "action.label": {each.label for each in actions.ACTIONS},
    "action.help": {each.help for each in actions.ACTIONS},
    "self.action.help": {each.help for each in actions.ACTIONS},
    "self.action.go": {each.go for each in actions.ACTIONS},
    "connection.state.value": {each.value for each in State},
    "card['verdict']": set(get_args(Verdict)),
    "way": set(WAYS),
    "name": {"Background", "Clothes", "Skin", "Hair"},
}

# Where texts stand that a person reads: the calls' arguments by number, and by name.
SHOWN = {
    "label": (0,),
    "tell": (0,),
    "row": (1, 3),
    "add_row": (1, 3),
    "Problem": (1, 2),
    "Connection": (1, 2),
    "choice": (0,),
    "why_not": (1,),
    "ask_text": (1, 2),
    "files_button": (1,),
    "report": (1,),
    "set_text": (0,),
    "set_label": (0,),
    "set_tooltip_text": (0,),
    "add_button": (0,),
    "add_buttons": (0, 2),
    "set_menu_label": (0,),
    "set_documentation": (0, 1),
    "order": (),
    "Expander": (),
    "Button": (),
    "CheckButton": (),
    "ToggleButton": (),
    "Label": (),
    "Entry": (),
    "ComboBoxText": (),
    "MessageDialog": (),
    "FileChooserDialog": (),
    "Dialog": (),
}
NAMED = {"label", "text", "secondary_text", "title", "tooltip_text", "placeholder_text"}


def texts() -> set[str]:
    """Every text that may be said."""
    return {
        text for tree in TREES.values() for call in calls(tree, "say") for text in said(tree, call)
    }


def calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and called(node) == name:
            yield node


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def said(tree: ast.Module, call: ast.Call) -> set[str]:
    """The texts that a call of `say` may be given."""
    given = call.args[0]
    if isinstance(given, ast.Constant):
        return {given.value}
    written = ast.unparse(given)
    elsewhere = constants(TREES[PLUG_IN / "inputs.py"])
    texts = {**elsewhere, **constants(tree), **VARIABLE}.get(written)
    assert texts, f"what is said by {ast.unparse(call)}?"
    return texts


def constants(tree: ast.Module) -> dict[str, set[str]]:
    """The texts of a module's own constants."""
    found: dict[str, set[str]] = {}
    for node in tree.body:
        if not isinstance(node, ast.Assign):
            continue
        (target,) = node.targets
        pairs = [(target, node.value)]
        if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
            pairs = list(zip(target.elts, node.value.elts, strict=True))
        for name, value in pairs:
            if isinstance(value, ast.Constant) and isinstance(value.value, str):
                found[ast.unparse(name)] = {value.value}
    return found


def literals(node: ast.AST) -> Iterator[str]:
    """The texts with a word in them that an argument is made of, but for what it calls."""
    match node:
        case ast.Constant(value=str() as text):
            if re.search(r"[^\W\d_]{2}", text):
                yield text
        case ast.Call() | ast.Lambda() | ast.Subscript() | ast.Compare():
            return
        case ast.IfExp():
            for each in (node.body, node.orelse):
                yield from literals(each)
        case _:
            for each in ast.iter_child_nodes(node):
                yield from literals(each)


def test_every_text_has_its_german_and_no_german_is_left_over() -> None:
    assert texts() - GERMAN.keys() == set()
    assert GERMAN.keys() - texts() == set()


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_nothing_that_a_person_reads_is_english_alone(file: Path) -> None:
    found = []
    for call in (each for each in ast.walk(TREES[file]) if isinstance(each, ast.Call)):
        if called(call) not in SHOWN:
            continue
        shown = [call.args[place] for place in SHOWN[called(call)] if place < len(call.args)]
        shown += [each.value for each in call.keywords if each.arg in NAMED]
        found += [text for each in shown for text in literals(each)]
    own = {"headshots", "GIMP"}  # they are called so everywhere
    assert [text for text in found if text not in own] == []


def test_german_keeps_values_mnemonics_and_dots() -> None:
    for english, german in GERMAN.items():
        assert fields(german) == fields(english), english
        marked = re.findall(r"_\w", english), re.findall(r"_\w", german)
        assert len(marked[0]) == len(marked[1]) <= 1, english
        assert english.endswith("...") == german.endswith("..."), english
        assert english[-1:] not in ".:" or german[-1:] == english[-1:], english


def fields(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


# What stands in one window at one time, besides the button of the entry.
EVERY_WINDOW = ("_Close", "S_top", "_Try again", "_Enrol a sitter...", "_Fetch the weights")
WINDOWS: dict[str, tuple[str, ...]] = {
    "headshots-make": ("Sitte_r", "_Pictures of each look", "_Bring chosen in", "_as"),
    "headshots-retouch": ("Sitte_r", "_Save as preset...", "_Before", "Another _face"),
    "headshots-relight": ("_Before", "Another _face"),
    "headshots-replace-backdrop": ("_Before", "Another _face"),
    "headshots-enrol": ("_Name", "_Photos", "They a_greed"),
    "headshots-run-recipe": ("_Recipe",),
    "headshots-settings": ("Cop_y diagnostics", "Use another _installation..."),
}
LARGE = ("Sitte_r", "_Pictures of each look", "_Bring chosen in", "_as", "Source p_hoto", "_Keep")


@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("action", actions.ACTIONS, ids=lambda action: action.name)
def test_mnemonics_differ_in_a_window(action: Any, language: str) -> None:
    own = WINDOWS.get(action.name, ("Sitte_r",) if action.sitter else ())
    every = [[*EVERY_WINDOW[:2], action.go, *own]]
    if action is actions.MAKE:
        every.append([*EVERY_WINDOW[:2], action.go, *LARGE, "A_ll pictures"])
    words.speak([language])
    try:
        for shown in every:
            letters = [mnemonic(words.say(text)) for text in shown]
            assert len(set(letters)) == len(letters), sorted(letters)
    finally:
        words.speak([])


@pytest.mark.parametrize("language", ["en", "de"])
def test_mnemonics_of_the_menu_differ(language: str) -> None:
    words.speak([language])
    try:
        letters = [mnemonic(words.say(action.label)) for action in actions.ACTIONS]
    finally:
        words.speak([])
    assert len(set(letters)) == len(letters), letters


def mnemonic(text: str) -> str:
    return text[text.index("_") + 1].lower()


@pytest.mark.parametrize(
    ("names", "language"),
    [
        (["de_DE.UTF-8", "de_DE", "de.UTF-8", "de", "C"], "de"),
        (["de_AT", "de", "C"], "de"),
        (["fr_FR", "fr", "de", "C"], "de"),
        (["en_GB", "en", "de", "C"], "en"),
        (["C"], "en"),
        ([], "en"),
    ],
)
def test_the_first_known_language_is_spoken(names: list[str], language: str) -> None:
    words.speak(names)
    try:
        assert words.language() == language
        assert words.say("_Close") == ("S_chließen" if language == "de" else "_Close")
    finally:
        words.speak([])
