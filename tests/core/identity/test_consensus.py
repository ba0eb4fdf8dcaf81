"""Grouping and naming, on made-up embeddings."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.errors import MixedPeople, WrongPerson
from headshots.core.identity.consensus import Sighting, check_one_person, left_out, template


class FakeRecogniser:
    name = "fake"
    dimensions = 64
    same_person = 0.45
    different_person = 0.3

    def embed(self, image: object, faces: object) -> np.ndarray:
        raise NotImplementedError


def _people(*counts: int, noise: float = 0.06, seed: int = 0) -> list[Sighting]:
    random = np.random.default_rng(seed)
    sightings = []
    for person, count in enumerate(counts):
        centre = random.normal(size=64)
        centre /= np.linalg.norm(centre)
        for number in range(count):
            vector = centre + noise * random.normal(size=64)
            vector = (vector / np.linalg.norm(vector)).astype(np.float32)
            quality = float(random.uniform(0, 1))
            sightings.append(Sighting(f"{'abcdef'[person]}{number}.jpg", {"fake": vector}, quality))
    return sightings


@given(count=st.integers(1, 12), seed=st.integers(0, 1000))
def test_one_person(count: int, seed: int) -> None:
    check_one_person(_people(count, seed=seed), [FakeRecogniser()])


@given(count=st.integers(2, 10), strangers=st.integers(1, 4), seed=st.integers(0, 1000))
def test_majority_and_strangers(count: int, strangers: int, seed: int) -> None:
    sightings = _people(count, *[1] * strangers, seed=seed)
    random = np.random.default_rng(seed)
    random.shuffle(sightings)
    wanted = WrongPerson if count > strangers else MixedPeople
    with pytest.raises(wanted) as caught:
        check_one_person(sightings, [FakeRecogniser()])
    for sighting in sightings:
        stranger = not sighting.name.startswith("a")
        assert (sighting.name in str(caught.value)) == (stranger or wanted is MixedPeople)


def test_two_groups_are_both_named() -> None:
    with pytest.raises(MixedPeople) as caught:
        check_one_person(_people(2, 2), [FakeRecogniser()])
    assert "a0.jpg and a1.jpg against b0.jpg and b1.jpg" in str(caught.value)


@given(seed=st.integers(0, 1000), count=st.integers(2, 8))
def test_template_and_left_out(seed: int, count: int) -> None:
    sightings = _people(count, seed=seed)
    vector = template(sightings, "fake")
    assert vector.dtype == np.float32
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)
    cosines = left_out(sightings, "fake")
    assert len(cosines) == count
    assert all(-1.001 <= cosine <= 1.001 for cosine in cosines)


def test_the_same_photo_twice_is_itself() -> None:
    (one,) = _people(1)
    assert template([one, one], "fake") == pytest.approx(one.embeddings["fake"], abs=1e-6)


def test_embeddings_that_cancel_out_give_no_nan() -> None:
    vector = np.eye(1, 64, dtype=np.float32)[0]
    pair = [Sighting("a", {"fake": vector}, 1.0), Sighting("b", {"fake": -vector}, 1.0)]
    assert np.isfinite(template(pair, "fake")).all()
    with pytest.raises(MixedPeople):
        check_one_person(pair, [FakeRecogniser()])
