"""Which frames are one burst: by the clock, by what they show, by who is in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from headshots.core.culling.measures import Measures, measure
from headshots.core.culling.stacks import in_order, stacked


@pytest.fixture(scope="module")
def ada(photos: Path) -> Measures:
    return measure(photos / "obama.jpg")


@pytest.fixture(scope="module")
def ada_elsewhere(photos: Path) -> Measures:
    return measure(photos / "obama2.jpg")


@pytest.fixture(scope="module")
def bob(photos: Path) -> Measures:
    return measure(photos / "biden.jpg")


def at(frame: Measures, second: float, camera: str = "R5") -> Measures:
    whole, part = divmod(round(second * 1000), 1000)
    taken = f"2026-11-30T09:00:{whole:02d}.{part:03d}000"
    return replace(frame, taken=taken, camera=camera)


def stacks(*frames: Measures) -> list[list[int]]:
    return stacked([f"{n:04d}" for n in range(len(frames))], frames)


def test_frames_that_follow_within_seconds_are_one_burst(ada: Measures) -> None:
    assert stacks(at(ada, 0), at(ada, 0.12), at(ada, 2), at(ada, 9), at(ada, 9.5)) == [
        [0, 1, 2],
        [3, 4],
    ]


def test_another_person_or_another_view_is_another_burst(
    ada: Measures, ada_elsewhere: Measures, bob: Measures
) -> None:
    assert stacks(at(ada, 0), at(bob, 1), at(ada, 2)) == [[0], [1], [2]]
    assert stacks(at(ada, 0), at(ada_elsewhere, 1)) == [[0], [1]]


def test_bursts_of_two_cameras_interleave(ada: Measures) -> None:
    frames = [at(ada, 0), at(ada, 0.1, "Z8"), at(ada, 0.2), at(ada, 0.3, "Z8")]
    assert stacks(*frames) == [[0, 2], [1, 3]]


def test_files_in_any_order_are_put_into_that_of_the_clock(ada: Measures, bob: Measures) -> None:
    frames = [at(bob, 8), at(ada, 1), at(ada, 0)]
    assert stacks(*frames) == [[2, 1], [0]]
    names = ["c", "b", "a"]
    assert in_order(names, [replace(each, taken=None) for each in frames]) == [2, 1, 0]


def test_without_a_clock_only_the_same_picture_is_a_burst(
    ada: Measures, ada_elsewhere: Measures
) -> None:
    timeless = [replace(each, taken=None) for each in (ada, ada, ada_elsewhere)]
    assert stacks(*timeless) == [[0, 1], [2]]


def test_walls_slates_and_what_cant_be_read_are_in_none(ada: Measures) -> None:
    wall, slate = replace(ada, faces=0), replace(ada, slate="Ada")
    assert stacks(at(ada, 0), at(wall, 0.1), at(slate, 0.2), Measures(fault="cut off")) == [[0]]
