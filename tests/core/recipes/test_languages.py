"""The steps' words in other languages: those that ComfyUI shows, as plain text."""

from __future__ import annotations

import pytest

from headshots.core.recipes.languages import step_words
from headshots.core.recipes.step import Step
from headshots.core.recipes.steps import STEPS

EVERY = pytest.mark.parametrize("step", STEPS.values(), ids=lambda step: step.id)


@EVERY
def test_every_text_of_a_step_is_there_in_german(step: Step) -> None:
    english, german = step_words(step, "en"), step_words(step, "de")
    assert english.step.label == step.title and english.step.text == step.summary
    assert english.step.text != german.step.text
    pairs = [
        *((english.inputs[each.name], german.inputs[each.name]) for each in step.inputs),
        *zip(english.outputs, german.outputs, strict=True),
    ]
    for ours, theirs in pairs:
        assert "_" not in ours.label and theirs.label
        assert ours.text != theirs.text and "{'" not in theirs.text


@pytest.mark.parametrize("language", ["de", "de-AT", "de_DE.UTF-8", "DE"])
def test_a_language_is_known_by_its_first_part(language: str) -> None:
    step = STEPS["HeadshotsRelight"]
    assert step_words(step, language) == step_words(step, "de")


@pytest.mark.parametrize("language", ["", "C", "tlh", "../de", "en_GB", "d"])
def test_any_other_language_is_english(language: str) -> None:
    step = STEPS["HeadshotsRelight"]
    assert step_words(step, language) == step_words(step, "en")
