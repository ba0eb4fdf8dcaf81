"""One framing for a team, from what each person's photos can carry."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from headshots.core.framing import PORTRAIT, Outline, best_crop
from headshots.core.framing.common import Common, common_framing, prices

from ...outlines import end_shown, ending


def agreed(*people: Sequence[Outline]) -> Common:
    return common_framing([prices(outlines, PORTRAIT) for outlines in people], PORTRAIT)


def test_all_get_the_framing_that_all_can_carry(outline: Outline) -> None:
    people = [outline, ending(outline, below=0.42), ending(outline, above=-0.04)]
    alone = [best_crop(each, PORTRAIT) for each in people]
    assert all(alone)
    assert np.ptp([crop.head for crop in alone if crop]) > 0.02, "they differ by themselves"
    common = agreed(*([each] for each in people))
    assert not common.left_out
    crops = [best_crop(each, common.framing, exact=True) for each in people]
    heads = [
        (each.chin - each.head_top) / crop.height
        for each, crop in zip(people, crops, strict=True)
        if crop
    ]
    assert heads == pytest.approx([common.framing.head] * 3, rel=1e-3)
    assert all(end_shown(each, crop) == 0 for each, crop in zip(people, crops, strict=True) if crop)


def test_a_photo_that_can_carry_nothing_has_no_say(outline: Outline) -> None:
    short, impossible = ending(outline, below=0.42), ending(outline, below=0.04)
    without = agreed([outline], [short])
    common = agreed([outline], [impossible], [short], [])
    assert common.framing == without.framing
    assert common.left_out == (1, 3)


def test_the_looks_own_framing_where_all_can_carry_it(outline: Outline) -> None:
    assert agreed([outline], [outline]) == Common(PORTRAIT, ())
    assert agreed() == Common(PORTRAIT, ())
    assert agreed([]) == Common(PORTRAIT, (0,))


def test_of_several_photos_the_one_with_room_counts(outline: Outline) -> None:
    short = ending(outline, below=0.42)
    assert agreed([short, outline], [outline]).framing == PORTRAIT
    assert agreed([short], [outline]).framing != PORTRAIT


def test_a_few_without_room_do_not_crop_a_large_team(outline: Outline) -> None:
    tight = ending(outline, above=-0.06, below=0.42)
    wide, narrow = prices([outline], PORTRAIT), prices([tight], PORTRAIT)
    assert np.isfinite(narrow).any()
    few = common_framing([narrow, *[wide] * 3], PORTRAIT)
    many = common_framing([narrow, *[wide] * 999], PORTRAIT)
    assert few.left_out == () and few.framing.head > 1.2 * PORTRAIT.head
    assert many.left_out == (0,) and many.framing == PORTRAIT


def test_what_is_carried_leaves_a_margin(outline: Outline) -> None:
    """The finished cut-out is finer than the outline: heads a little off can be had, too."""
    common = agreed([ending(outline, below=0.42, above=0.05)])
    for below in (0.41, 0.43):
        assert best_crop(ending(outline, below=below, above=0.04), common.framing, exact=True)
