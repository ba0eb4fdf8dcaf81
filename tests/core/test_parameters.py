"""Parameters are said once: their ranges hold, and the steps' inputs are made of them."""

from __future__ import annotations

from dataclasses import fields, replace

import pytest

from headshots.core.errors import InputError
from headshots.core.painting import Painting
from headshots.core.parameters import check_parameters, parameters_of
from headshots.core.recipes.steps import PAINTING


def test_a_step_has_an_input_for_each() -> None:
    for declared, each in zip(PAINTING.inputs, parameters_of(Painting), strict=True):
        assert (declared.name, declared.default) == (each.name, each.default)
        assert (declared.low, declared.high) == (each.low, each.high)
        assert declared.tooltip == each.description
    assert [each.name for each in PAINTING.inputs] == [each.name for each in fields(Painting)]


@pytest.mark.parametrize(
    ("name", "value"),
    [("strength", 1.5), ("likeness", -0.1), ("steps", 201), ("region", "clothes")],
)
def test_what_is_out_of_range_is_refused_by_name(name: str, value: object) -> None:
    check_parameters(Painting())
    with pytest.raises(InputError, match=name):
        check_parameters(replace(Painting(), **{name: value}))
