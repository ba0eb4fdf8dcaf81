"""What a list of people says they wear: read, refused by line, and put into their recipe."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from headshots.core.batch.people import Person, read_people
from headshots.core.batch.plan import RECIPE, Plan
from headshots.core.batch.work import task_for
from headshots.core.clothes.dresses import dresses
from headshots.core.errors import BatchUnreadable, RecipeInput
from headshots.core.isolation import reading_apart
from headshots.core.recipes.documents import built_in

from .conftest import QUICK, Hire, plan

HEADING = "name,photos,consent,dress,colour"


@pytest.fixture
def team(hire: Hire, tmp_path: Path) -> Path:
    hire("Ada")
    return tmp_path / "people.csv"


def people(team: Path, *rows: str, heading: str = HEADING) -> list[Person]:
    team.write_text("\n".join([heading, *rows]), "utf-8")
    return read_people(team)


def dressing() -> Plan:
    """The recipe of a team, with the step Clothes and a node that shows its notes."""
    document: dict[str, Any] = built_in(RECIPE)
    photos = next(
        [id, 0] for id, node in document.items() if node["class_type"] == "HeadshotsStudio"
    )
    document["clothes"] = {
        "class_type": "HeadshotsClothes",
        "inputs": {"pictures": photos, "dress": "casual", "colour": "red"},
    }
    return Plan.of(document, QUICK)


def test_everybody_wears_what_their_line_says(team: Path) -> None:
    ada, bob, eve = people(
        team,
        "Ada,team/Ada,yes,Navy suit,",
        "Bob,team/Ada,yes,knitwear, dark  green ",
        "Eve,team/Ada,yes,,",
    )
    assert not any(each.fault for each in (ada, bob, eve))
    with reading_apart():
        assert read_people(team) == [ada, bob, eve]
    worn = {
        each.name: task_for(each, dressing()).document["clothes"]["inputs"]
        for each in (ada, bob, eve)
    }
    assert (worn["Ada"]["dress"], worn["Ada"]["colour"]) == ("navy-suit", "")
    assert (worn["Bob"]["dress"], worn["Bob"]["colour"]) == ("knitwear", "dark green")
    assert (worn["Eve"]["dress"], worn["Eve"]["colour"]) == ("casual", "red")


def test_a_line_that_is_wrong_is_named_and_the_others_are_made(team: Path) -> None:
    ada, bob, eve = people(
        team,
        "Ada,team/Ada,yes,navy-siut,",
        'Bob,team/Ada,"yes,\nby form",casual,#1d4ed8',
        "Eve,team/Ada,yes,scrubs,",
    )
    assert ada.fault is not None and bob.fault is not None and eve.fault is None
    assert ada.fault.what == f"{team.name}, line 2: No dress is called 'navy-siut'"
    assert ada.fault.remedy.startswith("Did you mean 'navy-suit'?")
    assert bob.fault.what == f"{team.name}, line 4: The colour is '#1d4ed8'"
    assert bob.fault.remedy.startswith("Write it in words")


def test_a_list_without_these_columns_and_a_folder_say_nothing(team: Path) -> None:
    (ada,) = people(team, "Ada,team/Ada,yes", heading="name,photos,consent")
    (same,) = read_people(team.with_name("team"))
    assert (ada.dress, ada.colour) == ("", "") == (same.dress, same.colour)
    plan().require_clothes([ada, same])


def test_a_recipe_without_clothes_is_refused(team: Path) -> None:
    everybody = people(team, "Ada,team/Ada,yes,,dark green")
    with pytest.raises(RecipeInput, match="no node of 'Clothes'"):
        plan().require_clothes(everybody)
    dressing().require_clothes(everybody)


def test_another_dress_makes_the_pictures_anew(team: Path) -> None:
    (suit,) = people(team, "Ada,team/Ada,yes,navy-suit,")
    (shirt,) = people(team, "Ada,team/Ada,yes,white-shirt,")
    assert dressing().inputs_of(suit) != dressing().inputs_of(shirt)


FIELD = st.sampled_from([*dresses(), "Navy Suit", "tuxedo", "dark green", "#fff", ""]) | st.text(
    max_size=20
)


@given(rows=st.lists(st.tuples(FIELD, FIELD), max_size=5))
@example(rows=[("navy-suit", "²")])  # no digit, and no letter
def test_any_dress_code_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]]
) -> None:
    table = tmp_path_factory.getbasetemp() / "dress code.csv"
    lines = [f"P{number},x.jpg,yes,{dress},{colour}" for number, (dress, colour) in enumerate(rows)]
    table.write_bytes("\n".join([HEADING, *lines]).encode("utf-8", "replace"))
    try:
        everybody = read_people(table)
    except BatchUnreadable:
        return
    for each in everybody:
        assert each.dress in ("", *dresses())
        assert not each.colour or each.colour.replace(" ", "").replace("-", "").isalpha()
