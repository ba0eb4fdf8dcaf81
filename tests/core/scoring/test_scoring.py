"""Scorecards of real pictures, and of what is no picture of the sitter."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from headshots.core.errors import Cancelled, HeadshotsError, InputError, NoFace, SeveralFaces
from headshots.core.identity.identity import Identity
from headshots.core.photos import read_photo
from headshots.core.picture import Picture
from headshots.core.portrait.portrait import Portrait
from headshots.core.progress import Progress
from headshots.core.scorecard import Scorecard
from headshots.core.scoring.score import overall, score, score_all
from headshots.core.scoring.sources import source_notes
from headshots.core.translation.translate import translated

from ...histories import PHOTOGRAPH, studio

if TYPE_CHECKING:
    from .conftest import Headshot


@pytest.mark.parametrize(("roll", "said"), [(-44.1, 1), (26, 1), (12.0, 0)])
def test_a_picture_of_a_photo_that_leant_says_so(sitter: Identity, roll: float, said: int) -> None:
    notes = source_notes(sitter, studio(placed={"roll": roll}))
    assert len(notes) == said
    if roll == -44.1:
        assert notes[0].startswith("the photo was levelled by 44°")
        assert translated(notes[0], "de")


def test_a_headshot_of_the_sitter(headshots: dict[str, Headshot], sitter: Identity) -> None:
    shot = headshots["obama.jpg"]
    provenance = PHOTOGRAPH.model_copy(update={"photo": "obama.jpg"})
    card = score(Portrait(shot.image, shot.matte), sitter, picture="01", provenance=provenance)
    assert (card.verdict, card.reasons, card.sitter) == ("pending", (), "Sitter")
    assert card.judge == "dlib" and card.picture == "01"
    assert card.likeness == card.measure("likeness").value >= 0.92
    assert card.percentile == card.measure("percentile").value >= 5
    assert all(measure.passed for measure in card.measures)
    assert 0.5 < card.overall <= 1
    assert card == score(
        Portrait(shot.image, shot.matte), sitter, picture="01", provenance=provenance
    )
    known = score(Portrait(shot.image, face=shot.face), sitter, picture="01")
    assert known.likeness == pytest.approx(card.likeness, abs=0.003)
    assert "matte-holes" not in {measure.name for measure in known.measures}


def test_a_stranger_is_rejected(headshots: dict[str, Headshot], sitter: Identity) -> None:
    for name in ("biden.jpg", "astronaut.png"):
        card = score(Portrait(headshots[name].image), sitter, picture=name)
        assert card.verdict == "reject" and card.overall == 0
        assert card.reasons[0].startswith("not the sitter")


def test_no_face_and_several_are_reasons_not_errors(photos: Path, sitter: Identity) -> None:
    empty = score(Portrait(np.full((300, 240, 3), 0.5, np.float32)), sitter, picture="wall.png")
    assert empty.verdict == "reject" and "no face" in empty.reasons[0].lower()
    assert "wall.png" in empty.reasons[0] and empty.measures == ()
    group = score(Portrait(read_photo(photos / "group5.jpg").image), sitter, picture="group5.jpg")
    assert group.verdict == "reject" and "faces" in group.reasons[0]


def test_a_small_face_in_a_large_picture_is_found(headshots: dict[str, Headshot]) -> None:
    shot = headshots["obama.jpg"]
    wide = np.full((3200, 2600, 3), 0.5, np.float32)
    wide[1000:1800, 900:1540] = shot.image
    face = Portrait(wide).sitter("wide")
    assert np.abs(face.landmarks[:, :2] - shot.face.landmarks[:, :2] - (900, 1000)).max() < 8


def test_the_sitter_must_be_alone(photos: Path) -> None:
    with pytest.raises(SeveralFaces, match="group1"):
        Portrait(read_photo(photos / "group1.jpg").image).sitter("group1.jpg")
    with pytest.raises(NoFace, match="blank"):
        Portrait(np.zeros((64, 64, 3), np.float32)).sitter("blank")


def test_many_report_progress_and_stop(headshots: dict[str, Headshot], sitter: Identity) -> None:
    pictures = [Picture(name, Portrait(shot.image, shot.matte)) for name, shot in headshots.items()]
    seen: list[float] = []
    cards = score_all(
        pictures, sitter, progress=Progress(lambda share, note, preview: seen.append(share))
    )
    assert [card.picture for card in cards] == list(headshots)
    assert seen == sorted(seen) and seen[-1] == 1
    with pytest.raises(Cancelled):
        score_all(pictures, sitter, progress=Progress(stopped=lambda: True))
    assert score_all([], sitter) == ()


def test_a_matte_of_another_size_is_refused(sitter: Identity) -> None:
    image = np.zeros((50, 40, 3), np.float32)
    for matte in (np.zeros((40, 50), np.float32), np.zeros((50, 40), np.float64)):
        with pytest.raises(InputError, match="matte"):
            score(Portrait(image, matte), sitter, picture="01")  # pyright: ignore[reportArgumentType]


def test_one_fault_outweighs_many_virtues(headshots: dict[str, Headshot], sitter: Identity) -> None:
    shot = headshots["obama.jpg"]
    good = score(Portrait(shot.image, shot.matte), sitter, picture="01")
    holes = shot.matte.copy()
    holes[650:750, 280:360] = 0
    bad = score(Portrait(shot.image, holes), sitter, picture="02")
    assert bad.overall < 0.9 * good.overall
    assert overall(()) == 0


@examples(max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(
    arrays(
        st.sampled_from([np.float32, np.float64, np.uint8]),
        st.one_of(
            st.tuples(st.integers(0, 40), st.integers(0, 40), st.just(3)),
            st.tuples(st.integers(0, 9), st.integers(0, 9)),
        ),
        elements=st.integers(0, 1),
    )
)
def test_no_array_gives_anything_but_a_scorecard_or_an_error(
    sitter: Identity, image: np.ndarray
) -> None:
    try:
        card = score(Portrait(image), sitter, picture="any")
    except HeadshotsError:
        return
    assert isinstance(card, Scorecard)
