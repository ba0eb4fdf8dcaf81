"""Photographic quality on real headshots and on ones spoilt on purpose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from headshots.core.faces.analyser import BLENDSHAPES
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, blur, resize
from headshots.core.portrait.portrait import Portrait
from headshots.core.portrait.sharpness import sharpness
from headshots.core.scorecard import Measurement
from headshots.core.scoring.context import Context
from headshots.core.scoring.measure import KINDS, fault, marks, take
from headshots.core.scoring.measures import photo_quality

if TYPE_CHECKING:
    from .conftest import Headshot

NAMES = ("astronaut.png", "obama.jpg", "obama3.jpg", "biden.jpg")


def _quality(portrait: Portrait, identity: Identity) -> Sequence[Measurement]:
    return photo_quality.answer(portrait, Context(portrait, identity)).measurements


def _failed(image: Image, shot: Headshot, identity: Identity) -> set[str]:
    measures = _quality(Portrait(image, face=shot.face), identity)
    return {each.name for each in measures if not each.passed}


@pytest.mark.parametrize("name", NAMES)
def test_real_headshots_of_any_skin_pass(
    headshots: dict[str, Headshot], astronaut: Identity, name: str
) -> None:
    # The lightness of the skin is judged against the sitter's own, so it is left out here.
    shot = headshots[name]
    assert _failed(shot.image, shot, astronaut) <= {"skin-lightness"}


@pytest.mark.parametrize("name", NAMES)
def test_blur_is_seen_whatever_the_light(headshots: dict[str, Headshot], name: str) -> None:
    shot = headshots[name]
    clean = sharpness(shot.image, shot.face)
    values = [sharpness(blur(shot.image, sigma), shot.face) for sigma in (1, 2, 4)]
    assert clean > values[0] > values[1] > values[2]
    assert values[2] < 0.35
    assert sharpness(shot.image * np.float32(0.4), shot.face) == pytest.approx(clean, abs=0.03)


def test_enlarging_is_not_sharpness(headshots: dict[str, Headshot]) -> None:
    shot = headshots["obama.jpg"]
    height, width = shot.image.shape[:2]
    values = [
        sharpness(resize(resize(shot.image, width // n, height // n), width, height), shot.face)
        for n in (2, 3, 4, 6)
    ]
    assert values == sorted(values, reverse=True)
    assert values[2] < 0.6 * sharpness(shot.image, shot.face)


@pytest.mark.parametrize("name", NAMES)
def test_faulty_light_is_named(
    headshots: dict[str, Headshot], astronaut: Identity, name: str
) -> None:
    shot = headshots[name]
    assert "blown-skin" in _failed(np.clip(shot.image * np.float32(2.6), 0, 1), shot, astronaut)
    assert "face-contrast" in _failed(
        shot.image * np.float32(0.3) + np.float32(0.5), shot, astronaut
    )
    shadow = shot.image.copy()
    shadow[:, : int(shot.face.landmarks[1, 0])] *= 0.01
    assert "crushed-skin" in _failed(shadow, shot, astronaut)


def test_light_is_judged_against_the_sitters_own_skin(
    headshots: dict[str, Headshot], sitter: Identity
) -> None:
    shot = headshots["obama.jpg"]
    assert not _failed(shot.image, shot, sitter)
    assert "skin-lightness" in _failed(shot.image * np.float32(0.4), shot, sitter)


def test_marks_and_words() -> None:
    assert marks(take("eyes-open", 1.0)) == (1.0, KINDS["eyes-open"].weight)
    assert marks(take("eyes-open", 0.6))[0] == pytest.approx(0.5)
    assert marks(take("eyes-open", 0.5))[0] < 0.5
    assert marks(take("head-size", 0.46, 0.4, 0.52))[0] == pytest.approx(1.0)
    assert take("eyes-open", 0.6).passed
    assert fault(take("eyes-open", 0.5996)) == "eyes half closed (0.5996, at least 0.6000)"
    closed = take("eyes-open", 0.41)
    assert fault(closed) == "eyes half closed (0.41, at least 0.60)"
    assert closed.advice and not take("eyes-open", 0.9).advice
    low, high = take("skin-lightness", -40.0), take("skin-lightness", 40.0)
    assert "darker" in fault(low) and "lighter" in fault(high)


@pytest.mark.parametrize("name", KINDS)
def test_every_way_to_fail_has_words_and_a_remedy(name: str) -> None:
    kind = KINDS[name]
    assert kind.meaning
    for bound, says, mend in (
        (kind.low, kind.below, kind.mend_low),
        (kind.high, kind.above, kind.mend_high),
    ):
        assert bool(says) == bool(mend)
        assert bound is None or says


LAUGHS = [(0.4, 0.0, True), (0.41, 0.0, False), (0.51, 0.64, False), (0.41, 0.92, True)]


@pytest.mark.parametrize(("jaw", "smile", "passed"), [*LAUGHS, (0.51, 0.95, False)])
def test_laugh_is_no_word(
    headshots: dict[str, Headshot], astronaut: Identity, jaw: float, smile: float, passed: bool
) -> None:
    shot = headshots["obama.jpg"]
    shapes = shot.face.blendshapes.copy()
    shapes[BLENDSHAPES.index("jawOpen")] = jaw
    for side in ("Left", "Right"):
        shapes[BLENDSHAPES.index(f"mouthSmile{side}")] = smile
    measures = _quality(
        Portrait(shot.image, face=replace(shot.face, blendshapes=shapes)), astronaut
    )
    (mouth,) = (each for each in measures if each.name == "mouth-open")
    assert mouth.passed == passed
