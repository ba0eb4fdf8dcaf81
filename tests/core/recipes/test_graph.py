"""Reading recipes: sound ones become values, everything else a named error."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headshots.core.errors import (
    BrokenLink,
    NothingToDo,
    RecipeCycle,
    RecipeError,
    RecipeInput,
    RecipeUnreadable,
    UnknownName,
    UnknownStep,
)
from headshots.core.recipes.documents import built_in, built_in_names, document, document_file
from headshots.core.recipes.graph import Link, Recipe, build, with_inputs
from headshots.core.recipes.steps import READ_PICTURES

SCORING: dict[str, Any] = {
    "1": {
        "class_type": "HeadshotsReadPictures",
        "inputs": {"paths": "a.jpg\nb.jpg"},
        "_meta": {"title": "Read pictures"},
    },
    "2": {
        "class_type": "HeadshotsLoadSitter",
        "inputs": {"name": "Ada"},
        "_meta": {"title": "Sitter"},
    },
    "3": {
        "class_type": "HeadshotsScore",
        "inputs": {"pictures": ["1", 0], "identity": ["2", 0]},
    },
    "4": {"class_type": "HeadshotsShowScores", "inputs": {"pictures": ["3", 0]}},
}


def _changed(path: tuple[str, ...], value: object) -> dict[str, Any]:
    changed: Any = copy.deepcopy(SCORING)
    place = changed
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return changed


def test_a_recipe_as_a_value() -> None:
    recipe = build(document(json.dumps(SCORING)))
    assert list(recipe.nodes) == ["1", "2", "3", "4"]
    score = recipe.nodes["3"]
    assert score.title == "Score likeness"
    assert recipe.nodes["2"].title == "Sitter"
    assert score.inputs["identity"] == Link("2", 0)
    assert score.inputs["pictures"] == Link("1", 0)
    assert recipe.nodes["4"].inputs["pictures"] == Link("3", 0)
    assert score.inputs["on_no_face"] == "reject"


def test_nodes_stand_in_running_order_whatever_the_file_says() -> None:
    backwards = build(dict(reversed(SCORING.items())))
    order = list(backwards.nodes)
    assert order.index("3") > max(order.index("1"), order.index("2"))
    assert order[-1] == "4"
    assert order == list(build(dict(reversed(SCORING.items()))).nodes)


def test_only_what_is_needed() -> None:
    more = {**SCORING, "5": {"class_type": "HeadshotsChooseLook", "inputs": {}}}
    assert [node.id for node in build(more).needed()] == ["1", "2", "3", "4"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        '"text"',
        "12",
        '{"1": NaN}',
        '{"1": {}, "1": {}}',
        "[" * 100_000,
        "1" * 10_000,
        " " * 1_000_001,
        b"\xff\xfe\x00",
        '{"1": {"class_type": "\\ud800"}}',
        '{"1": 5}',
        '{"1": {"class_type": 5}}',
        '{"1": {"class_type": "HeadshotsChooseLook", "inputs": []}}',
        '{"1": {"class_type": "HeadshotsChooseLook", "_meta": []}}',
        '{"nodes": [], "links": []}',
        json.dumps({str(n): {"class_type": "HeadshotsChooseLook"} for n in range(1001)}),
    ],
    ids=str,
)
def test_what_is_no_recipe(text: str | bytes) -> None:
    with pytest.raises(RecipeUnreadable):
        build(document(text))


def test_an_editors_file_is_told_apart() -> None:
    with pytest.raises(RecipeUnreadable, match=r"Export \(API\)"):
        build({"nodes": [], "links": [], "version": 0.4})


def test_files_that_are_not_there(tmp_path: Any) -> None:
    for path in (tmp_path / "no.json", tmp_path):
        with pytest.raises(RecipeUnreadable, match="can't be read"):
            document_file(path)


def test_foreign_nodes_are_all_named() -> None:
    foreign = {
        **SCORING,
        "7": {"class_type": "KSampler", "_meta": {"title": "Sampler"}},
        "8": {"class_type": "SaveImage"},
    }
    with pytest.raises(UnknownStep, match=r"Node 7 \(Sampler\) is a 'KSampler'.*Node 8.*ComfyUI"):
        build(foreign)


@pytest.mark.parametrize(
    ("link", "said"),
    [
        (["9", 0], "'9', which isn't there"),
        (["2", 2], "output 2 of node 2"),
        (["2", -1], "output -1"),
        (["2", 0.5], "no link"),
        (["2", True], "no link"),
        (["2"], "no link"),
        ([2, 0], "no link"),
        ([], "no link"),
        (["1", 0], "which gives pictures and not a sitter"),
    ],
)
def test_broken_links(link: object, said: str) -> None:
    with pytest.raises(BrokenLink, match=said) as raised:
        build(_changed(("3", "inputs", "identity"), link))
    assert "node 3 (Score likeness): identity" in str(raised.value)


def test_cycles_are_named() -> None:
    looks = {
        str(n): {"class_type": "HeadshotsChooseLook", "inputs": {"and_also": [str(n % 3 + 1), 0]}}
        for n in (1, 2, 3)
    }
    with pytest.raises(RecipeCycle) as raised:
        build(looks)
    assert all(f"node {n} (Choose look)" in str(raised.value) for n in (1, 2, 3))
    with pytest.raises(RecipeCycle):
        build({"1": {"class_type": "HeadshotsChooseLook", "inputs": {"and_also": ["1", 0]}}})


@pytest.mark.parametrize("recipe", [{}, {"1": {"class_type": "HeadshotsChooseLook"}}])
def test_a_recipe_that_leaves_nothing(recipe: dict[str, Any]) -> None:
    with pytest.raises(NothingToDo, match="Contact sheet"):
        build(recipe)


STUDIO: dict[str, Any] = {
    "1": {"class_type": "HeadshotsLoadSitter", "inputs": {"name": "Ada"}},
    "2": {"class_type": "HeadshotsChooseLook", "inputs": {}},
    "3": {
        "class_type": "HeadshotsStudio",
        "inputs": {"identity": ["1", 0], "looks": ["2", 0]},
        "_meta": {"title": "My studio"},
    },
    "4": {"class_type": "HeadshotsDeliver", "inputs": {"pictures": ["3", 0]}},
    "5": {"class_type": "HeadshotsDeliver", "inputs": {"pictures": ["3", 0]}},
}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("count", 0, "count is 0.*from 1 to 500"),
        ("count", 501, "count is 501"),
        ("count", 10**400, "count is a very long number"),
        ("count", 1.5, "count is 1.5"),
        ("count", "3", "count is '3'"),
        ("count", True, "count is True"),
        ("count", [1], "no link"),
        ("count", {"__value__": [1, 2]}, r"count is \[1, 2\]"),
        ("count", {"value": 1}, "count is"),
        ("matched", 1, "true or false"),
        ("identity", "Ada", "identity is a constant"),
        ("identity", None, "identity is missing"),
        ("cuont", 3, "no input 'cuont'.*count"),
    ],
)
def test_inputs_that_do_not_fit(name: str, value: object, said: str) -> None:
    changed = copy.deepcopy(STUDIO)
    changed["3"]["inputs"][name] = value
    with pytest.raises((RecipeInput, BrokenLink), match=said) as raised:
        build(changed)
    assert "node 3 (My studio)" in str(raised.value)


def test_choices_are_listed_and_the_nearest_offered() -> None:
    changed = copy.deepcopy(STUDIO)
    changed["2"]["inputs"]["looks"] = {"__value__": ["studio-gray"]}
    with pytest.raises(RecipeInput, match=r"Did you mean 'studio-grey'.*executive"):
        build(changed)


def test_all_unfit_inputs_are_named_at_once() -> None:
    changed = copy.deepcopy(STUDIO)
    changed["3"]["inputs"].update(count=0, width=1)
    changed["4"]["inputs"]["size"] = "postcard"
    with pytest.raises(RecipeInput, match=r"count is 0; .*width is 1; .*size is 'postcard'"):
        build(changed)


def test_literals_may_be_wrapped_and_numbers_mixed() -> None:
    changed = copy.deepcopy(STUDIO)
    changed["3"]["inputs"].update(count={"__value__": 3}, width=512.0)
    inputs = build(changed).nodes["3"].inputs
    assert (inputs["count"], inputs["width"]) == (3, 512)
    assert isinstance(inputs["width"], int)


def test_inputs_are_set_by_name_title_or_id() -> None:
    recipe = build(STUDIO)
    changed = with_inputs(
        recipe,
        {"looks": "executive,daylight", "My studio.count": "12", "3.seed": 7, "matched": "yes"},
    )
    assert changed.nodes["2"].inputs["looks"] == ("executive", "daylight")
    studio = changed.nodes["3"].inputs
    assert (studio["count"], studio["seed"], studio["matched"]) == (12, 7, True)
    assert recipe.nodes["3"].inputs["count"] == 8


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("folder", "x", "several inputs 'folder'. Say which: 4.folder, 5.folder"),
        ("colour", "x", "no input 'colour'.*My studio.count"),
        ("identity", "x", "no input 'identity'"),
        ("count", "many", "node 3 .My studio.: count is 'many'"),
        ("count", "0", "from 1 to 500"),
        ("looks", "nice", "one or more of studio-grey"),
        ("name", "a\0b", "name is"),
    ],
)
def test_inputs_that_cannot_be_set(key: str, value: str, said: str) -> None:
    with pytest.raises(RecipeInput, match=said):
        with_inputs(build(STUDIO), {key: value})


def test_a_linked_input_is_not_set_by_accident() -> None:
    read_again = {
        "6": {"class_type": "HeadshotsReadPictures", "inputs": {"paths": ["4", 0]}},
        "7": {"class_type": "HeadshotsShowScores", "inputs": {"pictures": ["6", 0]}},
    }
    with pytest.raises(RecipeInput, match="no input 'paths'"):
        with_inputs(build({**STUDIO, **read_again}), {"paths": "x"})


@pytest.mark.parametrize("output", ["pictures", "images"])
def test_pictures_may_come_as_images(output: str) -> None:
    slot = [each.name for each in READ_PICTURES.outputs].index(output)
    recipe = build(_changed(("3", "inputs", "pictures"), ["1", slot]))
    assert recipe.nodes["3"].inputs["pictures"] == Link("1", slot)


def test_images_may_not_come_as_pictures_nor_pictures_as_mattes() -> None:
    as_pictures = {"class_type": "HeadshotsAsPictures", "inputs": {"images": ["1", 1]}}
    build({**SCORING, "5": as_pictures})
    for name, slot in (("images", 0), ("images", 2), ("mattes", 0), ("mattes", 1), ("before", 2)):
        changed = copy.deepcopy({**SCORING, "5": as_pictures})
        changed["5"]["inputs"][name] = ["1", slot]
        with pytest.raises(BrokenLink, match="which gives"):
            build(changed)


def test_built_in_recipes_are_sound() -> None:
    assert {
        "quick_headshot",
        "team_matched_headshot",
        "score_a_picture",
        "refine_and_deliver",
    } <= set(built_in_names())
    for name in built_in_names():
        raw = built_in(name)
        titles = [node["_meta"]["title"] for node in raw.values()]
        assert all(titles) and len(set(titles)) == len(titles), name
        for id, node in build(raw).nodes.items():
            given = set(raw[id]["inputs"])
            wanted = {each.name for each in node.step.inputs if not each.optional}
            assert wanted <= given, f"{name} leaves {wanted - given} of {node} to chance"
    with pytest.raises(UnknownName, match="quick_headshot"):
        built_in("quick_headshots")


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["HeadshotsStudio", "HeadshotsDeliver", "1", "2", "class_type", "inputs"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.text() | st.sampled_from(["class_type", "inputs", "_meta", "title", "1", "2"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=20,
)


@given(st.text() | st.binary())
def test_any_text_is_a_recipe_or_a_named_error(text: str | bytes) -> None:
    try:
        assert isinstance(build(document(text)), Recipe)
    except RecipeError as error:
        assert str(error)


@settings(max_examples=200)
@given(st.dictionaries(st.text(), JSON))
def test_any_json_is_a_recipe_or_a_named_error(value: dict[str, Any]) -> None:
    try:
        build(value)
    except RecipeError as error:
        assert str(error)


@st.composite
def _mutated(draw: st.DrawFn) -> dict[str, Any]:
    """A sound recipe with one to three places replaced or removed."""
    recipe: Any = copy.deepcopy(draw(st.sampled_from([SCORING, STUDIO])))
    for _ in range(draw(st.integers(1, 3))):
        place = recipe
        while True:
            key = draw(st.sampled_from(sorted(place))) if place else "1"
            inside = place.get(key)
            if not isinstance(inside, dict) or draw(st.booleans()):
                break
            place = inside
        links = st.tuples(st.sampled_from(["1", "2", "3", "4"]), st.integers(0, 3)).map(list)
        if draw(st.booleans()):
            place[key] = draw(JSON | links)
        else:
            place.pop(key, None)
    return recipe


@settings(max_examples=300)
@given(_mutated())
def test_a_damaged_recipe_is_a_recipe_or_a_named_error(value: dict[str, Any]) -> None:
    try:
        recipe = build(value)
    except RecipeError as error:
        assert str(error)
        return
    order = list(recipe.nodes)
    for node in recipe.nodes.values():
        assert all(order.index(link.node) < order.index(node.id) for _, link in node.links())


@given(st.text(), st.text() | st.integers() | st.floats() | st.booleans())
def test_setting_anything_gives_a_recipe_or_a_named_error(key: str, value: Any) -> None:
    recipe = build(STUDIO)
    for address in (key, "count", "looks", "matched", "name"):
        try:
            with_inputs(recipe, {address: value})
        except RecipeError as error:
            assert str(error)


def test_constants_of_foreign_nodes_can_be_changed() -> None:
    inputs = {"seed": 2**63, "strength": 0.5, "on": True, "text": "a", "images": ["1", 1]}
    other = {"class_type": "Other", "inputs": inputs, "_meta": {"title": "Elsewhere"}}
    scoring = {**SCORING, "5": other, "3": copy.deepcopy(SCORING["3"])}
    scoring["3"]["inputs"]["pictures"] = ["5", 0]
    recipe = build(scoring, foreign=True)
    given = {"seed": str(2**63 + 1), "Elsewhere.strength": "1", "5.on": "no", "text": "b"}
    changed = with_inputs(recipe, given)
    assert changed.nodes["5"].inputs == {
        **{"seed": 2**63 + 1, "strength": 1.0, "on": False, "text": "b"},
        "images": Link("1", 1),
    }
    with pytest.raises(RecipeInput, match="Elsewhere"):
        with_inputs(recipe, {"strength": "much"})
    with pytest.raises(RecipeInput, match="no input"):
        with_inputs(recipe, {"images": "2"})
