"""Previews beside the forms, in a GIMP on a screen: of one face, and of one of several."""

from __future__ import annotations

import json
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
PATTERN = (300, 256)  # where Relight's first choice is, pixels from the window's corner
SEEN = 6  # levels of 255 by which a pixel differs for people


@pytest.fixture(scope="module")
def profile(
    gimp: Gimp,
    server: Running,
    server_folder: Path,
    python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Path:
    """GIMP's own folder, with the plug-in in it."""
    profile = lay_out(tmp_path_factory.mktemp("previewing") / "profile", gimp.version())
    install(profile, server_folder, python)
    return profile


@pytest.fixture(scope="module")
def shown(gimp: Gimp, profile: Path) -> Iterator[Screen]:
    """A screen on which a GIMP with the plug-in can be started."""
    folder = profile.with_name("pictures")
    folder.mkdir()
    with screen(gimp, profile, folder) as running:
        yield running
    if kept := os.environ.get("GIMP_TEST_PICTURES"):  # to be looked at
        shutil.copytree(folder, kept, dirs_exist_ok=True)


def place(shown: Screen, dialog: str) -> tuple[int, int, int]:
    """Left and top of the part of the screen where a dialog's preview is, and its width."""
    lines = shown.do("xdotool", "getwindowgeometry", "--shell", dialog).split()
    at = {key: int(value) for key, _, value in (each.partition("=") for each in lines)}
    return at["X"] + at["WIDTH"] // 2, at["Y"] + 40, at["WIDTH"] // 2 - 15


def area(shown: Screen, dialog: str) -> np.ndarray:
    """What is shown there."""
    x, y, width = place(shown, dialog)
    picture = cv2.imread(str(shown.picture("now")))
    assert picture is not None
    return picture[y : y + 420, x : x + width].astype(int)


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


def previewed(shown: Screen, dialog: str) -> np.ndarray:
    """The first preview: the form is there, and a picture in colour beside it."""

    def there() -> bool:
        size = shown.do("xdotool", "getwindowgeometry", "--shell", dialog)
        high = int(size.partition("HEIGHT=")[2].split()[0])
        colour = np.ptp(area(shown, dialog), axis=2) > 60
        return high > 600 and int(colour.sum()) > 3000

    shown.until(there, "no preview", 60)
    return still(shown, dialog)


def moved(one: np.ndarray, other: np.ndarray) -> int:
    """Pixels that differ."""
    return int((np.abs(one - other).max(axis=2) > SEEN).sum())


def test_the_preview_follows_the_form_and_shows_before(shown: Screen, photos: Path) -> None:
    with gimp_on(shown, photos / "obama.jpg") as window:
        dialog = enter(shown, window, "Retouch skin", "Retouch skin")
        gentle = previewed(shown, dialog)
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


def test_the_chosen_light_is_shown_on_a_bust(shown: Screen, photos: Path) -> None:
    with gimp_on(shown, photos / "obama.jpg") as window:
        dialog = enter(shown, window, "Relight", "Relight")
        previewed(shown, dialog)
        first = bust(shown, dialog)
        shown.picture("light-first")
        where = map(str, PATTERN)
        shown.do("xdotool", "mousemove", "--window", dialog, *where, "click", "1")
        time.sleep(0.5)
        shown.do("xdotool", "key", "End", "Return")
        shown.until(lambda: moved(bust(shown, dialog), first) > 1000, "the light stays", 20)
        shown.picture("light-chosen")
        shown.keys(dialog, "Escape")
        shown.gone("^Relight$")


def bust(shown: Screen, dialog: str) -> np.ndarray:
    """What is shown above the form."""
    left, top, width = place(shown, dialog)
    picture = cv2.imread(str(shown.picture("now")))
    assert picture is not None
    return picture[top : top + 190, left - width : left - 15].astype(int)


def marks(shown: np.ndarray) -> np.ndarray:
    """Places (row, column) of the frames around faces, the lowest of the rightmost last.

    The photos don't have their colour.
    """
    found = np.argwhere(np.abs(shown - (26, 191, 255)).max(axis=2) < 40)
    return found[np.lexsort((found[:, 0], found[:, 1]))]


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


def test_one_of_several_faces_is_chosen_by_a_click(
    shown: Screen, profile: Path, two: tuple[Path, Image]
) -> None:
    path, image = two
    faces = sorted(
        ANALYSERS.get("embedded").analyse(image, embed=False), key=lambda each: each.box.x0
    )
    assert len(faces) == 2
    with gimp_on(shown, path) as window:
        dialog = enter(shown, window, "Retouch skin", "Retouch skin")
        shown.until(lambda: len(marks(area(shown, dialog))) > 100, "no face is marked", 60)
        both = previewed(shown, dialog)
        shown.picture("faces")
        y, x = marks(both)[-1]
        left, top, _ = place(shown, dialog)
        shown.do("xdotool", "mousemove", str(left + x - 12), str(top + y - 12), "click", "1")
        still(shown, dialog, but=both)
        shown.picture("face-chosen")
        shown.keys(dialog, "alt+a")
        shown.until(lambda: "2 layers" in shown.title(window), "no layer came", 60)
        shown.picture("face-edited")
        shown.keys(dialog, "Escape")
        shown.gone("^Retouch skin$")
    values = json.loads((profile / "headshots-forms.json").read_text())["headshots-retouch"]
    assert values["skin"] == 0.4 and all(isinstance(each, float) for each in values.values())
