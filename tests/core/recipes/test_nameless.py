"""Recipes in metadata: enough to make the picture again, and nobody's name or file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from headshots.core.delivery.xmp import read_xmp
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.recipes.actions import files as delivering
from headshots.core.recipes.anonymise import anonymise, written
from headshots.core.recipes.documents import built_in, built_in_names, document
from headshots.core.recipes.graph import Link, Recipe, build, with_inputs
from headshots.core.recipes.runner import run
from headshots.core.recipes.step import Kind, Step, Within
from headshots.core.recipes.steps import DELIVER_PICTURES
from headshots.core.scorecard import Scorecard

from ...histories import studio

DELIVERING = [
    name
    for name in built_in_names()
    if any(node["class_type"] == DELIVER_PICTURES.id for node in built_in(name).values())
]
# Longer than any word of a recipe, so that finding one is no accident.
PRIVATE = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=3, max_size=40).map(
    lambda text: f"Żofia {text}"
)


def end_of(recipe: Recipe) -> str:
    return next(node.id for node in recipe.nodes.values() if node.step is DELIVER_PICTURES)


def texts(recipe: Recipe) -> dict[str, str]:
    """The addresses of all text that can be typed into `recipe`, with their default."""
    return {
        f"{node.id}.{each.name}": str(each.default or "")
        for node in recipe.nodes.values()
        for each in node.step.inputs
        if each.kind is Kind.STRING and not isinstance(node.inputs[each.name], Link)
    }


@pytest.mark.parametrize("name", DELIVERING)
@settings(max_examples=25)
@given(data=st.data())
def test_names_and_paths_are_gone(name: str, data: st.DataObject) -> None:
    original = built_in(name)
    ids = {id: f"{data.draw(PRIVATE)} {id}" for id in original}
    renamed = {
        ids[id]: {
            **node,
            "inputs": {
                key: [ids[value[0]], value[1]] if isinstance(value, list) else value
                for key, value in node["inputs"].items()
            },
            "_meta": {"title": data.draw(PRIVATE), "author": data.draw(PRIVATE)},
        }
        for id, node in original.items()
    }
    recipe = build(renamed)
    recipe = with_inputs(recipe, {address: data.draw(PRIVATE) for address in texts(recipe)})
    found = anonymise(recipe.document(), end_of(recipe))
    line = written(found)
    assert "Żofia" not in line and "Żofia" not in json.dumps(found, ensure_ascii=False)
    # It is the same whoever wrote it, and a sound recipe.
    plain = build(original)
    assert line == written(anonymise(plain.document(), end_of(plain)))
    assert document(line) == found
    again = build(found)
    assert written(anonymise(again.document(), end_of(again))) == line


@pytest.mark.parametrize("name", DELIVERING)
def test_all_else_that_matters_stays(name: str) -> None:
    recipe = build(built_in(name))
    end = end_of(recipe)
    again = build(anonymise(recipe.document(), end))
    needed = {end}
    for node in reversed(list(recipe.nodes.values())):
        if node.id in needed:
            needed.update(link.node for _, link in node.links())

    def chosen(of: Recipe, ids: set[str]) -> list[tuple[str, list[tuple[str, Any]]]]:
        return sorted(
            (
                node.step.id,
                sorted(
                    (each.name, node.inputs[each.name])
                    for each in node.step.inputs
                    if each.kind.constant and each.kind is not Kind.STRING
                ),
            )
            for node in of.nodes.values()
            if node.id in ids
        )

    assert chosen(again, set(again.nodes)) == chosen(recipe, needed)
    links = sum(1 for node in again.nodes.values() for _ in node.links())
    assert links == sum(1 for id in needed for _ in recipe.nodes[id].links())


def test_a_document_builds_the_recipe_that_it_was_made_of() -> None:
    for name in built_in_names():
        recipe = build(built_in(name))
        assert build(recipe.document()) == recipe


def test_other_packs_keep_numbers_and_links_but_no_text() -> None:
    found = anonymise(
        {
            "a": {"class_type": "LoadImage", "inputs": {"image": "Jane at home.png"}},
            "b": {
                "class_type": "KSampler",
                "inputs": {
                    "image": ["a", 0],
                    "steps": 20,
                    "cfg": float("nan"),
                    "text": "Jane",
                    "sizes": {"__value__": [1]},
                },
                "_meta": {"title": "Jane's"},
            },
            "c": {
                "class_type": "HeadshotsDeliver",
                "inputs": {
                    "pictures": ["b", 0],
                    "size": "linkedin",
                    "format": "Jane",
                    "folder": "/Jane",
                    "other": 1,
                },
            },
            "d": {"class_type": "Unrelated", "inputs": {"pictures": ["b", 0]}},
        },
        "c",
    )
    assert found == {
        "1": {"class_type": "LoadImage", "inputs": {}},
        "2": {"class_type": "KSampler", "inputs": {"image": ["1", 0], "steps": 20}},
        "3": {
            "class_type": "HeadshotsDeliver",
            "inputs": {
                "pictures": ["2", 0],
                "size": "linkedin",
                "format": "jpeg",
                "folder": "headshots",
                "names": "",
                "existing": "number",
                "carry": "nothing",
            },
        },
    }


def test_a_colour_is_no_name() -> None:
    node = {"class_type": "HeadshotsReplaceBackdrop", "inputs": {"colour": "#1d4ed8"}}
    assert anonymise({"1": node}, "1")["1"]["inputs"]["colour"] == "#1d4ed8"
    node = {"class_type": "HeadshotsReplaceBackdrop", "inputs": {"colour": "#1d4ed8 Jane"}}
    assert anonymise({"1": node}, "1")["1"]["inputs"]["colour"] == ""


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from("abc"), st.fixed_dictionaries({"inputs": JSON})))
def test_any_document_is_taken(found: Mapping[str, Any]) -> None:
    written(anonymise(found, "a"))


def test_however_it_was_written_it_reads_the_same() -> None:
    full = build(built_in("generate")).document()
    for node in full.values():
        node["inputs"] = dict(reversed(node["inputs"].items()))
    full["5"]["inputs"]["least_percentile"] = 5
    del full["3"]["inputs"]["layers"], full["4"]["inputs"]["on_no_face"]
    assert written(anonymise(full, "6")) == written(anonymise(built_in("generate"), "6"))


def test_a_ring_ends() -> None:
    ring = {
        id: {"class_type": "X", "inputs": {"x": [other, 0]}}
        for id, other in (("a", "b"), ("b", "a"))
    }
    assert len(anonymise(ring, "a")) == 2


def test_the_runner_tells_a_step_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Within] = []

    def call(self: Step, values: Mapping[str, Any]) -> tuple[Any, ...]:
        if self.within:
            seen.append(values["within"])
        else:
            assert "within" not in values
        return tuple(None for _ in self.outputs)

    monkeypatch.setattr(Step, "call", call)
    recipe = with_inputs(build(built_in("generate")), {"Studio.seed": 99})
    run(recipe)
    (within,) = seen
    assert within.node == "6" and within.document["3"]["inputs"]["seed"] == 99


GREY = np.full((40, 30, 3), 0.5, np.float32)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), format=st.sampled_from(["png", "tiff", "jpeg"]))
def test_a_delivered_file_holds_its_recipe_and_nobodys_name(
    data: st.DataObject, format: str, tmp_path: Path
) -> None:
    sitter, photo, name = (data.draw(PRIVATE) for _ in range(3))
    recipe = build(built_in("generate"))
    recipe = with_inputs(recipe, {address: data.draw(PRIVATE) for address in texts(recipe)})
    provenance = studio(photo=photo, index=3)
    reasons = (f"not like {sitter}",)
    card = Scorecard("01", sitter, "dlib", 0.9, 50.0, (), 0.5, "keep", reasons)
    (path, _) = delivering.deliver_pictures(
        SILENT,
        [Picture("01", Portrait(GREY), provenance, sitter).scored(card)],
        name,
        str(tmp_path),
        "full",
        format,
        within=Within(recipe.document(), end_of(recipe)),
    )
    written_file = Path(path).read_bytes()
    assert "Żofia".encode() not in written_file and rb"\u017b" not in written_file
    found = build(document(read_xmp(written_file)["recipe"]))
    assert [node.step.title for node in found.nodes.values()][-1] == "Deliver"
