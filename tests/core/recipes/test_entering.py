"""Pictures that go out as images and mattes, and what comes back of them."""

from __future__ import annotations

import gc
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from headshots.core.errors import InputError
from headshots.core.images import Image, Mask
from headshots.core.picture import Picture, numbers, unlike
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import SILENT
from headshots.core.provenance import UNKNOWN, EditedElsewhere, Provenance
from headshots.core.recipes.actions.images import as_pictures, entered, named, names_in, unpacked
from headshots.core.recipes.steps import AS_PICTURES
from headshots.core.scorecard import Scorecard

from ...histories import PHOTOGRAPH, studio

ORIGIN = studio()
NAMES = st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1))


def tone(value: float, rows: int = 40, columns: int = 30) -> Image:
    return np.full((rows, columns, 3), value, np.float32)


def matte_of(image: Image) -> Mask:
    matte = np.zeros(image.shape[:2], np.float32)
    matte[5:, 5:-5] = 1
    return matte


def picture(name: str, value: float, **known: Any) -> Picture:
    """One with everything."""
    image = tone(value)
    card = Scorecard(name, "Ada", "dlib", 0.9, 50.0, (), 0.5, "keep", ("rank 1",), 1)
    made = Picture(name, Portrait(image, matte_of(image)), ORIGIN, "Ada", scorecard=card)
    return replace(made, **known)


def made(
    images: list[Image],
    mattes: list[Mask] | None = None,
    before: list[Picture] | None = None,
    names: str = "",
) -> list[Picture]:
    return as_pictures(SILENT, images, mattes, before, names)[0]


def test_names() -> None:
    assert numbers(3) == ["01", "02", "03"]
    assert numbers(100)[-1] == "100"
    assert names_in("", 3) == []
    assert names_in("a.jpg\n\n b.jpg \n", 2) == ["a.jpg", "b.jpg"]
    assert unlike(["a", "A", "a (2)", "a"]) == ["a", "A (2)", "a (2) (2)", "a (3)"]
    with pytest.raises(InputError, match="1 names were given for 2 pictures"):
        names_in("a", 2)


@given(NAMES)
def test_names_are_never_taken_twice(names: list[str]) -> None:
    unique = unlike(names)
    assert len({name.casefold() for name in unique}) == len(names)


@given(NAMES, st.data())
def test_whatever_comes_in_no_name_is_there_twice(names: list[str], data: st.DataObject) -> None:
    values = np.linspace(0, 1, 2 * len(names) or 1)
    pictures = [picture(name, value) for name, value in zip(names, values, strict=False)]
    unpacked(pictures)
    linked: list[Any] = [data.draw(st.sampled_from([each, each.image.copy()])) for each in pictures]
    strangers = [tone(value) for value in values[len(names) :]]
    linked = data.draw(st.permutations(linked + strangers))
    came = entered(linked)
    assert len({each.name.casefold() for each in came}) == len(linked)
    for each, link in zip(came, linked, strict=True):
        assert np.array_equal(each.image, link.image if isinstance(link, Picture) else link)
        assert each.scorecard is None or each.scorecard.picture == each.name
    again = entered(came)
    assert all(one is two for one, two in zip(came, again, strict=True))


def test_pictures_go_out_with_what_other_packs_can_take() -> None:
    cut_out, whole = picture("a", 0.1), Picture("b", Portrait(tone(0.2)))
    pictures, images, mattes = unpacked([cut_out, whole])
    assert pictures == [cut_out, whole] and images == [cut_out.image, whole.image]
    assert mattes[0] is cut_out.matte
    assert mattes[1].shape == (40, 30) and mattes[1].dtype == np.float32 and np.all(mattes[1] == 1)


def test_an_image_that_comes_back_is_the_picture_that_went_out() -> None:
    ours = picture("ada", 0.31)
    unpacked([ours])
    (known,) = entered([ours.image.copy()])
    assert known is ours
    assert made([ours.image.copy()]) == [ours]


