"""A picture on its way: what an edit, a scorecard and a new name leave of it."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.layers import Layer
from headshots.core.picture import NOT_SCORED, Picture, numbers, unlike
from headshots.core.provenance import Relit, Retouched
from headshots.core.recipes.jsonable import to_jsonable
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.measure import take

from ..histories import pictured, studio

IMAGE = np.full((5, 4, 3), 0.5, np.float32)
OTHER = np.full((10, 8, 3), 0.2, np.float32)
MATTE = np.ones((10, 8), np.float32)
RECORD = Retouched(skin=0.5)
CARD = Scorecard("01", "Ana", "dlib", 0.97, 60.0, (take("eyes-open", 0.9),), 0.9, "keep", ())


def scored() -> Picture:
    layers = (Layer("Backdrop", np.zeros((5, 4, 3), np.uint8)),)
    return pictured(IMAGE, CARD, provenance=studio("executive"), layers=layers)


def test_an_edit_drops_the_scorecard_and_says_so() -> None:
    before = scored()
    after = before.edited(RECORD, OTHER, MATTE)
    assert after.scorecard is None and after.outdated
    assert (after.name, after.sitter) == ("01", "Ana")
    assert after.image is OTHER and after.matte is MATTE and after.layers == ()
    assert after.provenance == before.provenance.edited(RECORD)
    assert after.provenance.edits[-1] == RECORD and after.provenance.look == "executive"
    assert before.scorecard == CARD and before.layers and before.image is IMAGE


def test_an_edit_may_change_the_look() -> None:
    after = scored().edited(RECORD, OTHER, look="garden")
    assert after.provenance.look == "garden" and after.matte is None


def test_an_edit_of_what_was_never_scored_outdates_nothing() -> None:
    assert not pictured(IMAGE).edited(RECORD, OTHER).outdated


def test_a_picture_stays_outdated_until_it_is_scored() -> None:
    relit = Relit(azimuth=-35.0, elevation=30.0, ratio=3.0, strength=0.7)
    twice = scored().edited(RECORD, OTHER).edited(relit, IMAGE)
    assert twice.outdated and twice.provenance.edits[-2:] == (RECORD, relit)
    again = twice.scored(CARD)
    assert not again.outdated and again.scorecard is CARD and again.card is CARD


def test_a_scorecard_says_whom_the_picture_shows() -> None:
    assert pictured(IMAGE).scored(CARD).sitter == "Ana"
    nobody = Scorecard("01", "", "dlib", 0.0, 0.0, (), 0.0, "reject", ("There is no face",))
    assert pictured(IMAGE, sitter="Ana").scored(nobody).sitter == "Ana"


def test_a_new_name_is_on_the_scorecard_too() -> None:
    after = scored().renamed("Ana at work")
    assert after.name == after.card.picture == "Ana at work"
    assert after.sitter == "Ana" and after.provenance == scored().provenance and after.layers
    assert pictured(IMAGE).renamed("b").scorecard is None
    assert scored().edited(RECORD, OTHER).renamed("b").outdated


def test_the_card_of_a_picture_that_was_not_scored_says_so() -> None:
    card = pictured(IMAGE, name="a", sitter="Ana").card
    assert (card.picture, card.sitter, card.verdict) == ("a", "Ana", "pending")
    assert card.reasons == ("not scored",) and card.measures == () and card.judge == ""


def test_the_card_of_an_outdated_picture_rejects_it_and_says_why() -> None:
    card = scored().edited(RECORD, OTHER).card
    assert (card.picture, card.sitter, card.verdict) == ("01", "Ana", "reject")
    assert card.reasons == (NOT_SCORED,) and card.measures == ()


def test_what_is_written_down_is_no_pixels() -> None:
    told = to_jsonable(scored())
    assert (told["name"], told["width"], told["height"], told["layers"]) == ("01", 4, 5, 1)
    assert told["scorecard"]["likeness"] == 0.97
    assert to_jsonable(pictured(IMAGE))["scorecard"] is None


NAMES = st.text(max_size=4) | st.sampled_from(["a", "A", "a (2)", "A (2)", "a (2) (2)", "ß", "SS"])


@given(st.lists(NAMES, max_size=12))
def test_no_name_is_given_twice(names: list[str]) -> None:
    unique = unlike(names)
    assert len({each.casefold() for each in unique}) == len(names) == len(unique)
    assert all(one.startswith(name) for one, name in zip(unique, names, strict=True))
    assert unlike(unique) == unique
    if len({each.casefold() for each in names}) == len(names):
        assert unique == names


def test_numbers_have_as_many_digits_as_the_last() -> None:
    assert numbers(2) == ["01", "02"] and numbers(0) == []
    assert numbers(100)[0] == "001" and numbers(100)[-1] == "100"
