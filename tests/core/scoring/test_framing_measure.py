"""Where the head sits, against a look's framing and in general."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pytest

from headshots.core.generation import LOOKS
from headshots.core.identity.identity import Identity
from headshots.core.portrait.matting import crown
from headshots.core.portrait.portrait import Portrait
from headshots.core.provenance import UNKNOWN, Provenance
from headshots.core.scorecard import Measurement
from headshots.core.scoring.context import Context
from headshots.core.scoring.measures import framing

from ...histories import studio

if TYPE_CHECKING:
    from .conftest import Headshot

LOOK = next(iter(LOOKS))


def _history(look: str) -> Provenance:
    return studio(look)


def _framed(portrait: Portrait, sitter: Identity, history: Provenance) -> Sequence[Measurement]:
    return framing.answer(portrait, Context(portrait, sitter, history)).measurements


@pytest.mark.parametrize("look", [None, LOOK, "a look of somebody else's"])
def test_a_plain_headshot_passes(
    headshots: dict[str, Headshot], sitter: Identity, look: str | None
) -> None:
    for shot in headshots.values():
        provenance = _history(look) if look else UNKNOWN
        measures = _framed(Portrait(shot.image, shot.matte, shot.face), sitter, provenance)
        assert all(each.passed for each in measures), measures


def test_what_is_out_of_place_is_named(headshots: dict[str, Headshot], sitter: Identity) -> None:
    shot = headshots["obama.jpg"]
    height, width = shot.image.shape[:2]

    def failed(shape: tuple[int, int], look: str | None = None) -> set[str]:
        provenance = _history(look) if look else UNKNOWN
        portrait = Portrait(np.zeros((*shape, 3), np.float32), face=shot.face)
        measures = _framed(portrait, sitter, provenance)
        return {each.name for each in measures if not each.passed}

    assert failed((height, 2 * width)) == {"off-centre"}
    assert failed((3 * height, width)) == {"head-size", "eye-line"}
    assert failed((height * 11 // 20, width)) >= {"head-size", "eye-line"}
    # A look's own framing is narrower than what passes for a portrait.
    assert not failed((height * 5 // 4, width)) and failed((height * 3 // 2, width), LOOK)


def test_the_crown_is_where_the_matte_ends(headshots: dict[str, Headshot]) -> None:
    shot = headshots["astronaut.png"]
    found = crown(shot.face, shot.matte)
    assert found < crown(shot.face, None)
    column = shot.matte[:, int(shot.face.landmarks[10, 0])]
    assert column[int(found) + 4] > 0.5 > column[max(0, int(found) - 12)]
