"""A photographer unpacks the plug-in's folder into GIMP, presses a button, and can work."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from .console import lay_out
from .prepare import Gimp
from .screen import Screen, enter, gimp_on, screen
from .test_dialogs import WEIGHTS, server_process
from .unpacked import unpack, variables

_PROGRAM = ".local/share/headshots-program"


@pytest.fixture
def profile(gimp: Gimp, tmp_path: Path) -> Path:
    """A profile with the folder that is downloaded, and nothing else of headshots."""
    profile = lay_out(tmp_path / "profile", gimp.version())
    unpack(profile, tmp_path)
    return profile


@pytest.fixture
def shown(gimp: Gimp, profile: Path, tmp_path: Path) -> Iterator[Screen]:
    """A screen on which that GIMP can be started."""
    where = variables(gimp, tmp_path, Path(os.environ[WEIGHTS]))
    (tmp_path / "pictures").mkdir()
    with screen(gimp, profile, tmp_path / "pictures", where) as running:
        yield running
    for pid in server_process(tmp_path):
        os.kill(pid, signal.SIGTERM)


def test_one_button_installs_headshots_and_the_first_work_can_begin(
    shown: Screen, photos: Path, profile: Path, tmp_path: Path
) -> None:
    with gimp_on(shown, photos / "obama.jpg") as window:
        dialog = enter(shown, window, "Enrol sitter", "Enrol sitter")
        time.sleep(2)
        shown.picture("not-installed")
        shown.keys(dialog, "alt+i")
        time.sleep(2)
        shown.picture("asked")
        assert not (profile / _PROGRAM).exists()
        shown.do("xdotool", "key", "alt+i")
        shown.until((profile / _PROGRAM / "bin/python").exists, "no environment", 60)
        time.sleep(10)
        shown.picture("installing")
        shown.until(lambda: server_process(tmp_path), "no server", 500)
        time.sleep(4)
        shown.picture("installed")
        assert (profile / "plug-ins/headshots/installation.json").exists()
        # What compiles itself at its first import has done so, so that the server answers at once.
        assert list((profile / _PROGRAM).rglob("pymatting/**/*.nbi"))
        assert not list((profile / "plug-ins/headshots").glob("*.whl"))
