"""Strips: they cover the picture, and what is made in them is what is made of the whole."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from itertools import pairwise
from time import sleep

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from headshots.core.errors import Cancelled
from headshots.core.generation.looks import Finish
from headshots.core.generation.studio.compose.edges import crispen, crispen_reach
from headshots.core.generation.studio.compose.framing import Crop, cut
from headshots.core.generation.studio.compose.grade import grade
from headshots.core.generation.studio.compose.tiles import (
    STEP,
    both,
    enlarged,
    in_tiles,
    shrunk,
    stretched,
    tiles,
    wider,
)
from headshots.core.generation.studio.ordered_prefetch import ordered_prefetch
from headshots.core.generation.studio.plate.fixed_point import change, light, stored
from headshots.core.images import Float, resize
from headshots.core.progress import SILENT, Progress
from headshots.core.settings import settings


def some(rows: int, columns: int, *channels: int, seed: int = 1) -> Float:
    return np.random.default_rng(seed).random((rows, columns, *channels), np.float32)


@pytest.fixture(params=["1", "3"])
def threads(request: pytest.FixtureRequest) -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HEADSHOTS_THREADS", request.param)
        settings.cache_clear()
        yield settings().threads
    settings.cache_clear()


@given(
    rows=st.integers(1, 6000),
    columns=st.integers(256, 8192),
    first=st.integers(-50, 6000),
    length=st.integers(0, 900),
)
def test_strips_cover_every_row_once_and_keep_the_eyes_whole(
    rows: int, columns: int, first: int, length: int
) -> None:
    bands = tiles(rows, columns, (first, first + length))
    assert bands[0][0] == 0 and bands[-1][1] == rows
    assert all(one[1] == other[0] for one, other in pairwise(bands))
    assert all(top < bottom and top % STEP == 0 for top, bottom in bands)
    inside = [band for band in bands if band[0] < first + length and first < band[1]]
    assert len(inside) <= 1 or length == 0


def test_in_strips_answers_in_order(threads: int) -> None:
    bands = tiles(3000, 1000)
    assert in_tiles(lambda rows: rows[0], bands) == [top for top, _ in bands]


def test_in_strips_ends_with_what_was_raised_and_nothing_at_work(threads: int) -> None:
    at_work = 0

    def work(rows: tuple[int, int]) -> None:
        nonlocal at_work
        at_work += 1
        if rows[0] == 640:
            at_work -= 1
            raise ValueError("six hundred and forty")
        at_work -= 1

    with pytest.raises(ValueError, match="forty"):
        in_tiles(work, tiles(64_000, 8192))
    assert at_work == 0


def test_both_are_made_and_a_failure_of_either_ends_with_nothing_at_work(threads: int) -> None:
    finished: list[int] = []

    def slow() -> None:
        sleep(0.05)
        finished.append(1)

    def fails() -> None:
        raise ValueError("one of two")

    assert both(lambda: 1, lambda: "two") == (1, "two")
    with pytest.raises(ValueError, match="one of two"):
        both(fails, slow)
    at_the_end = len(finished)
    sleep(0.1)
    assert len(finished) == at_the_end
    with pytest.raises(ValueError, match="one of two"):
        both(slow, fails)


def test_in_strips_stops(threads: int) -> None:
    done: list[int] = []
    progress = Progress(stopped=lambda: len(done) > 3)
    with pytest.raises(Cancelled):
        in_tiles(lambda rows: done.append(rows[0]), tiles(64_000, 8192), progress.check)
    assert len(done) <= 4 + threads


@pytest.mark.parametrize("channels", [(), (3,)])
@pytest.mark.parametrize("factor", [1, 2, 4, 8])
def test_enlarging_in_parts_is_enlarging_the_whole(factor: int, channels: tuple[int, ...]) -> None:
    small = some(41, 37, *channels)
    size = small.shape[1] * factor, small.shape[0] * factor
    whole = cv2.resize(small, size, interpolation=cv2.INTER_LINEAR)
    rows, columns = 41 * factor - factor // 2, 37 * factor - 1
    for top in range(0, rows, STEP):
        band, across = (top, min(rows, top + STEP)), (STEP, columns)
        part = enlarged(small, factor, band, across)
        np.testing.assert_allclose(part, whole[slice(*band), slice(*across)], atol=1e-6)


def test_what_is_shrunk_covers_the_whole_and_comes_back_in_place() -> None:
    y, x = np.mgrid[0:123, 0:77].astype(np.float32)
    small = shrunk(x + 1000 * y, 4)
    assert small.shape == (31, 20)
    back = enlarged(small, 4, (0, 123), (0, 77))
    error = np.abs(back - (x + 1000 * y))[4:116, 4:72]  # away from the edges, that are repeated
    assert error.max() < 0.1


def test_stretching_in_strips_is_stretching_the_whole() -> None:
    small = cv2.GaussianBlur(some(40, 50, 3), (0, 0), 3)
    whole = resize(small, 233, 310)
    made = np.concatenate([stretched(small, (233, 310), band) for band in tiles(310, 8192)])
    np.testing.assert_allclose(made, whole, atol=0.01)


def test_cutting_in_parts_is_cutting_the_whole() -> None:
    plate, crop = some(200, 160, 3), Crop(11.3, -20.6, 100.7, 150.2, 0.5)
    whole = cut(plate, crop, 180, 270)
    for rows in tiles(270, 8192):
        part = cut(plate, crop, 180, 270, part=(rows, (16, 144)))
        np.testing.assert_allclose(part, whole[slice(*rows), 16:144], atol=2e-3)


def test_crispening_strips_is_crispening_the_whole() -> None:
    picture = cv2.GaussianBlur(some(300, 120, 3), (0, 0), 1.5)
    whole, reach = crispen(picture, 2.0, 90), crispen_reach(2.0, 90)
    assert crispen_reach(1.0, 90) == 0
    for rows in tiles(300, 8192):
        wide, within = wider(rows, reach, 300)
        made = crispen(picture[wide], 2.0, 90)[within]
        np.testing.assert_allclose(made, whole[slice(*rows)], atol=1e-5)


def test_monochrome_grain_is_as_rough_at_a_strips_edge() -> None:
    finish = Finish(1, 1, 0, monochrome=1, retouch=0, grain=0.02)
    grey = np.full((48, 4096, 3), 0.2, np.float32)
    picture = grade(grey, finish, np.random.default_rng(1))
    rough = picture[..., 0].std(1)
    assert rough[[0, -1]].mean() == pytest.approx(rough[10:-10].mean(), rel=0.1)


def test_light_is_stored_more_finely_than_photos_tell_it() -> None:
    linear = np.linspace(0, 1.9, 100_000, dtype=np.float32).reshape(-1, 1, 1)
    assert np.abs(light(stored(linear)) - linear).max() <= 0.5 / 32768 + 1e-6
    assert stored(np.float32([-0.1, 2.5])).tolist() == [0, 65535]
    before, after = some(20, 30, 3), some(20, 30, 3, seed=2) * np.float32(0.99)
    told = change(before, after, 7, 9)
    np.testing.assert_allclose(before + light(told.steps), after, atol=0.6 / 32768)
    assert (told.x, told.y) == (7, 9)


@pytest.mark.parametrize("at_once", [1, 2, 5])
def test_candidates_come_in_order_while_others_are_in_work(at_once: int) -> None:
    together = threading.Barrier(at_once)

    def make(index: int, progress: Progress) -> int:
        together.wait(timeout=20)  # breaks unless so many are in work at a time
        return index

    assert list(ordered_prefetch(make, 2 * at_once, at_once, SILENT)) == list(range(2 * at_once))


def test_a_failure_comes_when_its_turn_does() -> None:
    def make(index: int, progress: Progress) -> int:
        if index == 2:
            raise ValueError("two")
        return index

    made = ordered_prefetch(make, 5, 3, SILENT)
    assert [next(made), next(made)] == [0, 1]
    with pytest.raises(ValueError, match="two"):
        next(made)


def test_work_in_hand_is_stopped_and_waited_for() -> None:
    stop, ended = threading.Event(), threading.Event()

    def make(index: int, progress: Progress) -> int:
        try:
            while True:
                progress.check()
        finally:
            ended.set()

    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Cancelled):
        next(ordered_prefetch(make, 3, 2, Progress(stopped=stop.is_set)))
    assert ended.is_set()


def test_leaving_off_stops_what_is_in_work() -> None:
    begun, ended = threading.Event(), threading.Event()

    def make(index: int, progress: Progress) -> int:
        try:
            while index > 0:
                begun.set()
                progress.check()
        finally:
            if index > 0:
                ended.set()
        return index

    made = ordered_prefetch(make, 3, 2, SILENT)
    assert next(made) == 0
    assert begun.wait(20)
    made.close()
    assert ended.is_set()
