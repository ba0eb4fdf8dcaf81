"""What is said of frames that are spoilt on purpose, and which of a stack is the best."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from headshots.core.culling.choice import judge
from headshots.core.culling.measures import Measures, measure
from headshots.core.faces import ANALYSERS
from headshots.core.faces.regions import CHIN, LEFT_BROW, LEFT_UNDER_EYE
from headshots.core.images import Image, to_u8
from headshots.core.photos import read_photo

from ...shoot_card import Portrait, portrait_of

Spoil = Callable[[Portrait], Image]


def dark(portrait: Portrait) -> Image:
    return portrait.image * np.float32(0.25)


def burnt(portrait: Portrait) -> Image:
    return np.clip(portrait.image * np.float32(3), 0, 1)


def cut_at_the_chin(portrait: Portrait) -> Image:
    return portrait.image[: round(float(portrait.face.landmarks[CHIN, 1])) + 5]


def mirroring(portrait: Portrait) -> Image:
    """A lamp in the left glass of a pair of glasses."""
    image = portrait.image.copy()
    points = portrait.face.landmarks[[*LEFT_BROW, *LEFT_UNDER_EYE], :2]
    (x, y), size = points.mean(axis=0), 0.22 * portrait.face.eye_distance
    cv2.ellipse(image, ((float(x), float(y)), (1.6 * size, size), 30), (1.0, 1.0, 1.0), -1)
    return np.clip(image, 0, 1)


def dragged(portrait: Portrait) -> Image:
    length = round(0.2 * portrait.face.eye_distance)
    return cv2.blur(portrait.image, (length, 1)).astype(np.float32)


def defocused(portrait: Portrait) -> Image:
    sigma = 0.04 * portrait.face.eye_distance
    return cv2.GaussianBlur(portrait.image, (0, 0), sigma).astype(np.float32)


@pytest.fixture(scope="module")
def portrait(photos: Path) -> Portrait:
    found = portrait_of(read_photo(photos / "obama.jpg").image)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def sound(portrait: Portrait, tmp_path_factory: pytest.TempPathFactory) -> Measures:
    return measured(portrait.image, tmp_path_factory.mktemp("sound"))


def measured(image: Image, folder: Path) -> Measures:
    path = folder / "a.png"
    PIL.Image.fromarray(to_u8(image)).save(path, compress_level=1)
    return measure(path)


def said(*stack: Measures) -> list[str]:
    return [each.verdict.reason for each in judge(stack, [f"{n}.jpg" for n in range(9)], 1)]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (dark, "too dark"),
        (burnt, "burnt out"),
        (cut_at_the_chin, "no room for a crop"),
        (mirroring, "reflections on the glasses"),
        (dragged, "motion blur"),
        (defocused, "eyes out of focus"),
    ],
)
def test_a_spoilt_frame_is_told(
    portrait: Portrait, sound: Measures, spoil: Spoil, words: str, tmp_path: Path
) -> None:
    good, bad = said(sound, measured(spoil(portrait), tmp_path))
    assert good.startswith("Best of 2: ") and "eyes open" in good.partition(";")[0]
    assert words in bad and words not in good.partition(";")[0]


def test_a_frame_without_flaws_has_none(sound: Measures) -> None:
    assert said(sound) == ["The only frame of its moment: good"]


def test_a_real_frame_in_mid_word_with_a_look_aside(photos: Path) -> None:
    (reason,) = said(measure(photos / "obama2.jpg"))
    assert "caught in mid-word" in reason and "looks past the camera" in reason


def test_of_a_group_everybodys_eyes_count(photos: Path) -> None:
    group = read_photo(photos / "group1.jpg", longest=1000).image
    faces = ANALYSERS.get("embedded").analyse(group, embed=False)
    frame = measure(photos / "group1.jpg")
    assert frame.faces > 1
    assert frame.eyes_open == pytest.approx(min(each.eyes_open for each in faces), abs=0.05)


def test_eyes_that_are_closing_are_told_by_the_others_of_the_stack(sound: Measures) -> None:
    closing = replace(sound, eyes_open=sound.eyes_open - 0.16)
    wide = replace(sound, eyes_open=0.95)
    assert "eyes half closed" in said(wide, replace(closing, eyes_open=0.75))[1]
    laughing = replace(closing, eyes_open=0.75, smile=sound.smile + 0.2)
    assert "closed" not in said(wide, laughing)[1]


def test_of_two_sound_frames_the_better_one_is_the_best(sound: Measures) -> None:
    soft = replace(sound, blur=sound.blur * 1.2)
    assert [each.rank for each in judge([soft, sound], ["a", "b"], 1)] == [2, 1]
    assert [each.verdict.rating for each in judge([soft, sound], ["a", "b"], 1)] == [3, 4]


def test_where_none_is_sound_the_best_gets_no_green(sound: Measures) -> None:
    asleep = replace(sound, eyes_open=0.2)
    best, other = judge([asleep, replace(asleep, blur=40.0)], ["a", "b"], 1)
    assert (best.verdict.rating, best.verdict.label) == (2, "Yellow")
    assert best.verdict.keywords == ("cull: best", "cull: eyes closed")
    assert (other.verdict.rating, other.verdict.label) == (1, "Red")
