"""Does a team stand side by side: figures first, then real people in one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.errors import InputError, NoFace
from headshots.core.faces import ANALYSERS
from headshots.core.generation import GENERATORS, Request, find_look
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, to_linear, to_srgb
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.score import score
from headshots.core.scoring.team_consistency import TRAITS, Figures, spread_of, team_spread
from headshots.core.vault.consent import agreed

from ...histories import pictured

TRAIT = {trait.name: trait for trait in TRAITS}
ALIKE: Figures = {
    "head-height": [0.46],
    "eye-line": [0.4],
    "head-centre": [0.0],
    "exposure": [0.0],
    "colour-cast": [0.0, 0.0],
    "key-azimuth": [-30.0],
    "key-elevation": [30.0],
    "key-ratio": [1.5],
    "backdrop": [40.0, 0.0, -10.0],
}


def test_pictures_that_are_alike() -> None:
    found = spread_of("abc", [ALIKE] * 3)
    assert not found.odd and not found.unknown
    assert found.verdict == "The pictures stand side by side: none stands out."
    assert all(each.range < 1e-9 and each.deviation < 1e-9 for each in found.ranges)
    assert [each.trait for each in found.ranges] == list(TRAITS)


@pytest.mark.parametrize("name", TRAIT)
def test_who_stands_out_is_named_and_told_what_to_do(name: str) -> None:
    trait = TRAIT[name]
    figure = ALIKE[name]
    assert figure is not None
    far = [figure[0] + 2 * trait.tolerance, *figure[1:]]
    found = spread_of(["Ada", "Bob", "Eve"], [ALIKE, {**ALIKE, name: far}, ALIKE])
    (odd,) = found.odd
    assert (odd.picture, odd.trait) == ("Bob", trait)
    assert odd.times == pytest.approx(2)
    assert found.verdict.startswith("Bob stands out: ") and found.verdict.endswith(trait.mend)
    (spread,) = [each for each in found.ranges if each.range]
    assert spread.range == pytest.approx(2 * trait.tolerance)
    assert spread.deviation == pytest.approx(2 * trait.tolerance * np.sqrt(2) / 3)


def test_range_and_deviation_are_the_usual_ones() -> None:
    heights = [0.44, 0.45, 0.47, 0.46]
    found = spread_of("abcd", [{"head-height": [height]} for height in heights])
    (spread,) = found.ranges
    assert (spread.low, spread.high) == (0.44, 0.47)
    assert spread.range == pytest.approx(np.ptp(heights))
    assert spread.deviation == pytest.approx(np.std(heights))
    assert spread.values == pytest.approx(heights)


def test_what_too_few_tell_of_is_said_and_not_guessed() -> None:
    bare = {**ALIKE, "exposure": None}
    found = spread_of("abc", [ALIKE, bare, bare])
    assert [trait.name for trait in found.unknown] == ["exposure"]
    found = spread_of("abc", [ALIKE, bare, ALIKE])
    (exposure,) = [each for each in found.ranges if each.trait.name == "exposure"]
    assert exposure.values == (0.0, None, 0.0)


@pytest.mark.parametrize("few", [[], [ALIKE]])
def test_one_picture_has_no_spread(few: Sequence[Figures]) -> None:
    with pytest.raises(InputError, match="fewer than two"):
        spread_of("a" * len(few), few)


SETS = st.lists(st.floats(-1, 1).map(lambda x: [x]), min_size=2, max_size=6)


@given(SETS, st.floats(-5, 5))
def test_only_differences_count(values: list[list[float]], shift: float) -> None:
    here = spread_of("x" * len(values), [{"exposure": each} for each in values])
    there = spread_of("x" * len(values), [{"exposure": [x + shift]} for (x,) in values])
    assert there.ranges[0].range == pytest.approx(here.ranges[0].range, abs=1e-9)
    assert there.ranges[0].deviation == pytest.approx(here.ranges[0].deviation, abs=1e-9)


@given(st.permutations("abcdef"), st.floats(0.5, 3))
def test_the_order_does_not_matter(order: list[str], far: float) -> None:
    told = [{"exposure": [far if name == "d" else 0.0]} for name in order]
    assert [each.picture for each in spread_of(order, told).odd] == ["d"]


@pytest.fixture(scope="module")
def team(sitter: Identity, astronaut: Identity, photos: Path) -> dict[str, Identity]:
    other = enrol(
        "Other",
        [read_photo(photos / "biden.jpg", longest=1600)],
        consent=agreed("Other", "yes", days=30),
        analyser=ANALYSERS.get("embedded"),
        judge=ANALYSERS.get("dlib"),
    )
    return {"dark": sitter, "ruddy": other.identity, "fair": astronaut}


def members(team: dict[str, Identity], *, matched: bool) -> list[Picture]:
    looks = (find_look("executive"),)
    made: list[Picture] = []
    for name, identity in team.items():
        request = Request(identity, looks, 1, 1, 400, matched=matched)
        each = next(GENERATORS.get("studio").generate(request))
        plain = pictured(each.image, name=name, matte=each.matte, provenance=each.provenance)
        card = score(plain.portrait, identity, picture=name, provenance=each.provenance)
        made.append(plain.scored(card))
    return made


@pytest.fixture(scope="module")
def matched(team: dict[str, Identity]) -> list[Picture]:
    return members(team, matched=True)


@pytest.mark.slow
def test_a_matched_team_stands_side_by_side(
    team: dict[str, Identity], matched: list[Picture]
) -> None:
    """Three real people of different skin, lit from different sides in their photos."""
    found = {each.trait.name: each for each in team_spread(matched).ranges}
    assert found["head-height"].range < 0.03  # measured: .013
    assert found["eye-line"].range < 0.02  # .001
    assert found["exposure"].range < 0.5  # .2 stops, each against their own skin
    assert found["key-azimuth"].range < 30  # 15 degrees
    assert found["backdrop"].range < 1  # .01
    assert all(angle < 0 for angle in found["key-azimuth"].values if angle is not None)


def test_a_picture_made_for_itself_stands_out(
    team: dict[str, Identity], matched: list[Picture]
) -> None:
    """One of them lit from where their photo was lit."""
    alone = members({"ruddy": team["ruddy"]}, matched=False)
    found = team_spread([matched[0], *alone, matched[2]])
    assert found.odd[0].picture == "ruddy" and found.odd[0].trait.name == "key-azimuth"
    assert "'matched' on" in found.verdict


def test_skin_is_held_against_the_sitters_own_only(matched: list[Picture]) -> None:
    """A stop less light is found; skin that reflects half the light is not."""
    member = matched[0]
    assert member.scorecard is not None
    darker = to_srgb(to_linear(member.portrait.image) * np.float32(0.5))
    own, dim = card_of(member.scorecard, 0.0), card_of(member.scorecard, lightness_fall(member))
    same = team_spread([replace(member, scorecard=own), pictured(darker, own, name="b")])
    (exposure,) = [each for each in same.ranges if each.trait.name == "exposure"]
    assert exposure.range == pytest.approx(0, abs=1e-6)
    less = team_spread([replace(member, scorecard=own), pictured(darker, dim, name="b")])
    (exposure,) = [each for each in less.ranges if each.trait.name == "exposure"]
    assert exposure.range == pytest.approx(1, abs=0.1)


def card_of(card: Scorecard, lightness: float) -> Scorecard:
    measures = tuple(
        replace(each, value=lightness if each.name == "skin-lightness" else each.value)
        for each in card.measures
    )
    return replace(card, measures=measures)


def lightness_fall(member: Picture) -> float:
    """By how much L* of the skin falls when half the light is gone."""
    identity = member.scorecard
    assert identity is not None
    luminance = float(np.median(to_linear(skin(member.portrait))))
    return -116 * (luminance ** (1 / 3) - (luminance / 2) ** (1 / 3))


def skin(portrait: Portrait) -> Image:
    assert portrait.skin_pixels is not None
    return portrait.skin_pixels


def test_a_picture_without_a_face_is_named(matched: list[Picture]) -> None:
    with pytest.raises(NoFace, match="'wall'"):
        team_spread([matched[0], pictured(np.full((400, 320, 3), 0.5, np.float32), name="wall")])


def test_the_page_about_teams_tells_what_is_let_pass() -> None:
    page = (Path(__file__).parents[3] / "docs" / "teams.md").read_text("utf-8")
    for trait in TRAITS:
        unit = trait.unit if trait.unit == "°" else f" {trait.unit}"
        assert f"| {trait.title} | {trait.write(trait.tolerance)}{unit} |" in page
    assert TRAIT["head-centre"].write(-0.0001) == "0.0"
