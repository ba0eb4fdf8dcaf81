"""Presets of retouching: read, saved, refused."""

from __future__ import annotations

from dataclasses import astuple
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.errors import InputError, LookUnreadable, PresetUnreadable, UnknownName
from headshots.core.generation.look_files import read_look
from headshots.core.generation.looks import Look
from headshots.core.refinement.presets import preset, preset_names, save_preset
from headshots.core.retouching import PARTS, Retouching, retouching_from
from headshots.core.settings import settings

SHARES = st.floats(0, 1, allow_nan=False)


def test_those_that_come_with_headshots() -> None:
    assert preset_names()[:2] == ("natural", "polished")
    assert preset("natural") == Retouching()
    assert all(share <= 0.6 for share in (preset(each).skin for each in preset_names()))
    assert preset("eyes-and-teeth").skin == 0


def test_a_saved_preset_comes_back(tmp_path: Path) -> None:
    mine = Retouching(skin=0.2, teeth=0.0, creases=0.5)
    path = save_preset("my-studio", mine)
    try:
        assert preset("my-studio") == mine and preset_names()[-1] == "my-studio"
        save_preset("my-studio", Retouching())
        assert preset("my-studio") == Retouching()
    finally:
        path.unlink()


@pytest.mark.parametrize("name", ["natural", "", "../x", "Mine", "a b", "a" * 61, "-a"])
def test_names_that_no_preset_may_have(name: str) -> None:
    with pytest.raises(InputError):
        save_preset(name, Retouching())


@pytest.mark.parametrize("name", ["natrual", "../keys", "x/y", ""])
def test_unknown_presets_are_refused(name: str) -> None:
    with pytest.raises(UnknownName):
        preset(name)


@pytest.mark.parametrize(
    "text",
    ["skin = 2", "skin = true", "skn = 0.1", "skin = 'much'", "=", "skin = nan", "a" * 20_000],
)
def test_files_with_a_fault_are_refused(text: str) -> None:
    settings().presets.mkdir(parents=True, exist_ok=True)
    path = settings().presets / "faulty.toml"
    path.write_text(text)
    try:
        with pytest.raises(PresetUnreadable, match="faulty"):
            preset("faulty")
    finally:
        path.unlink()


@given(st.dictionaries(st.sampled_from(PARTS), SHARES))
def test_tables_say_what_they_name_and_nothing_else(table: dict[str, float]) -> None:
    read = retouching_from(table)
    assert {part: getattr(read, part) for part in table} == table
    assert all(getattr(read, part) == 0 for part in PARTS if part not in table)


@given(st.builds(Retouching, **dict.fromkeys(PARTS, SHARES)))
def test_proportions_times_the_strongest_are_the_parts(retouching: Retouching) -> None:
    again = retouching.proportions.times(retouching.strongest)
    if retouching.strongest > 0:
        assert astuple(again) == pytest.approx(astuple(retouching.face))
        assert retouching.proportions.strongest == 1


def look(retouch: object) -> Look:
    finish = {"contrast": 1.0, "saturation": 1.0, "warmth": 0.0, "monochrome": 0, "grain": 0.004}
    return read_look(
        "mine",
        {
            "title": "Mine",
            "description": "Mine.",
            "framing": {"aspect": 0.8, "head": 0.48, "eyes": 0.405},
            "light": {"pattern": "loop"},
            "backdrop": {"colour": "#808080", "falloff": 0.5, "texture": 0.0, "spot": 0.5},
            "finish": {**finish, "retouch": retouch},
        },
    )


def test_a_look_carries_one() -> None:
    assert look(0.5).finish.retouch == Retouching.of_face(0.5)
    table = {"skin": 0.3, "lint": 1}
    assert look(table).finish.retouch == retouching_from(table)
    for wrong in (2, "much", {"skn": 0.3}, {"skin": 2}, None, True):
        with pytest.raises(LookUnreadable, match=r"finish\.retouch is"):
            look(wrong)
