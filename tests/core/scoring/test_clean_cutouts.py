"""Cut-outs found clean are not searched again, and those that aren't always are."""

from __future__ import annotations

import numpy as np
import pytest

from headshots.core.portrait.portrait import Portrait
from headshots.core.provenance import UNKNOWN, Provenance
from headshots.core.scorecard import Measurement
from headshots.core.scoring.measures import clean_cutouts as cutouts

from ...histories import studio

WIDE, TALL = np.zeros((100, 120, 3), np.float32), np.zeros((120, 100, 3), np.float32)
MATTE = np.zeros((1, 1), np.float32)


class Search:
    """Stands in for the search: counts, and finds what it is told to."""

    def __init__(self) -> None:
        self.times = 0
        self.value = 0.0

    def __call__(self, *_: object) -> tuple[Measurement, ...]:
        self.times += 1
        return (Measurement("chair", self.value, None, 1, "%", "A chair"),)


@pytest.fixture
def search(monkeypatch: pytest.MonkeyPatch) -> Search:
    search = Search()
    monkeypatch.setattr(cutouts, "foreign_objects", search)
    return search


def provenance(photo: str, head: float) -> Provenance:
    return studio(placed={"head": head}, photo=photo)


def test_searches_clean_photo_once_where_no_more_of_it_shows(search: Search) -> None:
    seen = cutouts.CutOuts()
    for image, where, times in (
        (TALL, provenance("a", 0.4), 1),
        (TALL, provenance("a", 0.4), 1),
        (TALL, provenance("a", 0.5), 1),  # tighter
        (TALL, provenance("a", 0.3), 2),  # looser
        (WIDE, provenance("a", 0.35), 3),  # more at the sides
        (TALL, provenance("b", 0.5), 4),
        (TALL, UNKNOWN, 5),
        (TALL, UNKNOWN, 6),
    ):
        seen.measures(Portrait(image, MATTE), where)
        assert search.times == times


def test_searches_every_candidate_of_a_photo_with_a_fault(search: Search) -> None:
    seen = cutouts.CutOuts()
    search.value = 5
    for times in (1, 2, 3):
        seen.measures(Portrait(TALL, MATTE), provenance("a", 0.4))
        assert search.times == times
