"""The dialogs in a GIMP in German, on a screen: whole, and no higher than a small screen."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import pictured_screen
from .prepare import Gimp
from .screen import Screen, enter, gimp_on

LOWEST = 768  # pixels of the lowest screen that the windows fit

# What is typed to find the entry, and its window's title.
ENTRIES = {
    "make": ("Porträts gestalten", "Porträts gestalten"),
    "enrol": ("Person aufnehmen", "Person aufnehmen"),
    "retouch": ("Haut retuschieren", "Haut retuschieren"),
    "relight": ("Neu ausleuchten", "Neu ausleuchten"),
    "deliver": ("Abgeben", "Abgeben"),
    "settings": ("Einstellungen und Diagnose", "Einstellungen und Diagnose"),
}


@pytest.fixture(scope="module")
def shown(
    gimp: Gimp,
    ada: str,
    server_folder: Path,
    python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Screen]:
    """A screen on which a German GIMP can be started, with somebody enrolled."""
    folder = tmp_path_factory.mktemp("german")
    # No locale has to be installed for what GLib says are a person's languages.
    with pictured_screen(
        gimp, server_folder, python, folder, {"LANGUAGE": "de", "LANG": "C.UTF-8"}
    ) as running:
        yield running


@pytest.fixture(scope="module")
def window(shown: Screen, photos: Path) -> Iterator[str]:
    """GIMP's window, a photo open in it."""
    with gimp_on(shown, photos / "obama.jpg") as window:
        yield window


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_opens_in_german_and_fits_a_small_screen(
    entry: str, shown: Screen, window: str
) -> None:
    asked, title = ENTRIES[entry]
    dialog = enter(shown, window, asked, title)
    time.sleep(8)  # the form is made, and the first preview comes
    shown.picture(f"german-{entry}", dialog)
    lines = shown.do("xdotool", "getwindowgeometry", "--shell", dialog).split()
    place = dict(each.split("=") for each in lines)
    assert int(place["HEIGHT"]) <= LOWEST
    shown.keys(dialog, "Escape")
    shown.gone(f"^{title}$")
