"""What isn't the sitter: nothing in clean headshots; neighbours, chairs and held things by name."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from headshots.core.portrait.portrait import Portrait
from headshots.core.scorecard import Measurement
from headshots.core.scoring.measure import fault
from headshots.core.scoring.measures.foreign_objects import foreign_objects

from ... import planted
from ...planted import Shot, Spoilt

if TYPE_CHECKING:
    from .conftest import Headshot

pytestmark = pytest.mark.slow

Plant = Callable[[Shot, np.random.Generator], Spoilt]


@pytest.fixture(scope="module")
def shots(photos: Path) -> list[Shot]:
    names = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")
    return [planted.headshot(photos / name) for name in names]


def reported(shot: Shot) -> dict[str, Measurement]:
    return {
        each.name: each
        for each in foreign_objects(Portrait(shot.image, shot.matte, shot.face))
        if not each.passed
    }


def found(shots: list[Shot], plant: Plant, names: set[str]) -> list[bool]:
    """For each of eight visible things, whether any measure of `names` reports it."""
    result: list[bool] = []
    for seed in range(40):
        spoilt = plant(shots[seed % len(shots)], np.random.default_rng(seed))
        if planted.visible(spoilt):
            result.append(bool(names & reported(spoilt.shot).keys()))
        if len(result) == 8:
            return result
    raise AssertionError("too few of the things can be seen")


@pytest.mark.parametrize("name", ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg"))
def test_clean_headshots_hold_nobody_else(headshots: dict[str, Headshot], name: str) -> None:
    shot = headshots[name]
    assert all(each.passed for each in foreign_objects(Portrait(shot.image, shot.matte, shot.face)))


def test_most_neighbours_are_reported(shots: list[Shot]) -> None:
    def plant(shot: Shot, rng: np.random.Generator) -> Spoilt:
        other = shots[(shots.index(shot) + 2) % len(shots)]
        return planted.neighbour(shot, other, rng)

    assert sum(found(shots, plant, {"other-person", "beside-sitter"})) >= 5


def test_most_chairs_are_reported_and_none_as_a_person(shots: list[Shot]) -> None:
    assert sum(found(shots, planted.chair, {"chair", "beside-sitter"})) >= 6
    assert not any(found(shots, planted.chair, {"other-person", "held-object", "hand"}))


@pytest.mark.parametrize("what", ("cup", "bottle"))
def test_cups_and_bottles_are_named(shots: list[Shot], what: str) -> None:
    named: list[str] = []
    for seed in range(6):
        rng = np.random.default_rng([7, seed])
        spoilt = planted.held(shots[seed % 4], what, planted.PAINTED[what](rng), rng)
        if planted.visible(spoilt) and "held-object" in reported(spoilt.shot):
            named.append(reported(spoilt.shot)["held-object"].what)
    assert named.count(what) >= 3
    assert set(named) == {what}


def test_a_hand_with_a_phone_is_a_hand(shots: list[Shot], photos: Path) -> None:
    cutout = planted.photographed(photos)["hand with phone"]
    rng = np.random.default_rng(3)
    spoilt = planted.held(shots[1], "hand with phone", cutout, rng)
    measure = reported(spoilt.shot)["hand"]
    assert fault(measure).startswith("a hand in the picture (")
    assert measure.advice


def test_a_neighbours_half_face_at_the_edge_is_another_person(photos: Path) -> None:
    shot = planted.headshot(photos / "group6.jpg")
    measure = reported(shot)["other-person"]
    assert fault(measure).startswith("another person in the cut-out (")
    assert "alone" in measure.advice