def test_an_image_nobody_knows_is_called_by_its_place() -> None:
    ours = picture("ada", 0.32)
    unpacked([ours])
    new = tone(0.33)
    for came in (entered([ours.image.copy(), new]), made([ours.image.copy(), new])):
        assert [each.name for each in came] == ["ada", "02"]
        assert came[1].provenance == UNKNOWN and came[1].sitter == ""
        assert came[1].matte is None and came[1].scorecard is None and not came[1].outdated


def test_the_others_keep_their_names_when_one_was_changed() -> None:
    """As where a node of another pack works on one picture of a studio's batch."""
    batch = [picture(name, 0.34 + number / 100) for number, name in enumerate(numbers(3))]
    unpacked(batch)
    came = entered([batch[0].image, tone(0.9), batch[2].image])
    assert [each.name for each in came] == ["01", "02", "03"]
    assert came[0] is batch[0] and came[2] is batch[2]


def test_what_nothing_holds_any_more_is_forgotten() -> None:
    ours = picture("ada", 0.38)
    image = ours.image
    unpacked([ours])
    del ours
    gc.collect()
    (came,) = entered([image])
    assert came.name == "01" and came.provenance == UNKNOWN and came.sitter == ""


def test_of_several_with_the_same_pixels_it_is_the_last_that_is_still_there() -> None:
    """A studio's picture is known by its image, also once its judged self is gone."""
    made_here = picture("01", 0.39, scorecard=None)
    unpacked([made_here])
    judged = replace(made_here, scorecard=picture("01", 0.39).scorecard)
    unpacked([judged])
    image = made_here.image.copy()
    assert entered([image])[0] is judged
    unpacked([made_here])
    assert entered([image])[0] is made_here
    unpacked([judged])
    del judged
    gc.collect()
    assert entered([image])[0] is made_here


def test_what_came_back_as_it_was_before_is_the_picture_before() -> None:
    """Not another one with the same pixels, such as that from before the sitters were joined."""
    first = picture("01", 0.395)
    joined = first.renamed("Ada 01")
    unpacked([first])
    assert made([first.image.copy()], before=[joined]) == [joined]
    (cut_out,) = made([first.image.copy()], [matte_of(first.image)], [joined])
    assert cut_out.name == "Ada 01" and cut_out.provenance == joined.provenance


@pytest.mark.parametrize("origin", [ORIGIN, PHOTOGRAPH, UNKNOWN])
def test_what_was_changed_elsewhere_keeps_its_history_and_no_verdict(origin: Provenance) -> None:
    before = picture("ada", 0.4, provenance=origin)
    (changed,) = made([tone(0.41)], before=[before])
    assert (changed.name, changed.sitter) == ("ada", "Ada")
    edits = () if origin == UNKNOWN else (*origin.edits, EditedElsewhere())
    assert changed.provenance == origin.model_copy(update={"edits": edits})
    assert changed.scorecard is None and changed.outdated and changed.matte is None
    matte = matte_of(tone(0))
    (cut_out,) = made([tone(0.41)], [matte], [before])
    assert cut_out.matte is matte and cut_out.provenance == changed.provenance


def test_what_may_not_be_delivered_still_may_not() -> None:
    before = picture("ada", 0.42, provenance=UNKNOWN.model_copy(update={"deliverable": False}))
    (changed,) = made([tone(0.43)], before=[before])
    assert not changed.provenance.deliverable and changed.sitter == "Ada"


def test_names_may_be_given() -> None:
    assert [each.name for each in made([tone(0.44), tone(0.45)], names="a\nA")] == ["a", "A (2)"]
    scored = picture("ada", 0.46)
    (renamed,) = named([scored], "eve")
    assert renamed.name == "eve" and renamed.card.picture == "eve"
    assert named([scored], "") == [scored]
    with pytest.raises(InputError, match="2 names were given for 1 pictures"):
        made([tone(0.44)], names="a\nb")


