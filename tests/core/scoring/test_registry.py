"""The measures of a scorecard: each a file with a question, all in one table."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.scorecard import Measurement
from headshots.core.scoring import score as scoring
from headshots.core.scoring.context import Answer, Context, Measure, Needs
from headshots.core.scoring.measure import KINDS, take
from headshots.core.scoring.registry import MEASURES
from headshots.core.scoring.score import score


@pytest.fixture
def portrait(photos: Path) -> Portrait:
    return Portrait(read_photo(photos / "obama.jpg", longest=1200).image)


def names(measures: tuple[Measurement, ...]) -> Iterator[str]:
    return (each.name for each in measures)


def test_each_has_a_name_of_its_own_and_says_what_the_table_of_figures_knows(
    portrait: Portrait, sitter: Identity
) -> None:
    assert len({each.name for each in MEASURES}) == len(MEASURES)
    context = Context(portrait, sitter)
    for measure in MEASURES:
        for each in measure.answer(portrait, context).measurements:
            assert each.name in KINDS


def test_a_measure_more_is_one_line_more(
    portrait: Portrait, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As CONTRIBUTING tells: the loop asks whatever is in the table, and nothing else."""
    before = score(portrait, sitter, picture="a")

    def answer(portrait: Portrait, context: Context) -> Answer:
        return Answer([take("off-centre", 0.02)], [f"{context.identity.name} is there"])

    monkeypatch.setattr(scoring, "MEASURES", (*MEASURES, Measure("again", Needs.FACE, answer)))
    after = score(portrait, sitter, picture="a")
    assert [*names(after.measures)] == [*names(before.measures), "off-centre"]
    assert set(after.notes) - set(before.notes) == {"Sitter is there"}


def test_of_a_stranger_no_more_is_asked_than_of_any_face(
    photos: Path, sitter: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def noted(measure: Measure) -> Measure:
        def answer(portrait: Portrait, context: Context) -> Answer:
            asked.append(measure.name)
            return measure.answer(portrait, context)

        return Measure(measure.name, measure.needs, answer)

    monkeypatch.setattr(scoring, "MEASURES", tuple(map(noted, MEASURES)))
    stranger = Portrait(read_photo(photos / "biden.jpg", longest=1200).image)
    assert score(stranger, sitter, picture="b").verdict == "reject"
    needs = {each.name: each.needs for each in MEASURES}
    assert asked and Needs.SITTER not in {needs[name] for name in asked}
