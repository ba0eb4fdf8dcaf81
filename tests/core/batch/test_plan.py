"""A recipe is known to suit a batch before anybody is run."""

from __future__ import annotations

from pathlib import Path

import pytest

from headshots.core.batch.people import read_people
from headshots.core.errors import RecipeInput
from headshots.core.recipes.documents import built_in

from .conftest import Hire, Plan, plan


def test_everywhere_the_person_is_named_and_the_folder_theirs() -> None:
    recipe = plan().of_person("Ada", "yes", "somewhere")
    steps = {node.step.id: node.inputs for node in recipe.nodes.values()}
    assert steps["HeadshotsEnrolSitter"]["name"] == "Ada"
    assert steps["HeadshotsEnrolSitter"]["consent"] == "yes"
    assert steps["HeadshotsDeliver"]["folder"] == "somewhere"
    assert steps["HeadshotsContactSheet"]["folder"] == "somewhere"
    assert steps["HeadshotsChooseLook"]["look"] == "team-neutral"
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
