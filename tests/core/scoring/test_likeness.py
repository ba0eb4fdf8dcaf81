"""Likeness on real photos: the sitter above everybody else, whatever was done to the pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import IdentityDamaged
from headshots.core.faces import ANALYSERS, Face
from headshots.core.identity.identity import Identity
from headshots.core.images import Image, from_u8, luminance, to_u8
from headshots.core.photos import read_photo
from headshots.core.portrait.portrait import Portrait
from headshots.core.scoring.calibration import false_matches, prior
from headshots.core.scoring.likeness import (
    judge_of,
    likeness,
    own_range,
    pairwise,
    percentile,
    to_mean,
)
from headshots.core.scoring.measure import fault
from headshots.core.scoring.measures.copy_detection import COPY

from ...spoilt_faces import Given, swapped

SITTER = ("obama.jpg", "obama2.jpg", "obama3.jpg", "obama_partial_face.jpg")


def _faces(path: Path) -> tuple[Image, tuple[Face, ...]]:
    image = read_photo(path).image
    return image, ANALYSERS.get("embedded").analyse(image, embed=False)


def _worn(image: Image) -> dict[str, Image]:
    height, width = image.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 15, 1)
    jpeg = cv2.imencode(".jpg", to_u8(image), [cv2.IMWRITE_JPEG_QUALITY, 30])[1]
    return {
        "turned": np.clip(
            cv2.warpAffine(image, turn, (width, height), flags=cv2.INTER_CUBIC), 0, 1
        ),
        "darkened": image * np.float32(0.5),
        "jpeg": from_u8(cv2.imdecode(jpeg, cv2.IMREAD_COLOR)),
    }


@pytest.mark.parametrize("judge", ["dlib", "embedded"])
def test_every_photo_of_the_sitter_beats_every_stranger(
    photos: Path, sitter: Identity, judge: str
) -> None:
    own: list[float] = []
    for name in SITTER:
        image, faces = _faces(photos / name)
        own.append(likeness(Portrait(image, face=faces[0]), sitter, judge=judge, photo=name).cosine)
    strangers: list[float] = []
    for name in ("biden.jpg", "astronaut.png", "group1.jpg", "group5.jpg"):
        image, faces = _faces(photos / name)
        found = [likeness(Portrait(image, face=face), sitter, judge=judge) for face in faces]
        assert all(each.cosine < each.low for each in found), name
        strangers += [each.cosine for each in found]
    assert min(own) > max(strangers)
    assert min(own) >= judge_of(sitter, judge).same_person


@pytest.mark.parametrize("judge", ["dlib", "embedded"])
@pytest.mark.parametrize("name", ["obama.jpg", "obama3.jpg"])
def test_wear_hardly_moves_the_score(photos: Path, sitter: Identity, judge: str, name: str) -> None:
    image, faces = _faces(photos / name)
    clean = likeness(Portrait(image, face=faces[0]), sitter, judge=judge).cosine
    for what, worn in _worn(image).items():
        face = ANALYSERS.get("embedded").analyse(worn, embed=False)[0]
        assert (
            abs(likeness(Portrait(worn, face=face), sitter, judge=judge).cosine - clean) < 0.05
        ), what


def test_the_source_photo_is_left_out_of_the_percentile(photos: Path, sitter: Identity) -> None:
    image, faces = _faces(photos / "obama2.jpg")
    copied = likeness(Portrait(image, face=faces[0]), sitter)
    honest = likeness(Portrait(image, face=faces[0]), sitter, photo="obama2.jpg")
    assert copied.cosine == honest.cosine
    assert honest.percentile < copied.percentile


def test_a_face_that_is_clearly_the_photos_is_not_refused(photos: Path, sitter: Identity) -> None:
    """Hard light without colours costs likeness to other photos, and another face to its own."""
    image, faces = _faces(photos / "obama2.jpg")
    face = faces[0]
    grey = np.repeat(luminance(image)[..., None], 3, axis=2)
    side = np.linspace(0.35, 1.5, image.shape[1], dtype=np.float32)[None, :, None]
    hard = np.clip(1.2 * (grey * side - 0.5) + 0.5, 0, 1)
    own = likeness(Portrait(hard, face=face), sitter, photo="obama2.jpg")
    assert own.to_source is not None and own.to_source >= 90
    other, others = _faces(photos / "biden.jpg")
    rng = np.random.default_rng(0)
    spoilt = swapped(Given(image, face, sitter, other, others[0], rng))
    for share in (0.6, 1.0):
        mixed = np.asarray(image + share * (spoilt - image), np.float32)
        stranger = likeness(Portrait(mixed, face=face), sitter, photo="obama2.jpg")
        assert stranger.to_source is not None and stranger.to_source < 90
        assert any(each.refuses for each in stranger.measures)
    far = replace(own, percentile=0.4)
    assert not any(each.refuses for each in far.measures)
    assert any(each.refuses for each in replace(far, to_source=50.0).measures)
    assert any(each.refuses for each in replace(far, to_source=None).measures)


def test_percentiles_follow_the_sitters_own_spread() -> None:
    recogniser = ANALYSERS.get("dlib").recogniser
    narrow = [0.980 + 0.0005 * step for step in range(21)]
    wide = [0.940 + 0.00225 * step for step in range(21)]
    assert percentile(0.965, narrow, recogniser) < 2
    assert 40 < percentile(0.965, wide, recogniser) < 60
    values = [percentile(cosine, wide, recogniser) for cosine in (0.8, 0.92, 0.95, 0.98, 1.0)]
    assert values == sorted(values)
    assert 0 <= values[0] < 5 and 95 < values[-1] <= 100
    low, high = own_range(wide, recogniser)
    assert percentile(low, wide, recogniser) == pytest.approx(5, abs=0.1)
    assert percentile(high, wide, recogniser) == pytest.approx(95, abs=0.1)


def test_the_percentile_is_calibrated_where_the_model_holds() -> None:
    """Sitters drawn from the prior: of their further photos p per cent lie below percentile p."""
    recogniser, usual = ANALYSERS.get("dlib").recogniser, prior("dlib")
    rng = np.random.default_rng(5)
    found: list[float] = []
    for _ in range(3000):
        # The prior of normal-inverse-chi-squared: first the spread, then the middle given it.
        spread = usual.spread * np.sqrt(usual.photos / rng.chisquare(usual.photos))
        middle = rng.normal(usual.middle, spread / np.sqrt(usual.photos))
        distances = np.exp(rng.normal(middle, spread, 5)) * (1 - recogniser.same_person)
        pairs = np.maximum(1 - distances, -1).tolist()
        *own, further = (to_mean(each, 3) for each in pairs)
        found.append(percentile(further, own, recogniser))
    for share in (5, 25, 50, 75, 95):
        assert float(np.mean(np.array(found) < share)) == pytest.approx(share / 100, abs=0.02)


@pytest.mark.parametrize("photos", [1, 2, 5, 50])
@pytest.mark.parametrize("cosine", [-0.4, 0.0, 0.3, 0.93, 1.0])
def test_cosines_to_means_and_between_pairs_undo_each_other(cosine: float, photos: int) -> None:
    assert pairwise(to_mean(cosine, photos), photos) == pytest.approx(cosine, abs=1e-9)
    assert to_mean(cosine, photos) >= cosine or cosine <= 0


def test_a_mean_of_more_photos_is_no_greater_likeness() -> None:
    """Photos of one person with noise of their own: the percentile of a further one is even."""
    recogniser, rng = ANALYSERS.get("dlib").recogniser, np.random.default_rng(3)
    person = np.eye(1, 128)[0]
    pair = 1 - np.exp(prior("dlib").middle) * (1 - recogniser.same_person)
    noise = np.sqrt((1 / pair - 1) / 128)
    for photos in (2, 3, 8):
        ranks: list[float] = []
        for _ in range(400):
            each = person + rng.normal(0, noise, (photos + 1, 128))
            each /= np.linalg.norm(each, axis=1, keepdims=True)
            *enrolled, further = each
            total = np.sum(enrolled, axis=0)
            own = [float(one @ (rest := total - one) / np.linalg.norm(rest)) for one in enrolled]
            ranks.append(
                percentile(float(further @ total / np.linalg.norm(total)), own, recogniser, photos)
            )
        assert 35 < np.mean(ranks) < 65, photos


def test_few_photos_say_little() -> None:
    recogniser = ANALYSERS.get("dlib").recogniser
    assert percentile(0.96, [0.985] * 20, recogniser) < percentile(0.96, [0.985] * 2, recogniser)
    assert 5 < percentile(0.96, [], recogniser) < 70


def test_a_copy_is_told_from_another_photo(photos: Path, sitter: Identity) -> None:
    for number, name in enumerate(each.name for each in sitter.photos):
        image, faces = _faces(photos / name)
        for what, worn in {"same": image, **_worn(image)}.items():
            face = ANALYSERS.get("embedded").analyse(worn, embed=False)[0]
            found = likeness(Portrait(worn, face=face), sitter)
            copy = found.measures[-1]
            assert not copy.passed and copy.what == f"photo {number + 1}", what
            assert "a copy of an enrolled photo: photo" in fault(copy)
        made = likeness(Portrait(image, face=faces[0]), sitter, photo=name).measures[-1]
        assert made.passed and made.value > COPY  # made from it by design
        others = tuple(each for each in sitter.photos if each.name != name)
        new = likeness(Portrait(image, face=faces[0]), replace(sitter, photos=others)).measures[-1]
        assert new.name == "copy" and new.passed and new.value < 0.5


def test_a_single_photo_can_be_copied_too(photos: Path, astronaut: Identity) -> None:
    image, faces = _faces(photos / "astronaut.png")
    assert not likeness(Portrait(image, face=faces[0]), astronaut).measures[-1].passed
    image, faces = _faces(photos / "biden.jpg")
    assert likeness(Portrait(image, face=faces[0]), astronaut).measures[-1].value < 0


def test_a_second_opinion_is_shown_and_judges_nothing(photos: Path, sitter: Identity) -> None:
    image, faces = _faces(photos / "obama2.jpg")
    found = likeness(Portrait(image, face=faces[0]), sitter, photo="obama2.jpg")
    assert found.second is not None and found.second.recogniser == "mobilefacenet"
    assert found.judge == "dlib" and found.notes == ()
    (second,) = (each for each in found.measures if each.name == "second-opinion")
    assert (second.low, second.high) == (None, None)
    differ = replace(found, second=replace(found.second, percentile=1.0), percentile=60.0)
    assert "disagree" in differ.notes[0]
    alone = likeness(Portrait(image, face=faces[0]), sitter, judge="embedded")
    assert alone.second is None and "without another" in alone.notes[0]


@pytest.mark.parametrize("recogniser", ["dlib", "mobilefacenet"])
def test_what_a_cosine_means_is_told_from_the_table(recogniser: str) -> None:
    rates = [false_matches(cosine, recogniser) for cosine in np.linspace(-1, 1, 101)]
    known = [each for each in rates if each is not None]
    assert len(known) == len(rates)
    assert all(each.low <= each.rate <= each.high for each in known)
    falling = [each.rate for each in known]
    assert falling == sorted(falling, reverse=True) and falling[0] == 1
    last = known[-1]
    assert last.rate == 0 and last.high == pytest.approx(3 / last.pairs, rel=0.01)
    assert false_matches(0.5, "none of ours") is None


def test_without_the_judges_template_the_steering_one_judges(sitter: Identity) -> None:
    steering = replace(
        sitter, templates={name: each for name, each in sitter.templates.items() if name != "dlib"}
    )
    assert judge_of(sitter).name == "dlib"
    assert judge_of(steering).name == "mobilefacenet"
    with pytest.raises(IdentityDamaged, match="other recognisers"):
        judge_of(replace(sitter, templates={}))
