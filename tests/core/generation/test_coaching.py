"""The coach: what photos lack and which does harm, before anybody is enrolled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.errors import Cancelled, InputError
from headshots.core.faces import ANALYSERS
from headshots.core.generation.coaching import Coaching, coach
from headshots.core.images import Image, resize
from headshots.core.photos import Photo, read_photo
from headshots.core.photos.writing import encode
from headshots.core.progress import Progress
from headshots.core.recipes.actions.sitters import coach_sitter

OBAMA = ("obama.jpg", "obama2.jpg", "obama3.jpg")


@pytest.fixture(scope="module")
def obama(photos: Path) -> tuple[Photo, ...]:
    return tuple(read_photo(photos / name, longest=1000) for name in OBAMA)


def advised(*photos: Photo, face: str = "only") -> Coaching:
    analyser, judge = ANALYSERS.get("embedded"), ANALYSERS.get("dlib")
    return coach(photos, analyser=analyser, judge=judge, face=face)


def spoilt(photo: Photo, change: Callable[[Image], Image], name: str) -> Photo:
    pixels = np.ascontiguousarray(change(photo.image), dtype=np.float32)
    return read_photo(encode(pixels, "jpeg", bits=8), name=name)


def codes(coaching: Coaching, name: str) -> set[str]:
    (advice,) = [each for each in coaching.photos if each.name == name]
    return {finding.code for finding in advice.findings}


def together(coaching: Coaching) -> set[str]:
    return {finding.code for finding in coaching.together}


def test_three_photos_and_what_they_lack(obama: tuple[Photo, ...]) -> None:
    told = advised(*obama)
    assert [each.name for each in told.photos] == list(OBAMA)
    assert all(each.usable for each in told.photos)
    assert codes(told, "obama.jpg") == set()
    assert {"speaking", "looking-away", "light-overhead"} <= codes(told, "obama2.jpg")
    assert together(told) <= {"small-faces", "one-angle", "not-recent"}
    assert 600 < told.width < 1100


def test_photos_of_other_years(obama: tuple[Photo, ...]) -> None:
    years = ("2012-06-01T10:00:00", "2019-06-01T10:00:00", "2020-06-01T10:00:00")
    dated = [replace(each, taken=taken) for each, taken in zip(obama, years, strict=True)]
    analyser = ANALYSERS.get("embedded")
    told = coach(dated, analyser=analyser, today=datetime(2026, 1, 1))
    assert "years-older" in codes(told, "obama.jpg")
    assert not {"years-older"} & (codes(told, "obama2.jpg") | codes(told, "obama3.jpg"))
    assert "not-recent" in together(told)
    told = coach(dated, analyser=analyser, today=datetime(2021, 1, 1))
    assert "not-recent" not in together(told)
    undated = [*dated[:2], replace(dated[2], taken=None)]
    told = coach(undated, analyser=analyser, today=datetime(2026, 1, 1))
    assert "not-recent" not in together(told)  # the undated one may be new


def test_one_small_photo(photos: Path) -> None:
    told = advised(read_photo(photos / "astronaut.png"))
    assert codes(told, "astronaut.png") == {"small-face"}
    assert {"few-photos", "small-faces"} <= together(told)
    assert told.photos[0].usable and told.width < 400


def test_another_person_is_named(obama: tuple[Photo, ...], photos: Path) -> None:
    told = advised(*obama[:2], read_photo(photos / "biden.jpg", longest=1000))
    assert codes(told, "biden.jpg") == {"another-person"}
    assert [each.usable for each in told.photos] == [True, True, False]


def test_two_people_without_a_majority(obama: tuple[Photo, ...], photos: Path) -> None:
    told = advised(obama[0], read_photo(photos / "biden.jpg", longest=1000))
    assert all("another-person" in codes(told, each.name) for each in told.photos)
    assert together(told) == {"none-usable"} and told.width == 0


def test_the_photo_that_does_harm(obama: tuple[Photo, ...]) -> None:
    def half_hidden(image: Image) -> Image:
        aside = np.arange(image.shape[1])[None, :, None] > 0.48 * image.shape[1]
        return np.where(aside, np.float32(0.02), image)

    told = advised(*obama, spoilt(obama[1], half_hidden, "half.jpg"))
    assert "unlike" in codes(told, "half.jpg")
    assert not any("unlike" in codes(told, name) for name in OBAMA)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda image: image[:, ::-1] * np.float32(0.06), "underexposed"),
        (lambda image: np.minimum(image[:, ::-1] * np.float32(4), 1), "overexposed"),
        (lambda image: cv2.GaussianBlur(image[:, ::-1].copy(), (0, 0), 6), "blurred"),
        (lambda image: resize(image, image.shape[1] // 5, image.shape[0] // 5), "small-face"),
        (lambda image: np.full_like(image, 0.5), "no-face"),
        (lambda image: np.hstack([image, image]), "several-faces"),
        (lambda image: image, "duplicate"),
    ],
)
def test_a_photo_that_cannot_be_used(
    change: Callable[[Image], Image], code: str, obama: tuple[Photo, ...]
) -> None:
    told = advised(obama[0], spoilt(obama[0], change, "spoilt.jpg"))
    assert code in codes(told, "spoilt.jpg")
    assert [each.usable for each in told.photos] == [True, False]


def test_who_is_meant_can_be_said(obama: tuple[Photo, ...]) -> None:
    both = spoilt(obama[0], lambda image: np.hstack([image, image]), "both.jpg")
    assert advised(both, face="1").photos[0].usable
    assert not advised(both).photos[0].usable


def test_the_report_has_a_line_for_each_finding(obama: tuple[Photo, ...], photos: Path) -> None:
    (report,) = coach_sitter(Progress(), list(obama), None, "only")
    said = report.splitlines()
    assert said[0] == "obama.jpg: good"
    assert sum(line.startswith("obama2.jpg: ") for line in said) >= 3
    assert any(line.startswith("All together: ") for line in said)
    (report,) = coach_sitter(Progress(), None, [np.zeros((90, 60, 3), np.float32)], "only")
    assert "can't be used" in report.splitlines()[0]


def test_photos_on_which_the_head_leans(obama: tuple[Photo, ...]) -> None:
    def leaning(image: Image) -> Image:
        rows, columns = image.shape[:2]
        turn = cv2.getRotationMatrix2D((columns / 2, 0.3 * rows), -40, 0.9)
        return cv2.warpAffine(image, turn, (columns, rows), borderMode=cv2.BORDER_REPLICATE)

    photo = spoilt(obama[0], leaning, "leaning.jpg")
    told = advised(photo)
    assert codes(told, "leaning.jpg") == {"leaning"} and told.photos[0].usable
    assert "no-upright" in together(told)
    assert "no-upright" not in together(advised(photo, obama[2]))


def test_a_photo_that_ends_at_the_chin(obama: tuple[Photo, ...]) -> None:
    def ending(image: Image) -> Image:
        chin = ANALYSERS.get("embedded").analyse(image, embed=False)[0].landmarks[152, 1]
        return image[: round(float(chin)) + 4]

    photo = obama[0]
    short = spoilt(photo, ending, "short.jpg")
    alone = advised(short)
    assert alone.photos[0].usable, "it tells who the sitter is"
    (finding,) = [each for each in alone.photos[0].findings if each.code == "no-room"]
    assert "ends at the chin" in finding.text and "both shoulders" in finding.advice
    assert "none-framable" in together(alone)
    both = advised(short, obama[2])
    assert "none-framable" not in together(both)
    assert "no-room" not in codes(both, obama[2].name)


def test_a_hand_and_a_grimace_are_told(obama: tuple[Photo, ...], photos: Path) -> None:
    """Every headshot of such photos is refused, and the coach had nothing to say."""
    phone = read_photo(photos / "group4.jpg")  # one of the people holds a phone up
    findings = advised(phone, face="largest").photos[0].findings
    (hand,) = [each for each in findings if each.code == "hand"]
    assert "Lower the hands" in hand.advice
    group = read_photo(photos / "group6.jpg")
    face = ANALYSERS.get("embedded").analyse(group.image, embed=False)[3]
    joking = spoilt(group, lambda image: face.box.grown(0.9).cut(image), "joking.jpg")
    alone = advised(joking, face="largest")
    assert "grimace" in codes(alone, "joking.jpg")
    assert "none-deliverable" in together(alone)
    assert "none-deliverable" not in together(advised(joking, obama[0], face="largest"))
    assert not {"hand", "grimace"} & codes(advised(*obama), "obama3.jpg")


def test_it_stops_and_refuses_nonsense(obama: tuple[Photo, ...]) -> None:
    analyser = ANALYSERS.get("embedded")
    with pytest.raises(Cancelled):
        coach(obama, analyser=analyser, progress=Progress(stopped=lambda: True))
    for photos, face in (((), "only"), (obama * 20, "only"), (obama, "nobody")):
        with pytest.raises(InputError):
            coach(photos, analyser=analyser, face=face)


def test_a_head_on_its_side_is_said(obama: tuple[Photo, ...]) -> None:
    """Generation from such a photo broke down in the cut-out."""
    lying = spoilt(obama[0], lambda image: np.rot90(image), "lying.jpg")
    assert "no-room" in codes(advised(lying), "lying.jpg")
