"""A team of people whose photos leave different room: one framing, and pictures that match."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from headshots.core.errors import InputError
from headshots.core.faces import ANALYSERS
from headshots.core.framing import best_crop
from headshots.core.framing.composition import CLOSEST
from headshots.core.framing.room import ROOM
from headshots.core.generation import GENERATORS, LOOKS, Look, Request, framed
from headshots.core.generation.team_framing import (
    TeamLook,
    cannot_carry,
    room_of,
    team_look,
    unenrolled,
)
from headshots.core.identity.enrollment import enrol
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.recipes.steps import CHOOSE_LOOK
from headshots.core.scoring.team_consistency import figures
from headshots.core.vault.consent import agreed

from ...cropped import cropped

pytestmark = pytest.mark.slow

LOOK = LOOKS["team-neutral"]


@pytest.fixture(scope="module")
def people(photos: Path) -> Mapping[str, Identity]:
    """Three people; of the first a photo with room, of the others such that end below the chin."""
    files = {
        "Roomy": (photos / "obama.jpg").read_bytes(),
        "Low": cropped(photos / "biden.jpg", below=0.45),
        "Short": cropped(photos / "astronaut.png", below=0.6),
    }
    embedded, dlib = ANALYSERS.get("embedded"), ANALYSERS.get("dlib")
    return {
        name: enrol(
            name,
            [read_photo(data, name=name)],
            consent=agreed(name, "yes", days=30),
            analyser=embedded,
            judge=dlib,
        ).identity
        for name, data in files.items()
    }


@pytest.fixture(scope="module")
def team(people: Mapping[str, Identity]) -> TeamLook:
    return team_look(LOOK, {name: room_of(each.photos, LOOK) for name, each in people.items()})


def heads(people: Mapping[str, Identity], look: Look) -> dict[str, tuple[float, float]]:
    """Head height and eye line of a matched picture of each, measured anew."""
    measured: dict[str, tuple[float, float]] = {}
    for name, identity in people.items():
        request = Request(identity, (look,), 1, 1, 512, matched=True)
        (made,) = GENERATORS.get("studio").generate(request)
        shown = figures(Picture(name, made.portrait, made.provenance))
        head, eyes = shown["head-height"], shown["eye-line"]
        assert head and eyes
        measured[name] = head[0], eyes[0]
    return measured


def test_heads_of_a_team_are_equal(people: Mapping[str, Identity], team: TeamLook) -> None:
    assert not team.left_out and "the photos of all can carry it" in team.said
    alone, together = heads(people, LOOK), heads(people, team.look)
    before, after = (np.ptp(list(each.values()), axis=0) for each in (alone, together))
    assert (after <= 0.01).all(), together
    assert (before > 0.04).all(), alone


def test_a_smaller_photo_tells_the_same_without_who_it_is(
    photos: Path, people: Mapping[str, Identity]
) -> None:
    small = read_photo(photos / "obama.jpg", longest=600)
    (sketch,) = unenrolled([small], ANALYSERS.get("embedded"), "only")
    assert not sketch.embeddings and not sketch.data and not sketch.face.embedding.size
    (enrolled,) = people["Roomy"].photos
    quick, whole = room_of([sketch], LOOK), room_of([enrolled], LOOK)
    assert np.isfinite(quick).mean() == pytest.approx(np.isfinite(whole).mean(), abs=0.05)


def test_only_the_most_suitable_photos_have_a_say(photos: Path) -> None:
    names = ("obama_partial_face.jpg", "obama.jpg", "obama2.jpg", "obama3.jpg", "astronaut.png")
    read = (read_photo(photos / name, longest=800) for name in names)
    sketches = unenrolled(read, ANALYSERS.get("embedded"), "only")
    assert len(sketches) == 3 and all(each.outline for each in sketches)


def test_who_cannot_carry_it_is_told_which_photo_to_take(people: Mapping[str, Identity]) -> None:
    assert cannot_carry(people["Roomy"], LOOK) is None
    said = cannot_carry(people["Low"], LOOK)
    assert said is not None and "47.0%" in said and said.endswith(ROOM)


def test_a_source_that_carries_the_framing_is_used_before_a_better_one(
    people: Mapping[str, Identity],
) -> None:
    """The photo without room is the better one otherwise."""
    (roomy,), (low,) = people["Roomy"].photos, people["Low"].photos
    both = replace(people["Roomy"], photos=(replace(low, quality=1.0), replace(roomy, quality=0.3)))
    request = Request(both, (LOOK,), 2, 1, 256, matched=True)
    assert {each.provenance.photo for each in GENERATORS.get("studio").generate(request)} == {
        "Roomy"
    }


@pytest.mark.parametrize(("head", "eyes"), [(0.6, 0.4), (0, 0.35), (0.41, 0), (CLOSEST, 0.5)])
def test_a_look_is_framed_as_asked(head: float, eyes: float) -> None:
    framing = framed(LOOK, head, eyes).framing
    assert framing.head == (head or LOOK.framing.head)
    assert framing.eyes == (eyes or LOOK.framing.eyes)
    assert framed(LOOK, 0, 0) == LOOK


@pytest.mark.parametrize(
    ("head", "eyes", "said"),
    [(0.3, 0, "Ask for 0.4"), (1.2, 0, "to 1.1"), (0, 0.6, "eye line of 0.6"), (0.5, 0.2, "0.29")],
)
def test_a_framing_that_no_portrait_has_is_refused(head: float, eyes: float, said: str) -> None:
    with pytest.raises(InputError) as error:
        framed(LOOK, head, eyes)
    assert said in f"{error.value.what} {error.value.remedy}"


def test_the_step_says_the_same_range() -> None:
    assert CHOOSE_LOOK.input("head").high == CLOSEST


def test_an_exact_crop_is_exact_or_none(people: Mapping[str, Identity]) -> None:
    (low,) = people["Low"].photos
    assert low.outline
    assert best_crop(low.outline, LOOK.framing) and not best_crop(
        low.outline, LOOK.framing, exact=True
    )
