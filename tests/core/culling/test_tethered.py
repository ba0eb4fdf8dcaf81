"""Frames that come one by one: half-written, renamed, from a card that is pulled out."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from headshots.core.culling import arrivals
from headshots.core.culling.slates import slate_code
from headshots.core.culling.tethered import News, Tethered
from headshots.core.culling.watch_page import STATE, WatchPage
from headshots.core.generation import find_look
from headshots.core.photos import read_photo

from ...shoot_card import BLINK, GOOD, Card, portrait_of

NAMES = ("Ada Löfgren", "Bob Noyce")


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory, photos: Path) -> dict[str, Path]:
    """Frames to be copied in: blink and good of one person with RAW, good of another, a slate."""
    card = Card(tmp_path_factory.mktemp("camera"), size=1300)
    ada, bob = (portrait_of(read_photo(photos / f"{n}.jpg").image) for n in ("obama", "biden"))
    assert ada and bob
    card.burst(NAMES[0], ada, [BLINK, GOOD], raw="pair")
    card.burst(NAMES[1], bob, [GOOD])
    card.held(NAMES[1], bob, slate_code(NAMES[1]))
    names = ("blink", "good", "other", "slate")
    return {
        each: card.folder / f"{one.name}.JPG" for each, one in zip(names, card.truth, strict=True)
    }


class Shoot:
    """A folder that frames come into, and what was said of them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self.tethered = Tethered(folder, NAMES[0])
        self.news: list[News] = []

    def comes(self, frame: Path, name: str = "") -> News:
        shutil.copy(frame, self.folder / (name or frame.name))
        (news,) = self.looks()
        return news

    def looks(self) -> list[News]:
        before = len(self.news)
        for _ in range(3):
            self.tethered.look(self.news.append)
        return self.news[before:]


@pytest.fixture
def shoot(tmp_path: Path) -> Shoot:
    return Shoot(tmp_path / "in")


def test_each_frame_is_judged_among_those_of_its_person(
    shoot: Shoot, frames: dict[str, Path]
) -> None:
    blink = shoot.comes(frames["blink"])
    assert (blink.person, blink.best, blink.stars) == (NAMES[0], True, 2)
    good = shoot.comes(frames["good"])
    assert good.best and good.stars == 4 and good.reason.startswith("Best of 2")
    shutil.copy(frames["good"].with_suffix(".DNG"), shoot.folder)
    assert shoot.looks() == []  # it is the same press
    stranger = shoot.comes(frames["other"])
    assert stranger.person == "" and "Another face" in stranger.reason
    assert shoot.comes(frames["slate"]).person == shoot.tethered.person == NAMES[1]
    assert shoot.tethered.best is None
    other = shoot.comes(frames["other"], "again.JPG")
    assert other.person == NAMES[1] and other.best
    shoot.tethered.person = NAMES[0]  # as the keyboard does
    assert shoot.tethered.best == shoot.folder / frames["good"].name


def test_a_half_written_frame_waits_until_it_is_whole(
    shoot: Shoot, frames: dict[str, Path]
) -> None:
    data, place = frames["good"].read_bytes(), shoot.folder / "a.jpg"
    for share in (0.0, 0.3, 0.7):
        place.write_bytes(data[: round(share * len(data))])
        assert shoot.looks() == []
    place.write_bytes(data)
    assert [each.stars for each in shoot.looks()] == [4]
    assert shoot.looks() == []


def test_a_frame_that_stays_damaged_is_named(
    shoot: Shoot, frames: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(arrivals, "_PATIENCE", 0.0)
    (shoot.folder / "a.jpg").write_bytes(frames["good"].read_bytes()[:9000])
    assert [each.reason for each in shoot.looks()] == ["It can't be read"]
    assert shoot.looks() == []


def test_a_rename_and_a_card_that_comes_back_bring_nothing_new(
    shoot: Shoot, frames: dict[str, Path]
) -> None:
    old = shoot.folder / "IMG_9.JPG.tmp"
    shutil.copy(frames["good"], old)
    assert shoot.looks() == []
    old.rename(shoot.folder / "IMG_9.JPG")
    assert len(shoot.looks()) == 1
    (shoot.folder / "IMG_9.JPG").rename(shoot.folder / "Ada_9.JPG")
    assert shoot.looks() == []
    away = shoot.folder.rename(shoot.folder.with_name("away"))
    assert shoot.looks() == [] and not shoot.tethered.there
    away.rename(shoot.folder)
    assert shoot.looks() == [] and shoot.tethered.there
    assert shoot.comes(frames["blink"]).person == NAMES[0]


def test_what_was_there_before_is_old(tmp_path: Path, frames: dict[str, Path]) -> None:
    shutil.copy(frames["good"], tmp_path)
    told: list[News] = []
    tethered = Tethered(tmp_path)
    for _ in range(3):
        tethered.look(told.append)
    assert told == []


def test_the_page_shows_the_best_frame_in_the_look(tmp_path: Path, frames: dict[str, Path]) -> None:
    page = WatchPage(tmp_path, find_look("team-neutral"))
    page.tell(News("a<b.jpg", NAMES[0], 4, True, "why", 0.1), NAMES[0], frames["good"])
    end = time.monotonic() + 60
    while not (tmp_path / "best-2.jpg").exists() and time.monotonic() < end:
        time.sleep(0.05)
    page.end()
    state = (tmp_path / STATE).read_text()
    assert '"best-2.jpg"' in state and "<" not in state and "Ada" in state
    shown = read_photo(tmp_path / "best-2.jpg").image
    top = shown[: len(shown) // 12]
    assert float(np.ptp(top, axis=2).max()) < 0.08  # the grey wall in place of the room
    assert sorted(each.name for each in tmp_path.glob("*.jpg")) == ["best-2.jpg"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_the_command_follows_a_folder_until_it_is_stopped(
    tmp_path: Path, frames: dict[str, Path], stop: signal.Signals
) -> None:
    command = "import sys; from headshots.core import cli; sys.exit(cli.run(sys.argv[1:]))"
    arguments = ["watch", str(tmp_path), "--look", "", "--person", "Ada"]
    process = subprocess.Popen(
        [sys.executable, "-c", command, *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin and process.stdout
    page = Path(process.stdout.readline().split("The page is ")[1].split(". Type")[0])
    assert page.exists()
    shutil.copy(frames["good"], tmp_path / "one.jpg")
    assert process.stdout.readline().startswith("one.jpg  Ada  4  ")
    process.stdin.write("Bob\n")
    process.stdin.flush()
    time.sleep(0.5)
    shutil.copy(frames["other"], tmp_path / "two.jpg")
    assert process.stdout.readline().startswith("two.jpg  Bob  4  ")
    process.send_signal(stop)
    assert process.wait(20) == 0
    assert "has ended" in process.stdout.read()
    assert not page.parent.exists()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["one.jpg", "two.jpg"]
