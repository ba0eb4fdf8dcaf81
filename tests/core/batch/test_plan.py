"""A recipe is known to suit a batch before anybody is run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from headshots.core.batch.people import read_people
from headshots.core.batch.plan import RECIPE
from headshots.core.errors import RecipeInput
from headshots.core.recipes.documents import built_in
from headshots.core.recipes.graph import Link

from .conftest import QUICK, Hire, Plan, plan


def test_everywhere_the_person_is_named_and_the_folder_theirs() -> None:
    recipe = plan().of_person("Ada", "yes", "somewhere")
    steps = {node.step.id: node.inputs for node in recipe.nodes.values()}
    assert steps["HeadshotsEnrolSitter"]["name"] == "Ada"
    assert steps["HeadshotsEnrolSitter"]["consent"] == "yes"
    assert steps["HeadshotsDeliver"]["folder"] == "somewhere"
    assert steps["HeadshotsContactSheet"]["folder"] == "somewhere"
    assert steps["HeadshotsChooseLook"]["looks"] == ("team-neutral",)
    assert steps["HeadshotsStudio"]["matched"] is True


@pytest.mark.parametrize(
    ("name", "told"), [("generate", "no node of 'Enrol sitter'"), ("team_set", "Enrol sitter")]
)
def test_recipe_for_something_else_is_refused(name: str, told: str) -> None:
    with pytest.raises(RecipeInput, match=told):
        Plan.of(built_in(name), {})


def test_change_of_what_pictures_are_made_from_is_seen(hire: Hire, tmp_path: Path) -> None:
    folder = hire("Ada")

    def now(**inputs: int) -> str:
        (person,) = read_people(tmp_path / "team")
        return plan(**inputs).inputs_of(person)

    first = now()
    assert now() == first
    assert now(count=3) != first
    (folder / "consent.txt").write_text("yes, by mail")
    second = now()
    assert second != first
    (folder / "obama2.jpg").unlink()
    assert now() not in (first, second)


def saving(**inputs: bool) -> dict[str, Any]:
    """The recipe of a team, with the sitter stored on the way to the studio."""
    document = built_in(RECIPE)
    given = {"identity": ["2", 0], **inputs}
    document["save"] = {"class_type": "HeadshotsSaveSitter", "inputs": given}
    document["4"]["inputs"]["identity"] = ["save", 0]
    return document


def test_recipe_that_stores_the_sitter_leaves_that_to_the_head() -> None:
    stored = Plan.of(saving(), QUICK)
    assert stored.saving == "new" and plan().saving == ""
    assert stored.recipe.nodes["4"].inputs["identity"] == Link("2", 0)
    assert not any(node.step.stored for node in stored.recipe.nodes.values())
    stored.require_nothing_stored()
    assert Plan.of(saving(replace=True), QUICK).saving == "replace"
    other = saving()
    other["load"] = {"class_type": "HeadshotsLoadSitter", "inputs": {"name": "Ada"}}
    other["save"]["inputs"]["identity"] = ["load", 0]
    with pytest.raises(RecipeInput, match="somebody else"):
        Plan.of(other, QUICK)


def test_recipe_that_needs_stored_sitters_isnt_for_other_machines() -> None:
    document = built_in(RECIPE)
    document["load"] = {"class_type": "HeadshotsLoadSitter", "inputs": {"name": "Ada"}}
    document["7"]["inputs"]["identity"] = ["load", 0]
    with pytest.raises(RecipeInput, match="needs stored sitters"):
        Plan.of(document, QUICK).require_nothing_stored()
