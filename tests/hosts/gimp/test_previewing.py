"""Previews beside the forms, in a GIMP on a screen: of one face, and of one of several."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from headshots.core.faces import ANALYSERS
from headshots.core.images import Image, fit
from headshots.core.photos import read_photo
from headshots.core.photos.writing import encode

from ...serving import Running
from .conftest import install
from .console import lay_out
from .prepare import Gimp
from .screen import Screen, enter, gimp_on, screen

# Hundredths of a second that nothing may move on the screen for it to be still.
STILL = 40
SEEN = 6  # levels of 255 by which a pixel differs for people


@pytest.fixture(scope="module")
def shown(
    gimp: Gimp,
    server: Running,
    server_folder: Path,
    python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Screen]:
    """A screen on which a GIMP with the plug-in can be started."""
    base = tmp_path_factory.mktemp("previewing")
    profile = lay_out(base / "profile", gimp.version())
    install(profile, server_folder, python)
    folder = base / "pictures"
    folder.mkdir()
    with screen(gimp, profile, folder) as running:
        yield running
    if kept := os.environ.get("GIMP_TEST_PICTURES"):  # to be looked at
        shutil.copytree(folder, kept, dirs_exist_ok=True)


def area(shown: Screen, dialog: str) -> np.ndarray:
    """What the right half of a dialog shows, where the preview is."""
    lines = shown.do("xdotool", "getwindowgeometry", "--shell", dialog).split()
    place = {key: int(value) for key, _, value in (each.partition("=") for each in lines)}
    picture = cv2.imread(str(shown.picture("now")))
    assert picture is not None
    x, y = place["X"] + place["WIDTH"] // 2, place["Y"] + 40
    return picture[y : y + 420, x : x + place["WIDTH"] // 2 - 15].astype(int)


def still(shown: Screen, dialog: str, but: np.ndarray | None = None) -> np.ndarray:
    """The preview once it stands still, differing from `but`."""
    last, since = area(shown, dialog), time.monotonic()
    end = since + 60
    while time.monotonic() < end:
        now = area(shown, dialog)
        if now.shape != last.shape or (np.abs(now - last) > SEEN).any():
            last, since = now, time.monotonic()
        changed = but is None or now.shape != but.shape or moved(now, but) > 50
        if changed and time.monotonic() - since > STILL / 100:
            return now
    raise AssertionError(f"the preview doesn't change; see {shown.picture('trouble')}")


def moved(one: np.ndarray, other: np.ndarray) -> int:
    """Pixels that differ."""
    return int((np.abs(one - other).max(axis=2) > SEEN).sum())


def test_the_preview_follows_the_form_and_shows_before(shown: Screen, photos: Path) -> None:
    with gimp_on(shown, photos / "obama.jpg") as window:
        dialog = enter(shown, window, "Retouch skin", "Retouch skin")
        shown.until(lambda: (area(shown, dialog) > 200).any(), "no preview", 60)
        gentle = still(shown, dialog)
        shown.picture("preview-gentle")
        shown.keys(dialog, "alt+r", "Tab", "End")  # from the sitter to the first strength
        full = still(shown, dialog, but=gentle)
        shown.picture("preview-full")
        shown.do("xdotool", "keydown", "backslash")
        before = still(shown, dialog, but=full)
        shown.picture("preview-before")
        shown.do("xdotool", "keyup", "backslash")
        again = still(shown, dialog, but=before)
        assert moved(again, full) < 50 < moved(before, full)
        shown.keys(dialog, "Escape")
        shown.gone("^Retouch skin$")


@pytest.fixture(scope="module")
def two(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Image]:
    """Two people side by side."""
    halves = [
        np.clip(fit(read_photo(photos / name).image, 700)[0], 0, 1)[:520, :500]
        for name in ("obama.jpg", "biden.jpg")
    ]
    image = np.hstack([half[: min(map(len, halves))] for half in halves])
    path = tmp_path_factory.mktemp("two") / "two.png"
    path.write_bytes(encode(image, "png", bits=8))
    return path, image


def test_one_of_several_faces_is_chosen_by_a_click(shown: Screen, two: tuple[Path, Image]) -> None:
    path, image = two
    faces = sorted(
        ANALYSERS.get("embedded").analyse(image, embed=False), key=lambda each: each.box.x0
    )
    assert len(faces) == 2
    with gimp_on(shown, path) as window:
        dialog = enter(shown, window, "Retouch skin", "Retouch skin")
        both = still(shown, dialog)
        shown.picture("faces")
        assert moved(both, both * 0) > 1000
        lines = shown.do("xdotool", "getwindowgeometry", "--shell", dialog).split()
        place = {key: int(value) for key, _, value in (each.partition("=") for each in lines)}
        # The marks are drawn in a colour that the photos don't have.
        marks = np.argwhere(np.abs(both - (26, 191, 255)).max(axis=2) < 40)
        assert len(marks) > 100, f"no face is marked; see {shown.picture('trouble')}"
        y, x = (int(value) for value in marks[marks[:, 1].argmax()])
        x_mark, y_mark = place["X"] + place["WIDTH"] // 2 + x - 12, place["Y"] + 40 + y
        shown.do("xdotool", "mousemove", str(x_mark), str(y_mark), "click", "1")
        still(shown, dialog, but=both)
        shown.picture("face-chosen")
        shown.keys(dialog, "alt+a")
        shown.until(lambda: "2 layers" in shown.title(window), "no layer came", 60)
        shown.picture("face-edited")
        shown.keys(dialog, "Escape")
        shown.gone("^Retouch skin$")
