"""A picture's history: what it is as a whole follows from its edits, and it survives JSON."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.provenance import (
    TRUE_OF_ANY,
    UNKNOWN,
    BackdropReplaced,
    Composited,
    Cropped,
    Edit,
    Enlarged,
    FeatureTransferred,
    Provenance,
    Refined,
    Relit,
    Retouched,
    SitterKept,
    SourceType,
    provenance_from_json,
)

from ..histories import PHOTOGRAPH, painted, studio

TERMS = st.sampled_from(SourceType)
EDITS: st.SearchStrategy[Edit] = st.one_of(
    st.builds(Composited, head=st.floats(0, 1), tone=st.none() | st.just("#ededed")),
    st.builds(
        Relit,
        azimuth=st.floats(-90, 90),
        elevation=st.floats(-10, 60),
        ratio=st.floats(1, 100),
        strength=st.floats(0, 1),
        pattern=st.sampled_from(["", "loop"]),
    ),
    st.builds(Retouched, skin=st.floats(0, 1), lint=st.floats(0, 1)),
    st.builds(FeatureTransferred, region=st.sampled_from(["eyes", "mouth"])),
    st.builds(BackdropReplaced, backdrop=st.text(max_size=9), drawn=st.booleans()),
    st.builds(Refined, refiner=st.text(max_size=9), source_type=TERMS),
    st.builds(Enlarged, factor=st.floats(0.1, 8)),
    st.builds(SitterKept, kept=st.sampled_from(["face", "head"])),
    st.builds(Cropped, size=st.text(max_size=9)),
    st.just(painted(realism=0.4, realism_auc=0.9).edits[-1]),
)
HISTORIES = st.builds(
    Provenance,
    capture=st.none() | TERMS,
    generator=st.sampled_from(["", "studio"]),
    look=st.text(max_size=9),
    seed=st.integers(0, 2**63),
    sources=st.lists(st.just("ab" * 32), max_size=2).map(tuple),
    edits=st.lists(EDITS, max_size=5).map(tuple),
)


@given(HISTORIES)
def test_a_history_survives_json(history: Provenance) -> None:
    assert provenance_from_json(json.loads(json.dumps(history.to_json()))) == history


@given(HISTORIES, EDITS)
def test_an_edit_never_brings_a_picture_nearer_to_a_photograph(
    history: Provenance, edit: Edit
) -> None:
    before, after = history.source_type, history.edited(edit).source_type
    if before is None:
        assert after is None or after in TRUE_OF_ANY
    elif after is not before:
        assert after is edit.adds


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(["edits", "kind", "look", "seed", "capture"]), inner, max_size=4
            )
        ),
        max_leaves=8,
    )
)
def test_whatever_a_stranger_wrote_is_a_history_or_nothing(value: Any) -> None:
    history = provenance_from_json(value)
    assert history is None or history.source_type is None or history.source_type in SourceType


def test_names_of_photos_and_people_do_not_travel() -> None:
    history = studio(photo="Ada Lovelace.jpg", lender="Ada 2.jpg", deliverable=False)
    text = json.dumps(history.to_json())
    assert "Ada" not in text and "deliverable" not in text


@pytest.mark.parametrize(
    ("history", "photograph"),
    [
        (UNKNOWN, True),
        (PHOTOGRAPH.edited(Cropped(size="square")), True),
        (UNKNOWN.edited(Retouched(skin=0.1)), False),
        (PHOTOGRAPH.edited(Enlarged(factor=2)), False),
        (studio(), False),
        (Provenance(capture=SourceType.SCREEN_CAPTURE), False),
    ],
)
def test_what_may_be_a_photograph_as_taken(history: Provenance, photograph: bool) -> None:
    assert history.photograph is photograph


def test_a_key_light_from_the_front_is_recorded() -> None:
    assert studio(azimuth=0.0).last(Relit) is not None


def test_a_new_backdrop_ends_transparency_and_the_discriminators_verdict() -> None:
    history = studio(placed={"tone": "#ededed"})
    assert history.tone == "#ededed"
    assert history.edited(BackdropReplaced(backdrop="grey")).tone is None
    assert history.with_tone(None).tone is None and UNKNOWN.with_tone("#ffffff") == UNKNOWN
    judged = painted(realism=0.4, realism_auc=0.9)
    assert judged.realism == (0.4, 0.9)
    assert judged.edited(Retouched(skin=0.2)).realism is None
    assert painted(realism=0.4).realism is None, "nothing without how often it is right"
