"""What stays of a dialog: its report, its place above GIMP, its form when the server dies, and a
button for what is missing. In a GIMP on a screen, with a server of its own.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from ...serving import folders
from .conftest import install
from .console import lay_out
from .prepare import Gimp
from .screen import Screen, enter, screen

WEIGHTS = "HEADSHOTS_WEIGHTS_DIR"


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the folders of this file's servers are."""
    return tmp_path_factory.mktemp("own")


@pytest.fixture(scope="module")
def profile(gimp: Gimp, own: Path, python: str) -> Path:
    """A profile whose plug-in starts a server in `own`."""
    profile = lay_out(own / "profile", gimp.version())
    point(gimp, install(profile, own, python), own, os.environ[WEIGHTS])
    return profile


def point(gimp: Gimp, plug_in: Path, own: Path, weights: str) -> None:
    """Let the plug-in start its server with the folders of `own` and these weights."""
    file = plug_in / "installation.json"
    facts = json.loads(file.read_text())
    # Where GIMP lives in a folder, the way back to this machine's own programs.
    back = ["chroot", "/machine"] if gimp.root else []
    variables = {**folders(own), WEIGHTS: weights}
    prefix = ("chroot", "/machine", "env")  # of an earlier call
    command = [each for each in facts["command"] if "=" not in each and each not in prefix]
    setting = ["env", *(f"{name}={value}" for name, value in variables.items())]
    facts.update(command=[*back, *setting, *command], runtime=str(own / "run"))
    file.write_text(json.dumps(facts))


@pytest.fixture(scope="module")
def shown(gimp: Gimp, profile: Path, own: Path) -> Iterator[Screen]:
    """A screen on which that GIMP can be started."""
    folder = own / "pictures"
    folder.mkdir()
    with screen(gimp, profile, folder) as running:
        yield running
    for pid in server_process(own):
        os.kill(pid, signal.SIGTERM)
    if kept := os.environ.get("GIMP_TEST_PICTURES"):  # to be looked at
        shutil.copytree(folder, kept, dirs_exist_ok=True)


def test_a_report_stays_and_the_dialog_above_the_image(
    shown: Screen, window: str, own: Path
) -> None:
    dialog = enter(shown, window, "Retouch skin", "Retouch skin")
    _ready(shown, own)
    _applied(shown, window, dialog, layers=2)
    assert shown.window("^Retouch skin$", 1) == dialog
    before = _looks(shown, "report", dialog)
    shown.do("xdotool", "windowactivate", "--sync", window, "windowraise", window)
    time.sleep(1)
    after = _looks(shown, "above", dialog)
    assert np.abs(after.astype(int) - before).mean() < 12, "the dialog is behind the image"
    shown.keys(dialog, "Escape")
    shown.gone("^Retouch skin$")


def test_a_server_that_died_is_started_again_by_the_work(
    shown: Screen, window: str, own: Path
) -> None:
    layers = _layers(shown, window)
    dialog = enter(shown, window, "Retouch skin", "Retouch skin")
    _ready(shown, own)
    (pid,) = server_process(own)
    os.kill(pid, signal.SIGKILL)
    _applied(shown, window, dialog, layers=layers + 1)
    assert server_process(own) != [pid]
    shown.picture("started-again")
    shown.keys(dialog, "Escape")
    shown.gone("^Retouch skin$")


def test_nobody_is_enrolled_has_a_button_that_enrols(shown: Screen, window: str, own: Path) -> None:
    dialog = enter(shown, window, "Make headshots", "Make headshots")
    _ready(shown, own)
    shown.picture("nobody")
    shown.keys(dialog, "alt+e")
    enrol = shown.window("^Enrol sitter$", 30)
    time.sleep(2)
    shown.picture("enrol")
    shown.keys(enrol, "Escape")
    shown.gone("^Enrol sitter$")
    again = shown.window("^Make headshots$", 30)
    shown.keys(again, "Escape")
    shown.gone("^Make headshots$")


def test_what_the_server_would_do_in_a_terminal_has_a_button(shown: Screen) -> None:
    program = Path(__file__).with_name("remedy_rows.py")
    rows = json.loads(shown.do("python3", str(program)))
    enrol = ["No sitter. Enrol them, or choose another sitter.", ["_Enrol a sitter..."]]
    fetch = ["No sitter. Fetch the weights.", ["_Fetch the weights"]]
    assert rows == {
        "identity.not-found": enrol,
        "weights.missing": fetch,
        "weights.corrupt": fetch,
        "photo.damaged": ["No sitter. Run `headshots`.", []],
    }


def test_missing_weights_have_a_button_that_fetches_them(
    shown: Screen, window: str, gimp: Gimp, profile: Path, own: Path, tmp_path: Path
) -> None:
    (pid,) = server_process(own)
    os.kill(pid, signal.SIGKILL)
    weights = tmp_path / "weights"
    shutil.copytree(os.environ[WEIGHTS], weights)
    (weights / "modnet.onnx").unlink()
    point(gimp, profile / "plug-ins/headshots", own, str(weights))
    before = server_process(own)
    dialog = enter(shown, window, "Retouch skin", "Retouch skin")
    shown.until(lambda: server_process(own) != before, "no server", 60)
    _ready(shown, own)
    shown.picture("weights")
    shown.keys(dialog, "alt+f")
    shown.until(lambda: (weights / "modnet.onnx").exists(), "nothing was fetched", 120)
    _ready(shown, own)
    shown.picture("fetched")
    _applied(shown, window, dialog, layers=_layers(shown, window) + 1)


def _ready(shown: Screen, own: Path) -> None:
    """Wait until a server runs, and the dialog has made its form."""
    shown.until(lambda: server_process(own), "no server", 60)
    time.sleep(4)


def _applied(shown: Screen, window: str, dialog: str, layers: int) -> None:
    """Press Apply until the image has that many layers."""
    time.sleep(2)
    end = time.monotonic() + 60
    shown.keys(dialog, "alt+a")
    while _layers(shown, window) != layers:
        assert time.monotonic() < end, f"no layer came; see {shown.picture('trouble')}"
        time.sleep(0.3)
    time.sleep(1)


def _layers(shown: Screen, window: str) -> int:
    """Layers of the image, by the title of its window."""
    return int(shown.title(window).rpartition(" layer")[0].rpartition(" ")[2])


def server_process(own: Path) -> list[int]:
    """The process of the server that runs, if one does."""
    try:
        return [int(json.loads((own / "run/server.json").read_text())["pid"])]
    except (OSError, ValueError):
        return []


def _looks(shown: Screen, name: str, dialog: str) -> np.ndarray:
    """What the screen shows in the middle of the dialog."""
    lines = shown.do("xdotool", "getwindowgeometry", "--shell", dialog).split()
    place = {key: int(value) for key, _, value in (each.partition("=") for each in lines)}
    picture = cv2.imread(str(shown.picture(name)))
    assert picture is not None
    x, y = place["X"], place["Y"]
    return picture[y + 20 : y + place["HEIGHT"] - 20, x + 20 : x + place["WIDTH"] - 20]
