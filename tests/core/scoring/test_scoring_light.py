"""The light that an provenance asked for, found again in the picture or not."""

from __future__ import annotations

from dataclasses import replace
from math import log2

import numpy as np
import pytest

from headshots.core.generation import GENERATORS, LOOKS, Candidate, Request
from headshots.core.identity.identity import Identity
from headshots.core.images import resize
from headshots.core.portrait.portrait import Portrait
from headshots.core.provenance import UNKNOWN, Relit
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.score import score

LIGHT = {"key-azimuth", "key-elevation", "key-ratio", "catchlight"}


@pytest.fixture(scope="module")
def shot(astronaut: Identity) -> Candidate:
    request = Request(astronaut, (LOOKS["executive"],), 1, 3, 512, matched=True)
    return next(iter(GENERATORS.get("studio").generate(request)))


def scored(shot: Candidate, sitter: Identity) -> Scorecard:
    return score(shot.portrait, sitter, picture="01", provenance=shot.provenance)


def light_of(card: Scorecard) -> set[str]:
    return {measure.name for measure in card.measures} & LIGHT


def test_the_light_is_asked_and_measured(shot: Candidate, astronaut: Identity) -> None:
    card = scored(shot, astronaut)
    asked = shot.provenance.last(Relit)
    assert asked is not None and light_of(card) == LIGHT
    for name, wanted in (
        ("key-azimuth", asked.azimuth),
        ("key-elevation", asked.elevation),
        ("key-ratio", log2(asked.ratio)),
        ("catchlight", asked.azimuth),
    ):
        measure = card.measure(name)
        assert measure.passed, measure
        assert measure.low is not None and measure.high is not None
        assert (measure.low + measure.high) / 2 == pytest.approx(wanted)
    (note,) = card.notes
    assert note.startswith(f"key light asked {abs(asked.azimuth):.0f}° left, ")
    assert "measured" in note and "the eyes mirror a lamp" in note


def test_a_mirrored_picture_is_lit_from_the_wrong_side(
    shot: Candidate, astronaut: Identity
) -> None:
    mirrored = replace(
        shot,
        portrait=Portrait(
            np.ascontiguousarray(shot.image[:, ::-1]), np.ascontiguousarray(shot.matte[:, ::-1])
        ),
    )
    card = scored(mirrored, astronaut)
    for name in ("key-azimuth", "catchlight"):
        assert not card.measure(name).passed and card.measure(name).advice
    assert card.overall < scored(shot, astronaut).overall


def test_eyes_too_small_say_so(shot: Candidate, astronaut: Identity) -> None:
    image, matte = (resize(each, 200, 250) for each in (shot.image, shot.matte))
    card = scored(replace(shot, portrait=Portrait(image, matte)), astronaut)
    assert light_of(card) == LIGHT - {"catchlight"}
    assert card.notes[0].endswith("the eyes are too small to tell")


def test_an_even_light_has_a_ratio_and_no_direction(shot: Candidate, astronaut: Identity) -> None:
    flat = Relit(azimuth=0, elevation=12, ratio=2, strength=1)
    card = scored(replace(shot, provenance=shot.provenance.edited(flat)), astronaut)
    assert light_of(card) == {"key-ratio"}
    assert card.notes[0].startswith("light asked 2.0:1, measured")


def test_without_an_asked_light_nothing_is_said(shot: Candidate, astronaut: Identity) -> None:
    unlit = shot.provenance.model_copy(update={"edits": shot.provenance.edits[:1]})
    for provenance in (UNKNOWN, unlit):
        card = scored(replace(shot, provenance=provenance), astronaut)
        assert not light_of(card) and card.notes == ()
