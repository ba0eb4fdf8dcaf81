"""Looks are data: they read, they stay in range, and a wrong name is answered with a hint."""

from __future__ import annotations

import pytest

from headshots.core.errors import UnknownName
from headshots.core.generation import LOOKS, Look, find_look


def test_there_are_looks_of_every_kind() -> None:
    assert len(LOOKS) >= 6
    assert any(look.finish.monochrome for look in LOOKS.values())
    assert any(max(look.backdrop.colour) < 0.2 for look in LOOKS.values())
    assert any(min(look.backdrop.colour) > 0.9 for look in LOOKS.values())


@pytest.mark.parametrize("look", LOOKS.values(), ids=lambda look: look.name)
def test_every_look_is_in_range(look: Look) -> None:
    assert look.title and look.description.endswith(".")
    assert 0.5 <= look.framing.aspect <= 1.5
    assert 0.3 <= look.framing.head <= 0.65
    # The hair must fit above the eyes: they lie about half-way between chin and crown.
    assert 0.5 * look.framing.head < look.framing.eyes < 0.5
    assert abs(look.light.azimuth) <= 90 and -10 <= look.light.elevation <= 60
    for share in (look.light.wrap, look.light.shadow, look.light.strength):
        assert 0 <= share <= 1
    assert len(look.backdrop.colour) == 3
    for share in (*look.backdrop.colour, look.backdrop.falloff, look.backdrop.texture):
        assert 0 <= share <= 1
    assert 0.8 <= look.finish.contrast <= 1.3
    assert 0 <= look.finish.retouch <= 0.6, "more than this is plastic"


def test_unknown_look_names_the_nearest() -> None:
    with pytest.raises(UnknownName, match="studio-grey"):
        find_look("studio-gray")
