"""The words that ask a model for a dress: for every family, of nobody's sex or age."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.clothes.dresses import (
    checked_colour,
    checked_dress,
    dresses,
    instruction,
    models,
)
from headshots.core.errors import InputError, UnknownName

# Of sex and age, and the pronouns that tell sex.
TELLING = """
    he she him her his hers himself herself man men woman women male female masculine feminine
    boy boys girl girls guy lady ladies gentleman gentlemen mr mrs ms sir madam mother father
    husband wife businessman businesswoman menswear womenswear unisex young younger old older
    elderly aged age teen teenager adult adults child children kid kids baby senior youthful mature
"""
NEGATIVE = "no not never without avoid don't nothing none isn't aren't remove"

ASKED = [(dress, model) for dress in dresses() for model in models()]


def words_of(text: str) -> set[str]:
    return set(re.findall(r"[a-z']+", text.lower()))


def test_what_the_issue_names_is_there() -> None:
    assert set(dresses()) == {
        *("navy-suit", "charcoal-blazer", "white-shirt", "blouse", "knitwear", "scrubs"),
        *("black-tie", "casual"),
    }
    assert set(models()) == {"flux2-klein", "qwen-image-edit", "flux-fill", "sdxl"}


@pytest.mark.parametrize("dress", dresses())
def test_every_dress_has_every_family(dress: str) -> None:
    assert set(dresses()[dress].words) == set(models())
    for words in dresses()[dress].words.values():
        assert words.count("{colour}") == 1
        # Any colour may be put in: no article that would have to agree with it.
        assert not re.search(r"\ban? \{colour\}", words)


@pytest.mark.parametrize(("dress", "model"), ASKED)
def test_no_word_of_sex_or_age_and_nothing_negative(dress: str, model: str) -> None:
    asked = [instruction(dress, "", model)]
    if models()[model].garment:
        asked += [instruction(dress, colour, model, garment=True) for colour in ("", "dark green")]
    asked += [instruction(dress, "", model, references=2)]
    for text in asked:
        assert not words_of(text) & words_of(TELLING + NEGATIVE)
        assert not re.search(r"[{}]", text)


@pytest.mark.parametrize("model", ["flux2-klein", "qwen-image-edit"])
def test_prose_says_which_picture_is_which_and_what_stays(model: str) -> None:
    text = instruction("navy-suit", "", model)
    assert text.startswith("Image 1 is the person. ") and "image 2" not in text.lower()
    assert "navy blue suit" in text.replace("wool ", "")
    worn = instruction("navy-suit", "", model, garment=True)
    assert worn.startswith("Image 1 is the person, image 2 is the garment. ")
    assert "navy" not in worn
    assert "in dark green." in instruction("scrubs", " dark  green ", model, garment=True)
    for each in (text, worn):
        assert all(part in each for part in ("Keep the", "face", "hair", "pose", "background"))


def test_models_with_a_mask_get_a_description() -> None:
    text = instruction("knitwear", "", "sdxl")
    assert "dark green merino sweater" in text and text.count(",") > 5
    assert instruction("knitwear", "", "flux-fill").startswith("A professional portrait photograph")


@pytest.mark.parametrize(("dress", "model"), ASKED)
def test_the_colour_takes_the_place_of_the_usual_one(dress: str, model: str) -> None:
    usual = dresses()[dress].colour
    assert usual in instruction(dress, "", model)
    other = instruction(dress, "burnt orange", model)
    assert "burnt orange" in other
    assert other == instruction(dress, "", model).replace(usual, "burnt orange", 1)


@pytest.mark.parametrize("model", ["flux-fill", "sdxl"])
def test_a_garment_is_refused_where_no_second_picture_is_looked_at(model: str) -> None:
    with pytest.raises(InputError, match="flux2-klein or qwen-image-edit"):
        instruction("casual", "", model, garment=True)


def test_names_and_titles_are_known_and_others_named() -> None:
    assert checked_dress("  Navy   Suit ") == "navy-suit" == checked_dress("navy-suit")
    with pytest.raises(UnknownName, match="Did you mean 'navy-suit'"):
        instruction("navy-siut", "", "sdxl")
    with pytest.raises(UnknownName, match="No model is called 'sd15'"):
        instruction("casual", "", "sd15")


@pytest.mark.parametrize(
    "colour", ["#1d4ed8", "red, smiling", "red\x00", "a" * 41, "{colour}", "-"]
)
def test_what_is_no_colour_in_words_is_refused(colour: str) -> None:
    with pytest.raises(InputError, match="The colour is"):
        instruction("casual", colour, "sdxl")


@given(
    text=st.text(max_size=50) | st.from_regex(r"[^\W\d_]{1,12}( [^\W\d_]{1,12})?", fullmatch=True)
)
def test_any_text_is_a_colour_or_refused(text: str) -> None:
    try:
        colour = checked_colour(text)
    except InputError:
        return
    assert len(colour) <= 40 and not re.search(r"[\n{}.,:;\d\"']", colour)
    if colour:
        assert colour in instruction("casual", text, "qwen-image-edit")


def test_further_photos_are_numbered_behind_the_garment() -> None:
    family = "flux2-klein"
    assert "Image 2 and image 3 show the same person" in instruction(
        "blouse", "", family, references=2
    )
    with_garment = instruction("blouse", "", family, garment=True, references=1)
    assert "image 2 is the garment" in with_garment and "Image 3 shows the same" in with_garment
    assert instruction("blouse", "", "sdxl", references=2) == instruction("blouse", "", "sdxl")
