"""The page of steps: complete, consistent, documented, and wired to functions that exist."""

from __future__ import annotations

import inspect
from dataclasses import fields
from pathlib import Path

import pytest

from headshots.core.errors import RecipeInput
from headshots.core.painting import Painting
from headshots.core.recipes import reference
from headshots.core.recipes.documents import built_in_names
from headshots.core.recipes.step import Input, Kind, Step, resolve
from headshots.core.recipes.steps import ALL, PAINTING, RETOUCH, STEPS
from headshots.core.recipes.values import accepted, check, parse
from headshots.core.retouching import Retouching

PAGE = Path(reference.__file__).parents[2] / "docs" / "steps.md"


def test_ids_are_unique_and_titles_too() -> None:
    assert len(STEPS) == len(ALL)
    assert len({step.title for step in ALL}) == len(ALL)
    assert all(step.id.startswith("Headshots") for step in ALL)


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.id)
def test_a_step_is_fully_declared(step: Step) -> None:
    names = [each.name for each in step.inputs]
    assert len(set(names)) == len(names)
    assert step.summary.endswith(".") and step.category and step.outputs
    for each in step.inputs:
        assert each.tooltip.endswith("."), f"{each.name} has no full sentence"
        assert each.kind.constant or each.default is None
        assert each.kind not in (Kind.INT, Kind.FLOAT) or None not in (each.low, each.high)
        assert (each.kind in (Kind.CHOICE, Kind.CHOICES)) == bool(each.options())
        if each.default is not None:
            assert check(each, each.default) == each.default
    assert all(output.tooltip.endswith(".") for output in step.outputs)


@pytest.mark.parametrize("step", ALL, ids=lambda step: step.id)
def test_a_steps_function_takes_its_inputs(step: Step) -> None:
    wanted = {"progress", *(each.name for each in step.inputs), *(("within",) * step.within)}
    parameters = inspect.signature(resolve(step.place)).parameters.values()
    taken = {each.name for each in parameters if each.kind is not each.VAR_KEYWORD}
    for handing, values in ((PAINTING, Painting), (RETOUCH, Retouching)):
        if step is handing:  # hands the rest on as they are
            taken |= {each.name for each in fields(values)}
    assert taken == wanted
    assert step.keeps or not step.within
    if step.fingerprint:
        constants = {each.name for each in step.inputs if each.kind.constant}
        parameters = inspect.signature(resolve(step.fingerprint)).parameters.values()
        needed = {p.name for p in parameters if p.kind is not p.VAR_KEYWORD}
        assert needed <= constants


HANDING_ON = [step for step in ALL if any(output.kind is Kind.PICTURES for output in step.outputs)]


@pytest.mark.parametrize("step", HANDING_ON, ids=lambda step: step.id)
def test_pictures_are_handed_on_in_one_way(step: Step) -> None:
    """First the pictures, then what other packs take of them: never one without the other."""
    kinds = [each.kind for each in step.outputs]
    assert kinds[0] is Kind.PICTURES
    if Kind.IMAGE in kinds or Kind.MASK in kinds:
        assert kinds[:3] == [Kind.PICTURES, Kind.IMAGE, Kind.MASK]
        assert [each.name for each in step.outputs[1:3]] == ["images", "mattes"]
    for each in step.inputs:
        assert (
            each.name
            in ("pictures", "before", "originals", "second", "third", "fourth", "fifth", "sixth")
        ) == (each.kind is Kind.PICTURES)


def test_some_steps_hand_on_pictures() -> None:
    assert {"HeadshotsStudio", "HeadshotsAsPictures", "HeadshotsKeepBest"} <= {
        step.id for step in HANDING_ON
    }


def test_the_reference_is_current() -> None:
    page = PAGE.read_text("utf-8")
    assert page == reference.filled(page), (
        "Run `python -m headshots.core.recipes.reference docs/steps.md`."
    )


def test_every_built_in_recipe_is_documented() -> None:
    page = PAGE.with_name("recipes.md").read_text("utf-8")
    assert all(f"| `{name}` |" in page for name in built_in_names())


NUMBER = Input("n", Kind.INT, "", low=1, high=5)
SHARE = Input("x", Kind.FLOAT, "", low=0, high=1)
SWITCH = Input("on", Kind.BOOLEAN, "")
LOOK = Input("look", Kind.CHOICE, "", choices=("plain", "grand"))
LOOKS = Input("looks", Kind.CHOICES, "", choices=("plain", "grand"))
TEXT = Input("text", Kind.STRING, "", multiline=True)


@pytest.mark.parametrize(
    ("declared", "text", "value"),
    [
        (NUMBER, " 3 ", 3),
        (SHARE, "1", 1.0),
        (SHARE, "1e-1", 0.1),
        (SWITCH, "Yes", True),
        (SWITCH, "off", False),
        (LOOK, "grand", "grand"),
        (LOOKS, "grand", ("grand",)),
        (LOOKS, "grand, plain,grand", ("grand", "plain")),
        (TEXT, " as it is\n", " as it is\n"),
    ],
)
def test_typed_text_as_values(declared: Input, text: str, value: object) -> None:
    parsed = parse(declared, text)
    assert parsed == value and type(parsed) is type(value)


@pytest.mark.parametrize(
    ("declared", "text"),
    [
        (NUMBER, "6"),
        (NUMBER, "1.5"),
        (NUMBER, ""),
        (NUMBER, "9" * 5000),
        (SHARE, "nan"),
        (SHARE, "inf"),
        (SHARE, "-0.1"),
        (SWITCH, "maybe"),
        (LOOK, "Grand"),
        (LOOKS, "plain,Grand"),
        (LOOKS, " , "),
        (TEXT, "a\0b"),
    ],
)
def test_typed_text_that_does_not_fit(declared: Input, text: str) -> None:
    with pytest.raises(RecipeInput) as raised:
        parse(declared, text)
    assert accepted(declared) in str(raised.value)
