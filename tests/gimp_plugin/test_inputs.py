"""What the dialogs ask for, of the steps and recipes that a real server declares."""

from __future__ import annotations

from typing import Any

import actions
import pytest
from inputs import SETTLED, SITTER, number_range, recipe_inputs, step_inputs

from ..serving import Running

WITH_A_STEP = [action for action in actions.ACTIONS if action.step]


@pytest.mark.parametrize("action", WITH_A_STEP, ids=lambda action: action.name)
def test_a_step_is_asked_for_its_constants(action: Any, steps: dict[str, Any]) -> None:
    pairs = list(step_inputs(steps[action.step]["inputs"], SETTLED))
    names = [declared["name"] for declared, _ in pairs]
    assert not set(names) & set(SETTLED)
    assert not any(declared["kind"].startswith("HEADSHOTS_") for declared, _ in pairs)
    assert not set(names) & {"pictures", "identity"}  # they travel along links
    assert all(value == declared["default"] for declared, value in pairs)


def test_defaults_can_be_replaced(steps: dict[str, Any]) -> None:
    inputs = steps[actions.MAKE.step]["inputs"]
    values = {each["name"]: value for each, value in step_inputs(inputs, (), {"count": 4})}
    declared = {each["name"]: value for each, value in step_inputs(inputs)}
    assert values == {**declared, "count": 4} and declared["count"] != 4


def test_numbers_stay_in_their_range(steps: dict[str, Any]) -> None:
    numbers = [
        declared
        for step in steps.values()
        for declared, _ in step_inputs(step["inputs"])
        if declared["kind"] in ("INT", "FLOAT")
    ]
    assert numbers
    for declared in numbers:
        low, high, step, slider = number_range(declared)
        assert low <= (declared["default"] or 0) <= high, declared
        assert 0 < step <= high - low, declared
        assert declared["low"] in (None, low) and declared["high"] in (None, high)
        assert not (slider and declared["kind"] == "INT"), declared


def test_recipes_are_asked_for_what_they_set(running: Running, steps: dict[str, Any]) -> None:
    shapes = running.client.get("/v1/recipes").json()
    assert shapes
    asked_for_a_sitter = 0
    for shape in shapes:
        document = running.client.get(f"/v1/recipes/{shape['name']}").json()
        rows = list(recipe_inputs(document, shape["inputs"], steps, SETTLED))
        labels = [text for _, text, _, _ in rows]
        assert len(set(labels)) == len(labels), shape["name"]
        for address, _, declared, value in rows:
            node, name = address.rsplit(".", 1)
            written = document[node]["inputs"][name]
            assert written in (value, {"__value__": value})
            assert value == shape["inputs"][address]
            assert declared["name"] == name and name not in SETTLED
        asked_for_a_sitter += SITTER in labels
        without = [row[0] for row in recipe_inputs(document, shape["inputs"], steps, ("paths",))]
        assert not any(address.endswith(".paths") for address in without)
    assert asked_for_a_sitter
