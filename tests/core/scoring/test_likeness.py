"""Likeness on real photos: the sitter above everybody else, whatever was done to the pixels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import IdentityDamaged
from headshots.core.faces import ANALYSERS, Face
from headshots.core.identity.identity import Identity, Spread
from headshots.core.images import Image, from_u8, to_u8
from headshots.core.photos import read_photo
from headshots.core.scoring.likeness import judge_of, likeness, percentile

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
    photos: Path, three: Identity, judge: str
) -> None:
    own: list[float] = []
    for name in SITTER:
        image, faces = _faces(photos / name)
        own.append(likeness(image, faces[0], three, judge=judge, photo=name).cosine)
    strangers: list[float] = []
    for name in ("biden.jpg", "astronaut.png", "group1.jpg", "group5.jpg"):
        image, faces = _faces(photos / name)
        found = [likeness(image, face, three, judge=judge) for face in faces]
        assert all(each.cosine < each.low for each in found), name
        strangers += [each.cosine for each in found]
    assert min(own) > max(strangers)
    assert min(own) >= judge_of(three, judge).same_person


@pytest.mark.parametrize("judge", ["dlib", "embedded"])
@pytest.mark.parametrize("name", ["obama.jpg", "obama3.jpg"])
def test_wear_hardly_moves_the_score(photos: Path, three: Identity, judge: str, name: str) -> None:
    image, faces = _faces(photos / name)
    clean = likeness(image, faces[0], three, judge=judge).cosine
    for what, worn in _worn(image).items():
        face = ANALYSERS.get("embedded").analyse(worn, embed=False)[0]
        assert abs(likeness(worn, face, three, judge=judge).cosine - clean) < 0.05, what


def test_the_source_photo_is_left_out_of_the_percentile(photos: Path, three: Identity) -> None:
    image, faces = _faces(photos / "obama2.jpg")
    copied = likeness(image, faces[0], three)
    honest = likeness(image, faces[0], three, photo="obama2.jpg")
    assert copied.cosine == honest.cosine
    assert honest.percentile < copied.percentile


def test_percentiles_follow_the_sitters_own_spread() -> None:
    recogniser = ANALYSERS.get("dlib").recogniser
    narrow = Spread(0.980, 0.985, 0.990, 20)
    wide = Spread(0.940, 0.965, 0.985, 20)
    assert percentile(0.965, narrow, recogniser) < 2
    assert 40 < percentile(0.965, wide, recogniser) < 60
    values = [percentile(cosine, wide, recogniser) for cosine in (0.8, 0.92, 0.95, 0.98, 1.0)]
    assert values == sorted(values)
    assert 0 <= values[0] < 5 and 95 < values[-1] <= 100


def test_few_photos_say_little() -> None:
    recogniser = ANALYSERS.get("dlib").recogniser
    two, twenty = (Spread(0.985, 0.985, 0.985, count) for count in (2, 20))
    single = Spread(0.96, 0.96, 0.96, 1)
    assert percentile(0.96, twenty, recogniser) < percentile(0.96, two, recogniser)
    assert 5 < percentile(0.96, single, recogniser) < 60


def test_without_the_judges_template_the_steering_one_judges(three: Identity) -> None:
    steering = replace(
        three, templates={name: each for name, each in three.templates.items() if name != "dlib"}
    )
    assert judge_of(three).name == "dlib"
    assert judge_of(steering).name == "mobilefacenet"
    with pytest.raises(IdentityDamaged, match="other recognisers"):
        judge_of(replace(three, templates={}))
