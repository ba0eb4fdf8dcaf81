"""The solver of framing: the photo's end is never visible on the sitter."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from headshots.core.framing import COARSE, PORTRAIT, Framing, Outline, best_crop
from headshots.core.framing.composition import CLOSEST, LOOSEST, LOWER_EDGE, POOR
from headshots.core.framing.room import lacks_room

from ...outlines import end_shown, ending


def test_with_room_enough_the_framing_is_the_looks_own(outline: Outline) -> None:
    crop = best_crop(outline, PORTRAIT)
    assert crop is not None
    assert crop.head == pytest.approx(PORTRAIT.head)
    assert (outline.eyes - crop.y) / crop.height == pytest.approx(PORTRAIT.eyes, abs=0.005)
    assert crop.cost < 0.02


@settings(max_examples=60, deadline=None)
@given(
    above=st.floats(-0.12, 0.4),
    below=st.floats(0.05, 1.6),
    left=st.floats(0.45, 1.6),
    right=st.floats(0.45, 1.6),
    turn=st.floats(-12, 12),
    aspect=st.sampled_from([0.8, 1.0, 1.6]),
)
def test_the_photos_end_is_never_visible_on_the_sitter(
    outline: Outline,
    above: float,
    below: float,
    left: float,
    right: float,
    turn: float,
    aspect: float,
) -> None:
    short = ending(outline, above=above, below=below, left=left, right=right, turn=turn)
    framing = replace(PORTRAIT, aspect=aspect)
    crop = best_crop(short, framing, grid=COARSE)
    if crop is None:
        assert lacks_room(short, framing) is not None
        return
    assert end_shown(short, crop) == 0
    assert crop.cost <= POOR
    asked = LOOSEST * framing.head - 1e-6, CLOSEST + 1e-6
    assert asked[0] <= (short.chin - short.head_top) / crop.height <= asked[1]
    bottom = min(round(crop.y + crop.height) - 1, short.matte.shape[0] - 1)
    across = (short.matte[bottom - 1] > 0.5)[
        max(0, round(crop.x)) : max(0, round(crop.x + crop.width))
    ].sum()
    assert across >= 0.9 * LOWER_EDGE * short.face_width, "no bust ends in mid-air"


def test_hair_that_the_photo_cuts_is_cropped_by_the_pictures_own_edge(outline: Outline) -> None:
    cut = ending(outline, above=-0.06)
    crop = best_crop(cut, PORTRAIT)
    assert crop is not None
    assert crop.y >= cut.crown
    assert crop.head > 1.1 * PORTRAIT.head, "a close portrait"


@pytest.mark.parametrize(
    ("short", "reason"),
    [
        ({"below": 0.04}, "ends at the chin"),
        ({"left": 0.3}, "at its side"),
    ],
)
def test_where_no_crop_will_do_the_reason_is_said(
    outline: Outline, short: dict[str, float], reason: str
) -> None:
    impossible = ending(outline, **short)
    assert best_crop(impossible, PORTRAIT) is None
    assert reason in (lacks_room(impossible, PORTRAIT) or "")
    assert lacks_room(outline, PORTRAIT) is None


def test_a_looks_own_eye_line_range_is_held(outline: Outline) -> None:
    framing = Framing(0.8, 0.48, 0.405, eye_range=(0.39, 0.42))
    crop = best_crop(ending(outline, below=0.7), framing)
    assert crop is not None
    assert 0.39 <= (outline.eyes - crop.y) / crop.height <= 0.42
