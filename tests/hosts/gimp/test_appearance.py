"""Every window in a German GIMP, in its light and dark theme: ready, whole on a small screen."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ...serving import Running
from .conftest import pictured_screen
from .prepare import Gimp
from .screen import Screen, enter

SMALL = 1366, 768  # pixels of a small notebook's screen

# The title of each entry's window, by which it is found.
ENTRIES = {
    "make": "Porträts gestalten",
    "enrol": "Person aufnehmen",
    "score": "Dieses Bild bewerten",
    "refine": "Gesicht verfeinern",
    "retouch": "Haut retuschieren",
    "relight": "Neu ausleuchten",
    "backdrop": "Hintergrund ersetzen",
    "keep": "Person bewahren",
    "masks": "Masken als Kanäle",
    "deliver": "Abgeben",
    "recipe": "Rezept ausführen",
    "again": "Ebene noch einmal gestalten",
    "forget": "Person vergessen",
    "settings": "Einstellungen und Diagnose",
}


@pytest.fixture(scope="module", params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def shown(
    theme: str,
    gimp: Gimp,
    ada: str,
    server_folder: Path,
    python: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Screen]:
    """A small screen on which a German GIMP can be started, with somebody enrolled."""
    folder = tmp_path_factory.mktemp(theme)
    with pictured_screen(
        gimp,
        server_folder,
        python,
        folder,
        # No locale has to be installed for what GLib says are a person's languages.
        {"LANGUAGE": "de", "LANG": "C.UTF-8"},
        SMALL,
        f"(theme-color-scheme {theme})\n",
    ) as running:
        yield running


@pytest.mark.parametrize("entry", ENTRIES)
def test_an_entry_opens_in_german_and_fits_a_small_screen(
    entry: str, theme: str, shown: Screen, window: str, server: Running
) -> None:
    title = ENTRIES[entry]
    dialog = enter(shown, window, re.split("[äöü]", title)[0], title)  # it can't type those
    shown.settled(f"{theme}-{entry}", dialog)
    lines = shown.do("xdotool", "getwindowgeometry", "--shell", dialog).split()
    place = dict(each.split("=") for each in lines)
    assert int(place["WIDTH"]) <= SMALL[0] and int(place["HEIGHT"]) <= SMALL[1] - 30
    shown.keys(dialog, "Escape")
    shown.gone(f"^{title}$")
