"""Every recipe that the plug-in can order is one that the core takes."""

from __future__ import annotations

from typing import Any

import actions
import pytest
import recipes

from headshots.core.recipes.graph import Link, build
from headshots.core.recipes.steps import STEPS

EDITS = [action for action in actions.ACTIONS if action.step and action.layers]
EDITS.remove(actions.DELIVER_LAYER)
EDITS.remove(actions.KEEP)
SITTERS = {"": ("", "Ada"), "optional": ("", "Ada"), "needed": ("Ada",)}


@pytest.mark.parametrize("action", EDITS, ids=lambda action: action.name)
def test_an_edit(action: Any) -> None:
    for sitter in SITTERS[action.sitter]:
        sitter = sitter if action.sitter else ""  # as `Run._edit` hands it over
        recipe = recipes.edit_recipe(action.step, {}, sitter)
        wanted = recipes.KEPT if action is actions.SCORE_PICTURE else recipes.STEP
        nodes = build(recipe, wanted=[wanted]).nodes
        assert nodes[recipes.STEP].step.id == action.step
        assert _values_of(recipe) == ({}, sitter, [])


@pytest.mark.parametrize("sitter", ["", "Ada"])
def test_the_sitter_kept(sitter: str) -> None:
    recipe = recipes.keep_recipe({"keep": "face"}, sitter)
    inputs = build(recipe, wanted=[recipes.STEP]).nodes[recipes.STEP].inputs
    assert (inputs["keep"], inputs["on_refusal"]) == ("face", "reject")
    assert inputs["originals"] == Link(recipes.ORIGINAL, 0)
    assert inputs["pictures"] == Link(recipes.PICTURES, 0)
    assert (recipes.SITTER in recipe) == bool(sitter)


@pytest.mark.parametrize(("sitter", "card"), [("", ""), ("Ada", ""), ("Ada", "de")])
def test_a_delivery(sitter: str, card: str) -> None:
    recipe = recipes.deliver_recipe({"folder": "out", "format": "png"}, sitter, card)
    nodes = build(recipe).nodes
    assert (recipes.SCORES in nodes) == bool(sitter)
    assert (recipes.BESIDE in nodes) == bool(card)
    if card:
        written = nodes[recipes.BESIDE].inputs
        assert (written["folder"], written["language"]) == ("out", card)


@pytest.mark.parametrize("looks", [["executive"], ["executive", "monochrome", "cutout"]])
def test_headshots(looks: list[str]) -> None:
    recipe = recipes.make_recipe("Ada", looks, {"count": 6, "width": 512}, keep=2)
    nodes = build(recipe, wanted=[recipes.KEPT]).nodes
    assert nodes[recipes.KEPT].inputs["keep"] == 2
    values, sitter, chosen = _values_of(recipe)
    assert (sitter, chosen) == ("Ada", looks)
    assert values == {"count": 6, "width": 512, "layers": True}


def test_every_entry_is_named_once_and_its_step_is_there() -> None:
    names = [action.name for action in actions.ACTIONS]
    assert len(set(names)) == len(names) and all(name.startswith("headshots-") for name in names)
    assert all(action.step in STEPS for action in actions.ACTIONS if action.step)
    assert all(action.title.isprintable() and "_" not in action.title for action in actions.ACTIONS)


def test_mnemonics_of_the_menu_differ() -> None:
    letters = [action.label[action.label.index("_") + 1].lower() for action in actions.ACTIONS]
    assert len(set(letters)) == len(letters)


def _values_of(recipe: Any) -> tuple[dict[str, Any], str, list[str]]:
    """What a recipe holds: the constants of its step, the sitter and the looks."""
    inputs = recipe[recipes.STEP]["inputs"]
    values = {name: value for name, value in inputs.items() if not isinstance(value, list)}
    sitter = recipe[recipes.SITTER]["inputs"]["name"] if recipes.SITTER in recipe else ""
    nodes = (node for node in recipe.values() if node["class_type"] == recipes.LOOK)
    return values, sitter, [look for node in nodes for look in node["inputs"]["looks"]["__value__"]]
