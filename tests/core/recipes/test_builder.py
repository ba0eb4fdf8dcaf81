"""Recipes put together in code: by outputs' names, and as sound as those that are read."""

from __future__ import annotations

from typing import Any

import pytest

from headshots.core.recipes.builder import add
from headshots.core.recipes.graph import Link, build
from headshots.core.recipes.steps import (
    ALL,
    DELIVER_PICTURES,
    KEEP_BEST,
    READ_PICTURES,
    SCORE,
    SHOW_SCORES,
)


def test_a_built_document_is_a_recipe() -> None:
    document: dict[str, Any] = {}
    read = add(document, READ_PICTURES, paths="a.jpg")
    best = add(document, KEEP_BEST, "Best", pictures=read["pictures"], keep=2)
    add(document, SHOW_SCORES, "All", pictures=best["judged"])
    add(document, DELIVER_PICTURES, "Files", pictures=best["kept"], folder="out")
    recipe = build(document)
    assert list(document) == [READ_PICTURES.title, "Best", "All", "Files"]
    assert {id: node.title for id, node in recipe.nodes.items()} == {id: id for id in document}
    assert recipe.nodes["Best"].inputs["keep"] == 2
    assert recipe.nodes["Best"].inputs["pictures"] == Link(READ_PICTURES.title, 0)
    assert recipe.nodes["All"].inputs["pictures"] == Link("Best", 3)
    assert recipe.nodes["Files"].inputs["pictures"] == Link("Best", 0)


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.id)
def test_every_output_is_linked_by_its_name(step: Any) -> None:
    added = add({}, step, "node")
    assert [added[each.name] for each in step.outputs] == [
        ["node", slot] for slot in range(len(step.outputs))
    ]


def test_an_output_that_is_not_there() -> None:
    scored = add({}, SCORE)
    for name in ("scorecards", "", "Pictures"):
        with pytest.raises(KeyError):
            scored[name]