def test_lists_that_do_not_belong_together() -> None:
    two = [tone(0.47), tone(0.48)]
    with pytest.raises(InputError, match="1 mattes for 2 images"):
        made(two, [matte_of(two[0])])
    with pytest.raises(InputError, match="3 pictures before for 2 images"):
        made(two, before=[picture(name, 0.5) for name in "abc"])


def test_the_step_takes_images_as_pictures_before() -> None:
    ours = picture("ada", 0.49)
    unpacked([ours])
    values = {"images": [tone(0.5)], "mattes": None, "before": [ours.image.copy()], "names": ""}
    ((changed,),) = AS_PICTURES.call({"progress": SILENT, **values})
    assert changed.name == "ada" and changed.provenance.edits[-1] == EditedElsewhere()


def test_a_matte_follows_a_resize_and_no_other_change() -> None:
    rows = np.linspace(0, 1, 120, dtype=np.float32)[:, None, None]
    image = np.ascontiguousarray(np.broadcast_to(rows, (120, 90, 3)))
    matte = np.zeros((120, 90), np.float32)
    matte[40:, 20:70] = 1
    before = Picture("ada", Portrait(image, matte), ORIGIN)
    half = image[::2, ::2].copy()
    (smaller,) = made([half], before=[before])
    assert smaller.matte is not None and smaller.matte.shape == (60, 45)
    assert np.abs(smaller.matte - matte[::2, ::2]).mean() < 0.02
    assert smaller.provenance.edits[-1] == EditedElsewhere()
    for other in (half[:, ::-1] * 0.9, half[10:], 1 - half):
        (changed,) = made([np.ascontiguousarray(other)], before=[before])
        assert changed.matte is None


def test_a_matte_that_covers_everything_is_none() -> None:
    image = tone(0.51)
    for value, none in ((1.0, True), (0.995, True), (0.98, False), (0.0, False)):
        matte = np.full(image.shape[:2], value, np.float32)
        (came,) = made([image], [matte])
        assert (came.matte is None) == none, value
    other_size = np.ones((80, 60), np.float32)
    assert made([image], [other_size])[0].matte is None


@given(st.integers(1, 90), st.integers(1, 90), st.integers(1, 90), st.integers(1, 90))
def test_a_matte_fits_its_image_or_is_refused_in_words(
    rows: int, columns: int, matte_rows: int, matte_columns: int
) -> None:
    matte = np.zeros((matte_rows, matte_columns), np.float32)
    matte[: matte_rows // 2 + 1] = 0.7
    image = tone(0.52, rows, columns)
    try:
        (came,) = made([image], [matte])
    except InputError as error:
        assert "The matte of image 01 is" in str(error) and "same step" in str(error)
        # It was not the image's shape, not even rounded to whole pixels.
        assert round(matte_rows * columns / rows) != matte_columns
        return
    assert came.matte is not None and came.matte.shape == (rows, columns)
    assert came.matte.dtype == np.float32 and 0 <= came.matte.min() <= came.matte.max() <= 1


@given(st.integers(1, 400), st.integers(1, 400), st.integers(1, 8))
def test_a_matte_that_was_resized_with_its_image_is_taken(
    rows: int, columns: int, times: int
) -> None:
    assume(rows * times <= 800 and columns * times <= 800)
    matte = np.zeros((rows, columns), np.float32)
    (came,) = made([tone(0.53, rows * times, columns * times)], [matte])
    assert came.matte is not None and came.matte.shape == (rows * times, columns * times)


def test_a_scorecard_goes_with_the_matte_that_it_spoke_of() -> None:
    scored = picture("01", 0.4)
    out = unpacked([scored])
    (same,) = made(out[1], out[2], [scored])
    assert same.scorecard is scored.scorecard and same.matte is scored.matte
    smaller = np.zeros_like(out[2][0])
    smaller[20:, 8:-8] = 1
    (other,) = made(out[1], [smaller], [scored])
    assert other.scorecard is None and other.outdated and np.array_equal(other.matte, smaller)
